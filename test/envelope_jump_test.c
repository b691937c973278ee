/* SPDX-License-Identifier: MIT */
/*
 * A codec that never returns: it jumps out of the call, or ends its thread.
 * What the call held goes back when the thread ends, and until then the thread
 * may go on; the leak checkers have the last word.
 */
#include "kit.h"
#include "message.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 300 };

static __thread jmp_buf away;
static void (*go)(void);

static void jump(void)
{
	longjmp(away, 1);
}

static void end_thread(void)
{
	pthread_exit(NULL);
}

static dctx_status gone_encode(const void *value, dctx_writer *w)
{
	(void)value;
	(void)w;
	go();
	return DCTX_OK;
}

static dctx_status gone_decode(void *value, dctx_reader *r)
{
	(void)value;
	(void)r;
	go();
	return DCTX_OK;
}

struct gone {
	int unused;
};

static const dctx_type gone_type = {
	.struct_size = sizeof gone_type,
	.name = "gone",
	.size = sizeof(struct gone),
	.encode = gone_encode,
	.decode = gone_decode,
};
DCTX_KEY_DECLARE_TYPE(k_gone, struct gone);
DCTX_KEY_TYPE(k_gone, "zz_gone", struct gone, &gone_type, DCTX_WIRE);
DCTX_KEY_BYTES(k_large, "large", DCTX_WIRE);
DCTX_KEY_U8(k_after, "after", DCTX_WIRE);

static char names[MANY][16];
static dctx_key keys[MANY];

static void make_keys(void)
{
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "many_%03d", i);
		keys[i].name = names[i];
		keys[i].kind = DCTX_KIND_U8;
		keys[i].policy = DCTX_WIRE;
		keys[i].version = 1;
		DCTXT_EXPECT(dctx_key_register(&keys[i]) == DCTX_OK);
	}
}

/* The thread is as usable as before. */
static void go_on(void)
{
	DCTX_SCOPE("after");

	DCTXT_EXPECT(dctx_set(k_after, 7) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_after, 0) == 7);
}

/* A table of entries, a large object and the unfinished one are held. */
static void *decode_and_go(void *unused)
{
	struct message *m = malloc(sizeof *m);
	char large[600] = {0};
	dctx_snapshot *s = NULL;

	(void)unused;
	begin(m, MANY + 2);
	put_string(m, "large", large, sizeof large);
	for (int i = 0; i < MANY; i++)
		put_scalar(m, names[i], 1, 1);
	put_entry(m, "zz_gone", NULL, 0);
	end(m);
	pthread_cleanup_push(free, m);
	if (setjmp(away) == 0) {
		DCTXT_EXPECT(dctx_decode(m->bytes, m->len, &s) == DCTX_OK);
		DCTXT_EXPECT(false);
	}
	DCTXT_EXPECT(s == NULL);
	pthread_cleanup_pop(1);
	go_on();
	return NULL;
}

static void unref(void *snapshot)
{
	dctx_snapshot_unref(snapshot);
}

/* Here it is a table of entries. */
static void *encode_and_go(void *unused)
{
	dctx_snapshot *s = NULL;
	size_t len = 77;

	(void)unused;
	for (int i = 0; i < MANY; i++)
		(void)dctx_store_set_u8(dctx_current(), &keys[i], 1);
	dctx_set(k_gone, &(struct gone){0});
	DCTXT_EXPECT(dctx_capture(&s) == DCTX_OK);
	pthread_cleanup_push(unref, s);
	if (setjmp(away) == 0) {
		DCTXT_EXPECT(dctx_snapshot_encode(s, NULL, 0, &len) ==
			     DCTX_OK);
		DCTXT_EXPECT(false);
	}
	DCTXT_EXPECT(len == 77);
	pthread_cleanup_pop(1);
	go_on();
	return NULL;
}

static void a_decode_that_jumps_away_leaves_nothing(void **state)
{
	(void)state;
	go = jump;
	dctxt_on_thread(decode_and_go, NULL);
}

static void a_decode_that_ends_its_thread_leaves_nothing(void **state)
{
	(void)state;
	go = end_thread;
	dctxt_on_thread(decode_and_go, NULL);
}

static void an_encode_that_jumps_away_leaves_nothing(void **state)
{
	(void)state;
	go = jump;
	dctxt_on_thread(encode_and_go, NULL);
}

static void an_encode_that_ends_its_thread_leaves_nothing(void **state)
{
	(void)state;
	go = end_thread;
	dctxt_on_thread(encode_and_go, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_decode_that_jumps_away_leaves_nothing),
		DCTXT_TEST(a_decode_that_ends_its_thread_leaves_nothing),
		DCTXT_TEST(an_encode_that_jumps_away_leaves_nothing),
		DCTXT_TEST(an_encode_that_ends_its_thread_leaves_nothing),
	};

	make_keys();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
