/* SPDX-License-Identifier: MIT */
/*
 * Code of the user's that never returns from the middle of a message: it jumps
 * out of the call, or ends its thread. What the call held goes back when the
 * thread ends, objects that were made are destroyed then, and until then the
 * thread may go on; the leak checkers have the last word.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 300 };

static __thread jmp_buf away;
static void (*go)(void);

/* Which of the user's functions goes; the others do as they should. */
enum where { DECODE, ENCODE, CODEC_DECODE, CODEC_ENCODE, CONVERT, DESTROY,
	     REPORT, HOOK };
static enum where where;
static int let_pass; /* so often before that */

static void jump(void)
{
	longjmp(away, 1);
}

static void end_thread(void)
{
	pthread_exit(NULL);
}

static void may_go(enum where here)
{
	if (here == where && let_pass-- == 0)
		go();
}

static dctx_status type_encode(const void *value, dctx_writer *w)
{
	may_go(ENCODE);
	return rid_encode(value, w);
}

static dctx_status type_decode(void *value, dctx_reader *r)
{
	may_go(DECODE);
	return rid_decode(value, r);
}

static dctx_status codec_encode(const void *value, dctx_writer *w)
{
	(void)value;
	may_go(CODEC_ENCODE);
	dctx_write_u8(w, 1);
	return DCTX_OK;
}

static dctx_status codec_decode(void *value, dctx_reader *r)
{
	dctx_bytes *text = value;

	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	text->data = dctx_read_room(r, 600);
	if (text->data == NULL)
		return DCTX_NOMEM;
	memset((char *)(uintptr_t)text->data, 'r', 600);
	text->len = 600;
	may_go(CODEC_DECODE);
	return DCTX_OK;
}

static dctx_status convert(const void *older, void *newer, dctx_reader *room)
{
	const struct rid *rid = older;

	if (dctx_read_room(room, 100) == NULL)
		return DCTX_NOMEM;
	may_go(CONVERT);
	return rid_make(newer, rid->text, strlen(rid->text));
}

/* An object destroyed while the message is read: the older one. */
static void older_destroy(void *value)
{
	rid_destroy(value);
	may_go(DESTROY);
}

static const dctx_type type = {
	.struct_size = sizeof type,
	.name = "gone",
	.size = sizeof(struct rid),
	.copy = rid_copy,
	.destroy = rid_destroy,
	.encode = type_encode,
	.decode = type_decode,
};
static const dctx_type older_type = {
	.struct_size = sizeof older_type,
	.name = "older",
	.size = sizeof(struct rid),
	.destroy = older_destroy,
	.decode = rid_decode,
};
static const dctx_codec codec = {sizeof codec, "gone", codec_encode,
				 codec_decode};
static const dctx_key_options codec_options = {sizeof codec_options, &codec,
					       NULL, 0};
static const dctx_migration older[] = {
	{1, 0, DCTX_KIND_TYPE, &older_type, NULL, convert}};
static const dctx_key_options older_options = {sizeof older_options, NULL,
					       older, 1};
DCTX_KEY_DECLARE_TYPE(k_first, struct rid);
DCTX_KEY_TYPE(k_first, "first", struct rid, &rid_type, DCTX_WIRE);
DCTX_KEY_BYTES(k_large, "large", DCTX_WIRE);
DCTX_KEY_U8(k_after, "after", DCTX_WIRE);
DCTX_KEY_BOOL(k_bad, "zz_bad", DCTX_WIRE);
DCTX_KEY_STR(k_codec, "zz_codec", DCTX_WIRE, 1, &codec_options);
DCTX_KEY_DECLARE_TYPE(k_type, struct rid);
DCTX_KEY_TYPE(k_type, "zz_type", struct rid, &type, DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_older, struct rid);
DCTX_KEY_TYPE(k_older, "zz_older", struct rid, &type, DCTX_WIRE, 2,
	      &older_options);

static char names[MANY][16];
static dctx_key keys[MANY];

