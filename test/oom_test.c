/* SPDX-License-Identifier: MIT */
/*
 * oom_test.c - proves that no allocation that fails, anywhere in the API, does
 * more than fail its call: a status and no crash, everything visible before
 * still visible, scopes that can still be left, and nothing leaked.
 *
 * Each scenario runs once to count its allocations, then once for each of them
 * with that one failing, and once with that one and all later ones failing; on
 * a thread that used dctx before, and on one that did not. Where a sanitizer
 * owns malloc the program says that it does not run.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);
DCTX_KEY_U64(k_host, "host", DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", DCTX_WIRE);
DCTX_KEY_STR(k_host_text, "host text", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_WIRE);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE);

enum { MANY = 200 };

static dctx_key many[MANY];
static char many_names[MANY][16];
static char large[70000];

/* Keeps the first failure of a row. */
static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

/*
 * The scenarios. Each gives back what it took and says how it went; what it
 * leaves in the store, the scope around it takes away.
 */

static dctx_status set_scalars(void)
{
	dctx_status status = DCTX_OK;
	dctx_store *store = dctx_current();

	for (int i = 0; i < MANY; i++)
		status = first(status, dctx_store_set_u64(store, &many[i],
							  (uint64_t)i));
	for (int i = 0; i < MANY && status == DCTX_OK; i++)
		DCTXT_EXPECT(dctx_store_get_u64(store, &many[i], 9999) ==
			     (uint64_t)i);
	return status;
}

static dctx_status set_texts(void)
{
	const dctx_bytes bytes = {large, sizeof(large) - 1};
	dctx_status status = dctx_set(k_text, "short");

	for (int i = 0; i < 50; i++)
		status = first(status, dctx_set(k_text, large + 69000 - i));
	status = first(status, dctx_set(k_text, large));
	status = first(status, dctx_set(k_bytes, bytes));
	status = first(status, dctx_replace(k_text, "short again"));
	status = first(status, dctx_replace(k_text, large));
	return first(status, dctx_unset(k_bytes));
}

static dctx_status set_objects(void)
{
	struct dctxt_thing made = {.id = 1};
	dctx_status status = dctx_set(k_thing, &made);

	status = first(status, dctx_replace(k_thing, &made));
	status = first(status, dctx_set(k_thing, &made));
	return first(status, dctx_unset(k_thing));
}

static dctx_status set_closed(void)
{
	dctx_status status = DCTX_OK;

	for (int i = 0; i < 300 && status == DCTX_OK; i++) {
		(void)dctx_enter("deeper");
		dctx_set(k_text, large + 69600);
		status = dctx_set(k_tenant, (uint64_t)i);
		if (status == DCTX_OK)
			DCTXT_EXPECT(dctx_get(k_tenant, 999) == (uint64_t)i);
		else
			DCTXT_EXPECT(!dctx_has(k_tenant));
	}
	return status;
}

static dctx_status nest_scopes(void)
{
	dctx_status status = DCTX_OK;
	dctx_guard guards[100];

	for (uint64_t i = 0; i < 100; i++) {
		guards[i] = dctx_enter_copy("a name made at run time");
		status = first(status, dctx_scope_status());
		status = first(status, dctx_set(k_num, i));
	}
	for (int i = 99; i >= 0; i--)
		dctx_leave(guards[i]);
	return status;
}

static dctx_status try_scopes(void)
{
	dctx_status status = DCTX_OK;

	for (int i = 0; i < 500 && status == DCTX_OK; i++) {
		dctx_guard guard;
		size_t depth = dctx_depth();

		status = dctx_try_enter("tried", &guard);
		DCTXT_EXPECT(dctx_depth() == depth + (status == DCTX_OK));
	}
	return status;
}

static dctx_status retire_scopes(void)
{
	dctx_status status = DCTX_OK;
	dctx_guard last = dctx_enter("span");

	for (int i = 0; i < 20; i++) {
		dctx_guard next = dctx_enter_copy("next span");

		status = first(status, dctx_set(k_text, large + 69700));
		if (last.id != 0)
			(void)dctx_scope_retire(last);
		last = next;
	}
	return first(status, dctx_scope_status());
}

