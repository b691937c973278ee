/* SPDX-License-Identifier: MIT */
/*
 * oom_flow_test.c - proves that an allocation that fails while a context is
 * captured, attached, forked, encoded or taken to another thread does no more
 * than fail its call: the work runs in the whole of its context or not at all.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE);

enum { MANY = 300 };

static dctx_key many[MANY];
static char many_names[MANY][24];
static char large[1001];

/* Keeps the first failure of a row. */
static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static dctx_status set_many(void)
{
	dctx_status status = dctx_set(k_text, large);

	for (uint64_t i = 0; i < MANY; i++)
		status = first(status, dctx_store_set_u64(dctx_current(),
							  &many[i], i));
	return status;
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
		status = first(dctx_set(k_num, 3), set_many());
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
	status = dctx_set(k_text, large);
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
		status = first(status, set_many());
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
	dctx_status status = set_many();

	status = first(status, dctx_set(k_thing, &made));
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

static const struct dctxt_scenario scenarios[] = {
	{"capture and attach", capture_and_attach},
	{"attach blocks", attach_blocks},
	{"fork of a fork", fork_tasks},
	{"tasks of both kinds", own_tasks},
	{"restore a task", restore_a_task},
	{"encode and decode", encode_and_decode},
	{"wrap work", wrap_work},
	{"start a thread", start_thread},
};

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
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
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_names, NULL);
}
