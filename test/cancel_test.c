/* SPDX-License-Identifier: MIT */
/*
 * cancel_test.c - proves that no call of dctx is a cancellation point, and
 * that a thread which is cancelled, or exits, inside any function of the user's
 * loses nothing and leaves nothing of its context behind.
 */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE);

/* The address sanitizer sees to its stack before a call that never returns, and
 * does not know that a cancellation is one. */
#ifdef DCTXT_ASAN
#include <sanitizer/asan_interface.h>
#define never_to_return() __asan_handle_no_return()
#else
#define never_to_return() ((void)0)
#endif

/* Another thing, whose functions end the thread. */
static void (*end_here)(void);

static dctx_status copy_and_end(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(struct dctxt_thing));
	if (end_here != NULL)
		end_here();
	return DCTX_OK;
}

static dctx_status encode_and_end(const void *value, dctx_writer *w)
{
	(void)value;
	dctx_write_u8(w, 1);
	end_here();
	return DCTX_OK;
}

static dctx_status decode_and_end(void *value, dctx_reader *r)
{
	uint8_t byte;

	(void)value;
	(void)!dctx_read_u8(r, &byte);
	end_here();
	return DCTX_OK;
}

static const dctx_type ending_type = {.struct_size = sizeof(dctx_type),
				      .name = "ending",
				      .size = sizeof(struct dctxt_thing),
				      .copy = copy_and_end,
				      .encode = encode_and_end,
				      .decode = decode_and_end};
DCTX_KEY_DECLARE_TYPE(k_ending, struct dctxt_thing);
DCTX_KEY_TYPE(k_ending, "zz_ending", struct dctxt_thing, &ending_type,
	      DCTX_WIRE);

static char large[2000];
static atomic_int reached;

static void set_all(void)
{
	struct dctxt_thing made = {.id = 1};

	memset(large, 'l', sizeof(large) - 1);
	dctx_set(k_num, 1);
	dctx_set(k_text, "short");
	dctx_set(k_thing, &made);
	dctx_replace(k_text, large);
	dctx_replace(k_thing, &made);
	dctx_unset(k_num);
	dctx_set(k_num, 2);
}

static void use_scopes(void)
{
	dctx_mark mark = dctx_mark_here();
	dctx_guard first, second;
	char names[64];

	first = dctx_enter("first");
	set_all();
	second = dctx_enter_copy("second");
	set_all();
	dctx_chain_text("/", names, sizeof(names));
	DCTXT_EXPECT(dctx_scope_retire(first) == DCTX_OK);
	dctx_leave(second);
	dctx_leave(second); /* stale: the hook hears it */
	(void)dctx_enter("since");
	set_all();
	DCTXT_EXPECT(dctx_rewind(mark) == DCTX_OK);
}

static void use_snapshots(void)
{
	dctx_snapshot *snapshot = NULL;
	dctx_guard guard;

	set_all();
	DCTXT_EXPECT(dctx_capture(&snapshot) == DCTX_OK);
	DCTXT_EXPECT(dctx_attach(snapshot, &guard) == DCTX_OK);
	set_all();
	dctx_leave(guard);
	DCTXT_EXPECT(dctx_overlay(snapshot, &guard) == DCTX_OK);
	DCTXT_EXPECT(dctx_merge(snapshot) == DCTX_OK);
	dctx_leave(guard);
	DCTXT_EXPECT(dctx_restore(snapshot) == DCTX_OK);
	DCTXT_EXPECT(dctx_clear() == DCTX_OK);
	dctx_snapshot_unref(snapshot);
}

static void *see(void *arg)
{
	return arg;
}

static void use_tasks_and_work(void)
{
	dctx_store *task = NULL;
	dctx_work *work = NULL;
	dctx_builder *b = NULL;
	dctx_snapshot *context = NULL;

	set_all();
	DCTXT_EXPECT(dctx_fork(&task) == DCTX_OK);
	dctx_task_enter(task);
	set_all();
	dctx_task_leave(task);
	dctx_task_free(task);
	DCTXT_EXPECT(dctx_wrap(see, NULL, &work) == DCTX_OK);
	DCTXT_EXPECT(dctx_work_call(work, NULL) == DCTX_OK);
	DCTXT_EXPECT(dctx_work_run(work, NULL) == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_background(&b) == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_name(b, "built") == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_set(b, k_num, 3) == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_freeze(b, &context) == DCTX_OK);
	dctx_snapshot_unref(context);
}

