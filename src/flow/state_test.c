/* SPDX-License-Identifier: MIT */
/* The words that stand for a store's values, from inside. */
#include "flow/state.h"
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

/* What a store shows, to be compared with what its words say. */
struct shown {
	struct dctxi_state of, here;
	uint64_t num;
	char text[16];
	dctx_trace trace;
};

static struct shown look(const dctx_store *store)
{
	struct shown now = {.of = dctxi_state_of(store),
			    .here = dctxi_state_here(store),
			    .num = dctx_store_get(store, k_num, 0)};

	strncpy(now.text, dctx_store_get(store, k_text, ""),
		sizeof now.text - 1);
	(void)dctx_store_trace(store, &now.trace);
	return now;
}

static bool same_values(const struct shown *a, const struct shown *b)
{
	return a->num == b->num && strcmp(a->text, b->text) == 0 &&
	       memcmp(a->trace.span_id, b->trace.span_id, DCTX_SPAN_ID) == 0;
}

/* A random walk of what a store can do; whatever it looked like earlier with
 * the same words, it showed the same. */
#define SEEN 4096

static struct shown seen[SEEN];
static size_t n_seen, n_equal, turn;

static void check(const dctx_store *store)
{
	struct shown now = look(store);

	assert_true(now.of.id != 0);
	for (size_t i = 0; i < n_seen; i++) {
		if (dctxi_state_same(&now.of, &seen[i].of)) {
			assert_true(same_values(&now, &seen[i]));
			n_equal++;
		}
		if (dctxi_state_same(&now.here, &seen[i].here))
			assert_true(same_values(&now, &seen[i]));
	}
	seen[turn++ % SEEN] = now;
	if (n_seen < SEEN)
		n_seen++;
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

struct walk {
	dctx_store *store;
	dctx_guard open[32];
	unsigned depth;
	dctx_snapshot *taken[4];
	dctx_span *span[3];
	uint32_t seed;
};

static void set_something(struct walk *w)
{
	char text[16] = "t0";

	text[1] = (char)('0' + next(&w->seed) % 4);
	switch (next(&w->seed) % 5) {
	case 0:
	case 1:
		dctx_store_set(w->store, k_num, next(&w->seed) % 4);
		break;
	case 2:
		dctx_store_set(w->store, k_text, text);
		break;
	case 3:
		dctx_store_replace_str(w->store, &k_text.key, text);
		break;
	default:
		dctx_store_unset_key(w->store, &k_num.key);
	}
}

static void go_in(struct walk *w)
{
	dctx_snapshot *taken = w->taken[next(&w->seed) % 4];

	if (w->depth == 32)
		return;
	if (next(&w->seed) % 3 == 0)
		assert_int_equal(
			dctx_store_attach(w->store, taken, &w->open[w->depth]),
			DCTX_OK);
	else
		w->open[w->depth] = dctx_store_enter(
			w->store, next(&w->seed) % 2 ? "named" : NULL);
	w->depth++;
}

static void go_out(struct walk *w)
{
	unsigned which;

	if (w->depth == 0)
		return;
	if (next(&w->seed) % 4 != 0) {
		dctx_leave(w->open[--w->depth]);
		return;
	}
	which = next(&w->seed) % w->depth;
	if (dctx_scope_retire(w->open[which]) != DCTX_OK)
		return;
	w->depth--;
	memmove(&w->open[which], &w->open[which + 1],
		(w->depth - which) * sizeof *w->open);
}

static void take_or_restore(struct walk *w)
{
	dctx_snapshot **at = &w->taken[next(&w->seed) % 4];

	if (next(&w->seed) % 8 == 0) {
		assert_int_equal(dctx_store_restore(w->store, *at), DCTX_OK);
		w->depth = 0;
		return;
	}
	dctx_snapshot_unref(*at);
	assert_int_equal(dctx_store_capture(w->store, at), DCTX_OK);
}

static void enter_or_leave(struct walk *w)
{
	dctx_span *span = w->span[next(&w->seed) % 3];

	if (next(&w->seed) % 2)
		dctx_span_enter(span);
	else
		dctx_span_leave(span);
}

static void walk(struct walk *w, int steps)
{
	while (steps-- > 0) {
		switch (next(&w->seed) % 10) {
		case 8:
		case 9:
			enter_or_leave(w);
			break;
		case 0:
			go_in(w);
			break;
		case 1:
			go_out(w);
			break;
		case 2:
			take_or_restore(w);
			break;
		default:
			set_something(w);
		}
		check(w->store);
	}
}

static void equal_words_mean_equal_values(void **state)
{
	static const dctx_layer none = {.struct_size = DCTX_LAYER_SIZE,
					.name = "none"};
	static const dctx_span_site site = {"span", NULL, DCTX_LEVEL_INFO,
					    __FILE__, __LINE__};

	(void)state;
	assert_int_equal(dctx_layer_mount(&none, 0), DCTX_OK);
	for (uint32_t seed = 1; seed <= 6; seed++) {
		struct walk w = {.seed = seed};

		assert_int_equal(dctx_task_new(NULL, &w.store), DCTX_OK);
		dctx_task_enter(w.store);
		for (int i = 0; i < 3; i++)
			w.span[i] = dctx_span_open(&site, NULL, NULL, 0);
		assert_non_null(w.span[2]);
		n_equal = 0;
		walk(&w, 4000);
		assert_true(n_equal > 100);
		for (int i = 0; i < 3; i++)
			dctx_span_close(w.span[i]);
		dctx_task_leave(w.store);
		dctx_task_free(w.store);
		for (int i = 0; i < 4; i++)
			dctx_snapshot_unref(w.taken[i]);
	}
	assert_int_equal(dctx_layer_unmount(&none), DCTX_OK);
}

/* A snapshot, and its values once more under another name. */
static void take_both(dctx_snapshot **one, dctx_snapshot **named)
{
	assert_int_equal(dctx_capture(one), DCTX_OK);
	DCTX_ATTACH(*one);
	DCTX_SCOPE("name");
	assert_int_equal(dctx_capture(named), DCTX_OK);
}

static void a_snapshots_number_is_that_of_its_values(void **state)
{
	dctx_snapshot *one, *named, *other;
	uint64_t id;

	(void)state;
	dctx_set(k_num, 5);
	take_both(&one, &named);
	dctx_set(k_num, 6);
	assert_int_equal(dctx_capture(&other), DCTX_OK);
	assert_ptr_not_equal(one, named);
	id = dctxi_snapshot_id(named);
	assert_true(id != 0);
	assert_int_equal(dctxi_snapshot_id(one), id);
	assert_int_not_equal(dctxi_snapshot_id(other), id);
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(named);
	dctx_snapshot_unref(other);
}

static void a_task_that_changed_nothing_shows_its_snapshot(void **state)
{
	dctx_snapshot *one, *named;
	dctx_store *of_one, *of_named;
	struct dctxi_state here;

	(void)state;
	dctx_set(k_num, 5);
	take_both(&one, &named);
	assert_int_equal(dctx_task_new(one, &of_one), DCTX_OK);
	assert_int_equal(dctx_task_new(named, &of_named), DCTX_OK);
	(void)dctxi_snapshot_id(one);
	here = dctxi_state_here(of_named);
	assert_int_equal(here.id, dctxi_snapshot_id(one));
	assert_true(dctxi_state_same(
		&here,
		&(struct dctxi_state){dctxi_state_here(of_one).id, NULL, 0}));
	dctx_task_free(of_one);
	dctx_task_free(of_named);
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(named);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_task_that_changed_nothing_shows_its_snapshot),
		cmocka_unit_test(equal_words_mean_equal_values),
		cmocka_unit_test(a_snapshots_number_is_that_of_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