static int make_keys(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "many_%03d", i);
		keys[i].name = names[i];
		keys[i].kind = DCTX_KIND_U8;
		keys[i].policy = DCTX_WIRE;
		keys[i].version = 1;
		if (dctx_key_register(&keys[i]) != DCTX_OK)
			return -1;
	}
	return 0;
}

/* What should not have returned. */
static void returned(dctx_status status)
{
	DCTXT_EXPECT(status == DCTX_OK && false);
}

/* The thread is as usable as before. */
static void go_on(void)
{
	DCTX_SCOPE("after");

	DCTXT_EXPECT(dctx_set(k_after, 7) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_after, 0) == 7);
}

/* A table of entries, large values, whole objects and room are held when one of
 * the last values is made; a bad one is to be reported. */
static void make_message(struct message *m)
{
	char large[600] = {0};

	begin(m, MANY + 6);
	put_string(m, "large", large, sizeof large);
	put_string(m, "first", "one", 3);
	for (int i = 0; i < MANY; i++)
		put_scalar(m, names[i], 1, 1);
	put_string(m, "zz_type", "two", 3);
	put_entry(m, "zz_codec", "x", 1);
	put_string(m, "zz_older", "three", 5);
	put_scalar(m, "zz_bad", 9, 1);
	end(m);
}

static void report(void *user, const dctx_bad_entry *bad)
{
	(void)user;
	(void)bad;
	may_go(REPORT);
}

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user;
	(void)event;
	(void)status;
	(void)what;
	may_go(HOOK);
}

static const dctx_decode_options options = {.struct_size = sizeof options,
					    .flags = DCTX_DECODE_SKIP_BAD,
					    .report = report};

static void drop(void *snapshot)
{
	*(dctx_snapshot **)snapshot =
		dctx_snapshot_unref(*(dctx_snapshot **)snapshot);
}

/* Only who is told when all is done finds the snapshot there. */
static void *decode_and_go(void *unused)
{
	struct message *m = malloc(sizeof *m);
	static dctx_snapshot *s; /* a jump leaves it as it was set */

	(void)unused;
	s = NULL;
	make_message(m);
	pthread_cleanup_push(free, m);
	pthread_cleanup_push(drop, &s);
	if (setjmp(away) == 0)
		returned(dctx_decode_with(m->bytes, m->len, &options, &s));
	DCTXT_EXPECT((s != NULL) == (where >= REPORT));
	pthread_cleanup_pop(1);
	pthread_cleanup_pop(1);
	go_on();
	return NULL;
}

/* The same into the store, which is attached before anybody is told. */
static void *decode_here_and_go(void *unused)
{
	struct message *m = malloc(sizeof *m);
	static dctx_guard guard;

	(void)unused;
	guard.id = 0;
	make_message(m);
	pthread_cleanup_push(free, m);
	if (setjmp(away) == 0)
		returned(dctx_decode_here_with(m->bytes, m->len, &options,
					       &guard));
	DCTXT_EXPECT((guard.id != 0) == (where >= REPORT));
	DCTXT_EXPECT(dctx_has(k_first) == (where >= REPORT));
	if (guard.id != 0)
		dctx_leave(guard);
	pthread_cleanup_pop(1);
	go_on();
	return NULL;
}

/* Sets what is to be sent: more than a table on the stack can hold. */
static void set_all(void)
{
	for (int i = 0; i < MANY; i++)
		(void)dctx_store_set_u8(dctx_current(), &keys[i], 1);
	dctx_set(k_type, &(struct rid){"two"});
	dctx_set(k_codec, "text");
}

static void *encode_and_go(void *unused)
{
	size_t len = 77;

	(void)unused;
	set_all();
	if (setjmp(away) == 0)
		returned(dctx_encode(NULL, 0, &len));
	DCTXT_EXPECT(len == 77);
	go_on();
	return NULL;
}

/* Goes the second time, when there is a buffer. */
static void *encode_alloc_and_go(void *unused)
{
	size_t len = 77;
	void *out = NULL;

	(void)unused;
	set_all();
	let_pass = 1;
	if (setjmp(away) == 0)
		returned(dctx_encode_alloc(&out, &len));
	DCTXT_EXPECT(out == NULL);
	go_on();
	return NULL;
}