static dctx_status capture_and_attach(void)
{
	struct dctxt_thing made = {.id = 1};
	dctx_snapshot *snapshot = NULL;
	dctx_guard guard;
	dctx_status status;

	(void)dctx_set(k_thing, &made);
	(void)dctx_enter_copy("captured");
	status = dctx_capture(&snapshot);
	if (status != DCTX_OK)
		return status;
	status = dctx_attach(snapshot, &guard);
	if (status == DCTX_OK) {
		status = first(dctx_set(k_num, 3), set_scalars());
		dctx_leave(guard);
	}
	dctx_snapshot_unref(snapshot);
	return status;
}

static dctx_status attach_blocks(void)
{
	dctx_status status;
	DCTX_SNAPSHOT(snapshot);

	status = snapshot == NULL ? DCTX_NOMEM : DCTX_OK;
	for (int i = 0; i < 30; i++) {
		DCTX_ATTACH(snapshot);
		status = first(status, dctx_scope_status());
		DCTX_SCOPE("inside");
		status = first(status, dctx_set(k_num, 4));
	}
	return status;
}

static dctx_status fork_tasks(void)
{
	dctx_store *child = NULL, *grandchild = NULL;
	dctx_status status;

	(void)dctx_set(k_num, 5);
	status = dctx_fork(&child);
	if (status != DCTX_OK)
		return status;
	dctx_task_enter(child);
	(void)dctx_enter("child");
	status = dctx_set(k_text, large + 69000);
	status = first(status, dctx_fork(&grandchild));
	if (grandchild != NULL)
		status = first(status, dctx_store_set(grandchild, k_num, 6));
	dctx_task_leave(child);
	dctx_task_free(grandchild);
	dctx_task_free(child);
	return status;
}

static dctx_status own_tasks(void)
{
	_Alignas(void *) unsigned char memory[DCTX_TASK_SIZE];
	dctx_store *heap = NULL, *mine = NULL;
	dctx_status status = dctx_task_new(NULL, &heap);

	if (status == DCTX_OK)
		status = dctx_store_set(heap, k_num, 1);
	dctx_task_free(heap);
	status = first(status, dctx_task_init(memory, sizeof(memory), NULL,
					      &mine));
	if (mine != NULL) {
		dctx_task_enter(mine);
		status = first(status, set_texts());
		dctx_task_leave(mine);
	}
	dctx_task_done(mine);
	return status;
}

static dctx_status restore_a_task(void)
{
	dctx_snapshot *snapshot = NULL;
	dctx_store *task = NULL;
	dctx_status status;

	(void)dctx_set(k_num, 5);
	status = dctx_capture(&snapshot);
	status = first(status, dctx_fork(&task));
	status = first(status, task == NULL
				       ? DCTX_NOMEM
				       : dctx_store_set(task, k_text, "own"));
	if (status == DCTX_OK) {
		status = dctx_store_restore(task, snapshot);
		DCTXT_EXPECT(dctx_store_has(task, k_text) ==
			     (status != DCTX_OK));
	}
	dctx_task_free(task);
	dctx_snapshot_unref(snapshot);
	return status;
}

static dctx_status encode_and_decode(void)
{
	struct dctxt_thing made = {.id = 1};
	void *message = NULL;
	size_t len;
	dctx_guard guard;
	dctx_status status = set_scalars();

	status = first(status, dctx_set(k_thing, &made));
	status = first(status, dctx_set(k_text, large + 69000));
	status = first(status, dctx_encode_alloc(&message, &len));
	if (status == DCTX_OK)
		status = dctx_decode_here(message, len, &guard);
	if (message != NULL && status == DCTX_OK) {
		DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == 1);
		DCTXT_EXPECT(dctx_chain(NULL, 0) > 0);
		dctx_leave(guard);
	}
	free(message);
	return status;
}