static void use_messages(void)
{
	static unsigned char message[4000];
	dctx_guard guard;
	size_t len;

	set_all();
	DCTXT_EXPECT(dctx_encode(message, sizeof(message), &len) == DCTX_OK);
	DCTXT_EXPECT(dctx_decode_here(message, len, &guard) == DCTX_OK);
	dctx_leave(guard);
	DCTXT_EXPECT(dctx_decode_here(message, 7, &guard) != DCTX_OK);
}

static pthread_t started;

/* To join here would be a cancellation point. */
static void use_keys(void)
{
	static dctx_key key = {.kind = DCTX_KIND_U8, .name = "made by hand"};

	DCTXT_EXPECT(dctx_key_register(&key) == DCTX_OK);
	DCTXT_EXPECT(dctx_thread_start(&started, NULL, see, NULL) == DCTX_OK);
}

/* Each asks the system for something. */
static void use_ids_and_environments(void)
{
	dctx_guard guard = dctx_enter("timed");
	unsigned char id[16];
	char **environment = NULL;

	dctx_random_id(id, sizeof(id));
	DCTXT_EXPECT(dctx_set_timeout(1000 * DCTX_S) == DCTX_OK);
	DCTXT_EXPECT(dctx_environ_here(NULL, NULL, &environment) == DCTX_OK);
	free(environment);
	dctx_leave(guard);
}

