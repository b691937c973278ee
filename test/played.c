/* SPDX-License-Identifier: MIT */
/* played.c - see played.h. */
#include "played.h"

#include "step.h"

#include <stdlib.h>

DCTX_KEY_U64(dctxt_k_played, "played", DCTX_LOCAL);

/* The names of scopes, each a literal's. */
static const char names[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0n\0o\0p\0q"
			    "\0r\0s\0t\0u\0v\0w\0x\0y\0z";

static const dctx_span_site sites[] = {
	{"A", NULL, DCTX_LEVEL_INFO, __FILE__, __LINE__},
	{"B", NULL, DCTX_LEVEL_INFO, __FILE__, __LINE__},
	{"C", NULL, DCTX_LEVEL_INFO, __FILE__, __LINE__},
};

/* One act: what it does to dctx and to the naive store. Both say whether what
 * was asked for holds. */
struct act {
	char act;
	bool (*ours)(struct dctxt_played *played, int who, int me);
	bool (*naive)(struct dctxt_played *played, int who, int me);
};

static bool go_on(struct dctxt_played *played, int who, int me)
{
	dctx_store *now = dctx_task_try();

	(void)me;
	if (now != NULL)
		dctx_task_leave(now);
	if (who < 0)
		return true;
	if (played->task[who] == NULL &&
	    !DCTXT_EXPECT(dctx_task_new(NULL, &played->task[who]) == DCTX_OK))
		return false;
	dctx_task_enter(played->task[who]);
	return true;
}

static bool end(struct dctxt_played *played, int who, int me)
{
	(void)me;
	if (dctx_task_try() == played->task[who])
		dctx_task_leave(played->task[who]);
	played->task[who] = dctx_task_free(played->task[who]);
	return true;
}

static bool span_open(struct dctxt_played *played, int who, int me)
{
	(void)me;
	played->span[who] = dctx_span_open(&sites[who], NULL, NULL, 0);
	return DCTXT_EXPECT(played->span[who] != NULL);
}

static bool span_enter(struct dctxt_played *played, int who, int me)
{
	(void)me;
	dctx_span_enter(played->span[who]);
	return true;
}

static bool span_leave(struct dctxt_played *played, int who, int me)
{
	(void)me;
	dctx_span_leave(played->span[who]);
	return true;
}

static bool span_close(struct dctxt_played *played, int who, int me)
{
	(void)me;
	dctx_span_close(played->span[who]);
	played->span[who] = NULL;
	return true;
}

static bool scope_enter(struct dctxt_played *played, int who, int me)
{
	(void)me;
	played->guard[who] = dctx_enter(&names[who * 2]);
	return dctx_set(dctxt_k_played, (uint64_t)who) == DCTX_OK;
}

static bool scope_leave(struct dctxt_played *played, int who, int me)
{
	(void)me;
	dctx_leave(played->guard[who]);
	return true;
}

static bool shows(struct dctxt_played *played, int who, int me)
{
	(void)played;
	(void)me;
	return dctx_get(dctxt_k_played, UINT64_MAX) ==
	       (who >= 0 ? (uint64_t)who : UINT64_MAX);
}

/* A naive flow is a store, as far as there is one a task: which one is
 * remembered a thread. */
static _Thread_local int naive_flow = -1;

static struct dctxt_naive_store *naive_here(struct dctxt_played *played, int me)
{
	bool of_task = played->naive == DCTXT_NAIVE_TASKS && naive_flow >= 0;
	int i = of_task ? naive_flow : DCTXT_LETTERS + me;

	if (played->store[i] == NULL)
		played->store[i] = calloc(1, sizeof(struct dctxt_naive_store));
	return played->store[i];
}

static size_t naive_push(struct dctxt_naive_store *store, char name)
{
	if (DCTXT_EXPECT(store->depth + 1 < DCTXT_NAIVE_DEPTH))
		store->name[++store->depth] = name;
	return store->depth;
}

static bool naive_go_on(struct dctxt_played *played, int who, int me)
{
	(void)played;
	(void)me;
	naive_flow = who;
	return true;
}

static bool naive_end(struct dctxt_played *played, int who, int me)
{
	(void)me;
	if (played->store[who] != NULL)
		played->store[who]->depth = 0;
	naive_flow = -1;
	return true;
}

static bool naive_open(struct dctxt_played *played, int who, int me)
{
	(void)me;
	played->span_depth[who] = 0;
	return true;
}

static bool naive_enter(struct dctxt_played *played, int who, int me)
{
	if (played->naive == DCTXT_NAIVE_DEEP || played->span_depth[who] == 0)
		played->span_depth[who] =
			naive_push(naive_here(played, me), 'A');
	return true;
}

static void naive_pop_equal(struct dctxt_naive_store *store, size_t depth)
{
	if (store->depth == depth)
		store->depth--;
}

static bool naive_leave(struct dctxt_played *played, int who, int me)
{
	if (played->naive == DCTXT_NAIVE_DEEP)
		naive_pop_equal(naive_here(played, me),
				played->span_depth[who]);
	return true;
}

static bool naive_close(struct dctxt_played *played, int who, int me)
{
	if (played->naive == DCTXT_NAIVE_TASKS && played->span_depth[who] != 0)
		naive_pop_equal(naive_here(played, me),
				played->span_depth[who]);
	return true;
}

static bool naive_scope_enter(struct dctxt_played *played, int who, int me)
{
	played->guard_depth[who] =
		naive_push(naive_here(played, me), names[who * 2]);
	return true;
}

static bool naive_scope_leave(struct dctxt_played *played, int who, int me)
{
	struct dctxt_naive_store *store = naive_here(played, me);
	size_t depth = played->guard_depth[who];

	if (played->naive == DCTXT_NAIVE_DEEP)
		naive_pop_equal(store, depth);
	else if (store->depth >= depth)
		store->depth = depth - 1;
	return true;
}

static bool naive_shows(struct dctxt_played *played, int who, int me)
{
	const struct dctxt_naive_store *store = naive_here(played, me);
	size_t i = store->depth;

	while (i > 0 && store->name[i] == 'A')
		i--;
	return who >= 0 ? i > 0 && store->name[i] == names[who * 2] : i == 0;
}

static const struct act acts_known[] = {
	{'@', go_on, naive_go_on},
	{'x', end, naive_end},
	{'o', span_open, naive_open},
	{'e', span_enter, naive_enter},
	{'l', span_leave, naive_leave},
	{'c', span_close, naive_close},
	{'(', scope_enter, naive_scope_enter},
	{')', scope_leave, naive_scope_leave},
	{'?', shows, naive_shows},
};

static const struct act *act_of(char c)
{
	for (size_t i = 0; i < sizeof(acts_known) / sizeof(*acts_known); i++)
		if (acts_known[i].act == c)
			return &acts_known[i];
	DCTXT_EXPECT(!"an act");
	return NULL;
}

static int letter(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= 'A' && c <= 'Z' ? c - 'A' : -1;
}

static size_t play(struct dctxt_played *played, const char *acts, int me,
		   bool naive)
{
	bool mine = me == 0;
	size_t wrong = 0;

	for (const char *at = acts; *at != '\0'; at += 2) {
		const struct act *act;

		at += *at == ' ';
		if (*at == '|') {
			if (mine)
				dctxt_baton_pass(&played->baton, at[1] - '0');
			mine = at[1] - '0' == me;
			if (mine)
				dctxt_baton_wait(&played->baton, me);
			continue;
		}
		act = mine ? act_of(*at) : NULL;
		if (act != NULL)
			wrong += !(naive ? act->naive : act->ours)(
				played, letter(at[1]), me);
	}
	return wrong;
}

size_t dctxt_play(struct dctxt_played *played, const char *acts, int me)
{
	return play(played, acts, me, false);
}

size_t dctxt_play_naive(struct dctxt_played *played, const char *acts, int me)
{
	return play(played, acts, me, true);
}

void dctxt_play_end(struct dctxt_played *played)
{
	for (int i = 0; i < DCTXT_LETTERS; i++) {
		played->task[i] = dctx_task_free(played->task[i]);
		if (played->span[i] != NULL)
			dctx_span_close(played->span[i]);
		played->span[i] = NULL;
	}
	for (int i = 0; i < DCTXT_LETTERS + 2; i++) {
		free(played->store[i]);
		played->store[i] = NULL;
	}
	naive_flow = -1;
}

size_t dctxt_naive_scopes(const struct dctxt_played *played)
{
	size_t sum = 0;

	for (int i = 0; i < DCTXT_LETTERS + 2; i++)
		if (played->store[i] != NULL)
			sum += played->store[i]->depth;
	return sum;
}

/* The thread's store is the one past the tasks. */
static const dctx_store *store_at(const struct dctxt_played *played, int i)
{
	return i < DCTXT_LETTERS ? played->task[i] : dctx_thread();
}

size_t dctxt_played_scopes(const struct dctxt_played *played)
{
	size_t sum = 0;

	for (int i = 0; i <= DCTXT_LETTERS; i++)
		if (store_at(played, i) != NULL)
			sum += dctx_store_depth(store_at(played, i)) - 1;
	return sum;
}

size_t dctxt_played_names(const struct dctxt_played *played)
{
	size_t sum = 0;

	for (int i = 0; i <= DCTXT_LETTERS; i++)
		if (store_at(played, i) != NULL)
			sum += dctx_store_chain(store_at(played, i), NULL, 0);
	return sum;
}

static void look(void)
{
}

/* Whoever watches the heap does not know our instructions either. One copy:
 * inlined into two callers it is two figures of the same lookup. */
__attribute__((noinline)) long dctxt_lookup_steps(void)
{
	if (!dctxt_step_can() || !dctxt_heap_watched())
		return 0;
	dctxt_step_begin(look);
	(void)dctx_get(dctxt_k_played, 0);
	return dctxt_step_end();
}