static void *see(void *arg)
{
	struct dctxt_thing made = {.id = 2};

	(void)dctx_enter("of the work");
	(void)dctx_set(k_thing, &made);
	(void)dctx_get(k_num, 0);
	return arg;
}

static dctx_status wrap_work(void)
{
	dctx_work *work = NULL, *other = NULL;
	dctx_status status;

	(void)dctx_set(k_num, 5);
	status = dctx_wrap(see, NULL, &work);
	status = first(status, dctx_wrap(see, NULL, &other));
	if (work != NULL)
		status = first(status, dctx_work_run(work, NULL));
	dctx_work_discard(other);
	return status;
}

static dctx_status start_thread(void)
{
	pthread_t thread;
	dctx_status status;

	(void)dctx_set(k_num, 5);
	status = dctx_thread_start(&thread, NULL, see, NULL);
	if (status == DCTX_OK)
		DCTXT_EXPECT(pthread_join(thread, NULL) == 0);
	return status;
}

static dctx_status name_the_store(void)
{
	char hex[DCTX_HEX_ID_SIZE];

	dctx_hex_id(hex);
	return dctx_id() != 0 ? DCTX_OK : DCTX_NOMEM;
}

static dctx_status fail_and_ask(void)
{
	dctx_status status =
		dctx_store_set_str(dctx_current(), &k_num.key, "wrong");

	(void)dctx_last_error();
	DCTXT_EXPECT(status == DCTX_WRONG_TYPE || status == DCTX_NOMEM);
	return DCTX_OK;
}

struct scenario {
	const char *name;
	dctx_status (*run)(void);
};

static const struct scenario scenarios[] = {
	{"set 200 scalars", set_scalars},
	{"set and replace texts", set_texts},
	{"set and replace objects", set_objects},
	{"set a closed key", set_closed},
	{"nest 100 scopes", nest_scopes},
	{"try 500 scopes", try_scopes},
	{"retire spans", retire_scopes},
	{"capture and attach", capture_and_attach},
	{"attach blocks", attach_blocks},
	{"fork of a fork", fork_tasks},
	{"tasks of both kinds", own_tasks},
	{"restore a task", restore_a_task},
	{"encode and decode", encode_and_decode},
	{"wrap work", wrap_work},
	{"start a thread", start_thread},
	{"ask for the id", name_the_store},
	{"fail a set", fail_and_ask},
};

/* One run of a scenario on a thread of its own. */
struct run {
	const struct scenario *scenario;
	bool warm;    /* the thread has used dctx before */
	long n;       /* which allocation fails; 0: none */
	bool onwards; /* and all after it */
	long asked;   /* out: allocations asked for */
	dctx_status status;
};

static void check_host(void)
{
	char chain[64];

	DCTXT_EXPECT(dctx_get(k_host, 0) == 4711);
	DCTXT_EXPECT(strcmp(dctx_get(k_host_text, ""), "of the host") == 0);
	DCTXT_EXPECT(dctx_depth() == 2);
	dctx_chain_text("/", chain, sizeof(chain));
	DCTXT_EXPECT(strcmp(chain, "host") == 0);
	DCTXT_EXPECT(!dctx_has(k_num));
	DCTXT_EXPECT(!dctx_has(k_text));
	DCTXT_EXPECT(!dctx_has(k_thing));
}

static void play(struct run *run)
{
	dctx_guard around;

	dctxt_heap_fail(run->n, run->onwards);
	around = dctx_enter("around");
	run->status = run->scenario->run();
	dctx_leave(around);
	run->asked = dctxt_heap_relent();
}

static void *run_cold(void *arg)
{
	play(arg);
	return NULL;
}

static void *run_warm(void *arg)
{
	dctx_guard host;

	(void)dctx_set(k_host, 4711);
	(void)dctx_set(k_host_text, "of the host");
	host = dctx_enter("host");
	play(arg);
	check_host();
	DCTXT_EXPECT(dctx_set(k_num, 1) == DCTX_OK);
	dctx_leave(host);
	DCTXT_EXPECT(!dctx_has(k_num));
	DCTXT_EXPECT(dctx_get(k_host, 0) == 4711);
	DCTXT_EXPECT(dctx_depth() == 1);
	return NULL;
}