/* The descriptors are written to under the lock of who waits there. */
static void use_ends(void)
{
	dctx_guard guard = dctx_enter("ends");
	dctx_source *source = NULL;
	dctx_waiter *waiter = NULL;
	int fd;

	DCTXT_EXPECT(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	DCTXT_EXPECT(dctx_on_done_fd(&fd, &waiter) == DCTX_OK);
	DCTXT_EXPECT(dctx_wait_fd() >= 0);
	DCTXT_EXPECT(dctx_cancel(source, "test") == DCTX_OK);
	DCTXT_EXPECT(dctx_done() == DCTX_CANCELED);
	dctx_wait_fd_done();
	(void)dctx_waiter_remove(waiter);
	dctx_source_unref(source);
	dctx_leave(guard);
}

static void *use_all_while_cancelled(void *arg)
{
	pthread_cancel(pthread_self());
	use_scopes();
	use_snapshots();
	use_tasks_and_work();
	use_messages();
	use_keys();
	use_ids_and_environments();
	use_ends();
	atomic_store(&reached, 1);
	never_to_return();
	for (;;)
		pthread_testcancel();
	return arg;
}

static void no_call_is_a_cancellation_point(void **state)
{
	(void)state;
	(void)dctxt_listen();
	atomic_store(&reached, 0);
	assert_ptr_equal(dctxt_on_thread(use_all_while_cancelled, NULL),
			 PTHREAD_CANCELED);
	assert_int_equal(atomic_load(&reached), 1);
	assert_int_equal(pthread_join(started, NULL), 0);
}

static void be_cancelled(void)
{
	pthread_cancel(pthread_self());
	never_to_return();
	for (;;)
		pthread_testcancel();
}

static void exit_thread(void)
{
	pthread_exit(PTHREAD_CANCELED);
}

/* One way for a thread to come into a function of the user's. */
static void into_copy(void *arg)
{
	struct dctxt_thing made = {.id = 1};

	(void)arg;
	dctx_set(k_ending, &made);
}

static void into_encode(void *arg)
{
	static unsigned char buf[4000];
	struct dctxt_thing made = {.id = 1};
	void (*later)(void) = end_here;
	size_t len;

	(void)arg;
	end_here = NULL;
	dctx_set(k_ending, &made);
	end_here = later;
	(void)!dctx_encode(buf, sizeof(buf), &len);
}

/* {num: 7, zz_ending: one byte}, no names. */
static const unsigned char message[] =
	"\2\0\0\0" "\2\0\0\0\0\0\0\0"
	"\3\0\0\0\0\0\0\0" "num" "\1\0\0\0" "\10\0\0\0\0\0\0\0"
	"\7\0\0\0\0\0\0\0"
	"\11\0\0\0\0\0\0\0" "zz_ending" "\1\0\0\0" "\1\0\0\0\0\0\0\0" "\1"
	"\0\0\0\0\0\0\0\0";

static void into_decode(void *arg)
{
	dctx_guard guard;

	(void)arg;
	(void)!dctx_decode_here(message, sizeof(message) - 1, &guard);
}

/* The second thing that is destroyed ends the thread. */
static void end_at_two(const struct dctxt_thing *gone)
{
	if (gone->id == 2 && end_here != NULL) {
		void (*now)(void) = end_here;

		end_here = NULL;
		now();
	}
}

static void set_things(void)
{
	struct dctxt_thing made = {.id = 0};

	for (made.id = 1; made.id <= 3; made.id++)
		dctx_set(k_thing, &made);
}

static void into_destroy(void *arg)
{
	dctx_guard guard = dctx_enter("left");

	(void)arg;
	dctxt_things.on_destroy = end_at_two;
	set_things();
	dctx_leave(guard);
}

static void into_destroy_by_a_snapshot(void *arg)
{
	dctx_guard guard = dctx_enter("left");
	struct dctxt_thing made = {.id = 2};
	dctx_snapshot *snapshot = NULL;

	(void)arg;
	dctx_set(k_thing, &made);
	DCTXT_EXPECT(dctx_capture(&snapshot) == DCTX_OK);
	dctx_leave(guard);
	dctxt_things.on_destroy = end_at_two;
	(void)dctx_snapshot_unref(snapshot);
}

static void hear_and_end(void *user, dctx_event event, dctx_status status,
			 const char *what)
{
	(void)user, (void)event, (void)status, (void)what;
	end_here();
}

static void into_hook(void *arg)
{
	static const dctx_hook hook = {hear_and_end, NULL};

	(void)arg;
	dctx_hook_set(&hook);
	dctx_leave((dctx_guard){dctx_current(), 1});
}

static void *work_and_end(void *arg)
{
	(void)dctx_enter("of the work");
	set_things();
	end_here();
	return arg;
}

static void into_work(void *arg)
{
	dctx_work *work = NULL;

	(void)arg;
	DCTXT_EXPECT(dctx_wrap(work_and_end, NULL, &work) == DCTX_OK);
	(void)!dctx_work_run(work, NULL);
}

static dctx_work *shared;

static void into_call(void *arg)
{
	(void)arg;
	(void)!dctx_work_call(shared, NULL);
}

static void (*const ways[])(void *) = {
	into_copy,   into_encode,
	into_decode, into_destroy,
	into_hook,   into_destroy_by_a_snapshot,
	into_work,   into_call,
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static void free_task(void *task)
{
	dctx_task_free(task);
}

static void *go(void *arg)
{
	dctx_store *task = NULL;

	set_all();
	DCTX_SCOPE("never left");
	set_all();
	DCTX_OVERLAY(NULL);
	set_all();
	DCTXT_EXPECT(dctx_fork(&task) == DCTX_OK);
	pthread_cleanup_push(free_task, task);
	(*(void (*const *)(void *))arg)(NULL);
	DCTXT_EXPECT(!"reached");
	pthread_cleanup_pop(0);
	return NULL;
}

/* Every way into a user's function, ended in one manner, twice. */
static void check_every_way(void (*how)(void))
{
	size_t blocks = 0;

	assert_int_equal(dctx_wrap(work_and_end, NULL, &shared), DCTX_OK);
	for (int i = 0; i < 2 * WAYS; i++) {
		void *way = (void *)(uintptr_t)&ways[i % WAYS];

		end_here = how;
		assert_ptr_equal(dctxt_on_thread(go, way), PTHREAD_CANCELED);
		dctxt_things.on_destroy = NULL;
		dctx_hook_set(NULL);
		assert_int_equal(dctxt_alive(), 0);
		if (i == WAYS - 1)
			blocks = dctxt_heap_blocks();
	}
	assert_in_range(dctxt_heap_blocks(), 0, blocks);
	dctx_work_discard(shared);
}

static void a_thread_cancelled_inside_a_callback_loses_nothing(void **state)
{
	(void)state;
	check_every_way(be_cancelled);
}

static void a_thread_that_exits_inside_a_callback_loses_nothing(void **state)
{
	(void)state;
	check_every_way(exit_thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_call_is_a_cancellation_point),
		DCTXT_TEST(a_thread_cancelled_inside_a_callback_loses_nothing),
		DCTXT_TEST(a_thread_that_exits_inside_a_callback_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
