/* SPDX-License-Identifier: MIT */
/*
 * envelope_memory_test.c - proves that whichever request for memory is refused
 * while a message is read or written, no more than that call fails: also when
 * it is the first thing that its thread asks of the library.
 */
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 300, LARGE = 2000 };

DCTX_KEY_STR(k_text, "text", DCTX_WIRE);

static dctx_key many[MANY];
static char names[MANY][16];
static struct message {
	unsigned char bytes[65536];
	size_t len;
} small, large;

static int encode(struct message *m)
{
	return dctx_encode(m->bytes, sizeof m->bytes, &m->len) == DCTX_OK ? 0
									  : -1;
}

/* One large value; and that with many entries and a long chain. */
static int make_messages(void **state)
{
	static char text[LARGE];
	dctx_guard guard = dctx_enter("outermost");

	(void)state;
	memset(text, 'L', LARGE - 1);
	(void)dctx_limit_set(DCTX_LIMIT_CHAIN, 0);
	if (dctx_set(k_text, text) != DCTX_OK || encode(&small) != 0)
		return -1;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "many %d", i);
		many[i] = (dctx_key){.kind = DCTX_KIND_U64,
				     .policy = DCTX_WIRE,
				     .version = 1,
				     .name = names[i]};
		if (dctx_store_set_u64(dctx_current(), &many[i], 1) != DCTX_OK)
			return -1;
		(void)dctx_enter("deep");
	}
	if (encode(&large) != 0)
		return -1;
	dctx_leave(guard);
	return 0;
}

/* What a thread does, with which request refused; how it went. */
struct run {
	dctx_status (*act)(struct run *run);
	const struct message *message;
	dctx_snapshot *snapshot;
	long n;
	bool once;
	dctx_status status;
	long asked;
};

static dctx_status read_it(struct run *run)
{
	return dctx_decode(run->message->bytes, run->message->len,
			   &run->snapshot);
}

static dctx_status write_it(struct run *run)
{
	static unsigned char again[sizeof run->message->bytes];
	size_t len = 4711;
	dctx_status status = dctx_snapshot_encode(run->snapshot, again,
						  sizeof again, &len);

	if (status != DCTX_OK)
		assert_int_equal(len, 4711);
	else
		assert_memory_equal(again, run->message->bytes, len);
	return status;
}

static void *play(void *arg)
{
	struct run *run = arg;

	dctxi_refusal.asked = 0;
	dctxi_refusal.once = run->once;
	dctxi_refusal.countdown = run->n;
	run->status = run->act(run);
	dctxi_refusal.countdown = -1;
	run->asked = dctxi_refusal.asked;
	return NULL;
}

static dctx_status on_a_thread(struct run *run)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, play, run), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return run->status;
}

/* Refuses each request in turn, alone or with all after it, until there are no
 * more. Without one there may still be room to go on with. */
static void refuse_each(struct run *run)
{
	long refused = 0, all = run->asked;

	for (run->n = 0; run->n < all; run->n++) {
		dctx_status status = on_a_thread(run);

		assert_true(status == DCTX_OK || status == DCTX_NOMEM);
		refused += status != DCTX_OK;
		if (status == DCTX_OK && run->act == read_it)
			dctx_snapshot_unref(run->snapshot);
	}
	assert_true(refused > 0);
}

static void a_message_is_read_or_nothing_is_kept(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct run run = {.act = read_it,
				  .message = i < 2 ? &small : &large,
				  .n = -1,
				  .once = i % 2 != 0};

		assert_int_equal(on_a_thread(&run), DCTX_OK);
		dctx_snapshot_unref(run.snapshot);
		assert_true(run.asked >= 3);
		refuse_each(&run);
	}
}

static void a_message_is_written_or_nothing_is_told(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	assert_int_equal(dctx_decode(large.bytes, large.len, &snapshot),
			 DCTX_OK);
	for (int once = 0; once < 2; once++) {
		struct run run = {.act = write_it,
				  .message = &large,
				  .snapshot = snapshot,
				  .n = -1,
				  .once = once};

		assert_int_equal(on_a_thread(&run), DCTX_OK);
		assert_true(run.asked >= 3);
		refuse_each(&run);
	}
	dctx_snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_read_or_nothing_is_kept),
		cmocka_unit_test(a_message_is_written_or_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, make_messages, NULL);
}