static bool allowed(dctx_status status)
{
	return status == DCTX_OK || status == DCTX_NOMEM ||
	       status == DCTX_SYSTEM;
}

/* Fails each allocation of a scenario in turn; gives how many there were. */
static long inject(struct run *run)
{
	void *(*fn)(void *) = run->warm ? run_warm : run_cold;
	long sites, refused = 0;
	size_t blocks;

	run->n = 0;
	for (int i = 0; i < 3; i++) /* fills what is kept for ever */
		(void)dctxt_on_thread(fn, run);
	assert_int_equal(run->status, DCTX_OK);
	sites = run->asked;
	blocks = dctxt_heap_blocks();
	for (run->n = 1; run->n <= sites; run->n++) {
		(void)dctxt_on_thread(fn, run);
		refused += run->status != DCTX_OK;
		if (!DCTXT_EXPECT(allowed(run->status)) ||
		    !DCTXT_EXPECT(dctxt_heap_blocks() <= blocks) ||
		    !DCTXT_EXPECT(dctxt_alive() == 0))
			print_error("%s, %s thread, allocation %ld of %ld%s\n",
				    run->scenario->name,
				    run->warm ? "warm" : "cold", run->n, sites,
				    run->onwards ? " and all later" : "");
	}
	printf("%-24s %s thread, %s: %3ld sites, %3ld refused\n",
	       run->scenario->name, run->warm ? "warm" : "cold",
	       run->onwards ? "from then on" : "once        ", sites, refused);
	return sites;
}

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	long sites = 0, injections = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		for (int how = 0; how < 4; how++) {
			struct run run = {.scenario = &scenarios[i],
					  .warm = how < 2,
					  .onwards = how % 2 != 0};
			long n = inject(&run);

			injections += n;
			sites += how % 2 == 0 ? n : 0;
		}
	}
	printf("%ld allocation sites, %ld injections\n", sites, injections);
	assert_true(sites > 0);
}

/* Keys of its own for each try, since a key once registered stays. */
static void a_registration_that_fails_can_be_tried_again(void **state)
{
	static dctx_key keys[400];
	static char names[400][16];
	int failed = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		uint32_t count = dctx_registry_count();
		dctx_status status;

		snprintf(names[i], sizeof(names[i]), "try %d", i);
		keys[i].kind = DCTX_KIND_STR;
		keys[i].name = names[i];
		dctxt_heap_fail(1 + i % 3, i % 2 == 0);
		status = dctx_key_register(&keys[i]);
		(void)dctxt_heap_relent();
		if (status != DCTX_OK) {
			assert_int_equal(status, DCTX_NOMEM);
			assert_int_equal(keys[i].index, 0);
			assert_null(dctx_key_find(names[i]));
			assert_int_equal(dctx_registry_count(), count);
			assert_int_equal(dctx_key_register(&keys[i]), DCTX_OK);
			failed++;
		}
		assert_ptr_equal(dctx_key_find(names[i]), &keys[i]);
		assert_int_equal(dctx_registry_count(), count + 1);
	}
	printf("%d of 400 registrations refused\n", failed);
}

static int make_names(void **state)
{
	(void)state;
	memset(large, 'L', sizeof(large) - 1);
	for (int i = 0; i < MANY; i++) {
		snprintf(many_names[i], sizeof(many_names[i]), "many %d", i);
		many[i].kind = DCTX_KIND_U64;
		many[i].policy = DCTX_WIRE;
		many[i].version = 1;
		many[i].name = many_names[i];
		if (dctx_key_register(&many[i]) != DCTX_OK)
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
		DCTXT_TEST(a_registration_that_fails_can_be_tried_again),
	};

	if (!dctxt_heap_watched()) {
		puts("oom_test: not run where a sanitizer owns malloc");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_names, NULL);
}