/* A codec reads a message inside its own, and is jumped back to. */
static jmp_buf inside;

static void jump_inside(void)
{
	longjmp(inside, 1);
}

static dctx_status nested_decode(void *value, dctx_reader *r)
{
	static __thread bool is_inner;
	struct message *m;
	dctx_snapshot *s = NULL;

	(void)value;
	if (is_inner)
		jump_inside();
	m = malloc(sizeof *m);
	begin(m, 2);
	put_string(m, "first", "inner", 5);
	put_entry(m, "zz_nested", NULL, 0);
	end(m);
	is_inner = true;
	if (setjmp(inside) == 0)
		returned(dctx_decode(m->bytes, m->len, &s));
	is_inner = false;
	free(m);
	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	return DCTX_OK;
}

static const dctx_codec nested = {sizeof nested, "nested", codec_encode,
				  nested_decode};
static const dctx_key_options nested_options = {sizeof nested_options, &nested,
						NULL, 0};
DCTX_KEY_STR(k_nested, "zz_nested", DCTX_WIRE, 1, &nested_options);

static void *decode_nested(void *unused)
{
	struct message *m = malloc(sizeof *m);
	dctx_snapshot *s = NULL;

	(void)unused;
	begin(m, 2);
	put_string(m, "first", "outer", 5);
	put_entry(m, "zz_nested", "x", 1);
	end(m);
	DCTXT_EXPECT(dctx_decode(m->bytes, m->len, &s) == DCTX_OK);
	DCTXT_EXPECT(strcmp(dctx_snapshot_get(s, k_first, NULL)->text,
			    "outer") == 0);
	dctx_snapshot_unref(s);
	DCTXT_EXPECT(rids_alive == 1);
	free(m);
	return NULL;
}

static void a_jump_out_of_a_message_inside_another_ends_it_alone(void **state)
{
	(void)state;
	dctxt_on_thread(decode_nested, NULL);
	assert_int_equal(rids_alive, 0);
}

/* Both ways of not returning, from each of these places. */
static void go_from(enum where first, enum where last, void *(*use)(void *))
{
	static const dctx_hook hook = {hear, NULL};

	for (enum where here = first; here <= last; here++) {
		where = here;
		for (int i = 0; i < 2; i++) {
			go = i == 0 ? jump : end_thread;
			let_pass = 0;
			dctx_hook_set(&hook);
			dctxt_on_thread(use, NULL);
			dctx_hook_set(NULL);
			assert_int_equal(rids_alive, 0);
		}
	}
}

static void a_decode_that_is_left_loses_nothing(void **state)
{
	(void)state;
	go_from(DECODE, DECODE, decode_and_go);
	go_from(CODEC_DECODE, CODEC_DECODE, decode_and_go);
	go_from(CONVERT, HOOK, decode_and_go);
}

static void a_decode_into_the_store_that_is_left_loses_nothing(void **state)
{
	(void)state;
	go_from(DECODE, DECODE, decode_here_and_go);
	go_from(CODEC_DECODE, CODEC_DECODE, decode_here_and_go);
	go_from(CONVERT, HOOK, decode_here_and_go);
}

static void an_encode_that_is_left_loses_nothing(void **state)
{
	(void)state;
	go_from(ENCODE, ENCODE, encode_and_go);
	go_from(CODEC_ENCODE, CODEC_ENCODE, encode_and_go);
	go_from(ENCODE, ENCODE, encode_alloc_and_go);
	go_from(CODEC_ENCODE, CODEC_ENCODE, encode_alloc_and_go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_decode_that_is_left_loses_nothing),
		DCTXT_TEST(
			a_decode_into_the_store_that_is_left_loses_nothing),
		DCTXT_TEST(an_encode_that_is_left_loses_nothing),
		DCTXT_TEST(
			a_jump_out_of_a_message_inside_another_ends_it_alone),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
