/* SPDX-License-Identifier: MIT */
/*
 * A message decoded into a store: for a while it is all there is, and after
 * the guard is left, all is as before.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE | DCTX_CLOSED);
DCTX_KEY_STR(k_user, "user", DCTX_WIRE);
DCTX_KEY_U64(k_host, "host", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static struct message m;

/* One value and so many names: "r1", "r2" and so on. */
static void make(uint64_t tenant, unsigned names)
{
	begin(&m, 1);
	put_scalar(&m, "tenant", tenant, 8);
	put_number(&m, names, 8);
	for (unsigned i = 1; i <= names; i++) {
		char name[2] = {'r', (char)('0' + i)};

		put_bytes(&m, name, 2);
	}
}

static dctx_guard decode_here(void)
{
	dctx_guard guard = {NULL, 0};

	assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard), DCTX_OK);
	return guard;
}

static void assert_chain(const char *want)
{
	char text[128];

	dctx_chain_text(" ", text, sizeof text);
	assert_string_equal(text, want);
}

static void nothing_of_the_host_shows_through(void **state)
{
	dctx_guard guard;
	DCTX_SCOPE("host");

	(void)state;
	dctx_set(k_tenant, 1);
	dctx_set(k_user, "host's");
	dctx_set(k_host, 9);
	make(2, 1);
	guard = decode_here();
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_false(dctx_has(k_user));
	assert_false(dctx_has(k_host));
	assert_chain("r1");
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
	assert_string_equal(dctx_get(k_user, ""), "host's");
	assert_int_equal(dctx_get(k_host, 0), 9);
	assert_chain("host");
}

static void what_is_set_under_it_goes_with_it(void **state)
{
	dctx_guard guard;

	(void)state;
	dctx_set(k_user, "before");
	make(2, 0);
	guard = decode_here();
	dctx_set(k_user, "under");
	dctx_set(k_tenant, 3);
	assert_int_equal(dctx_get(k_tenant, 0), 3);
	dctx_leave(guard);
	assert_string_equal(dctx_get(k_user, ""), "before");
	assert_false(dctx_has(k_tenant));
}

static void names_entered_here_follow_those_that_came(void **state)
{
	dctx_guard guard;
	DCTX_SCOPE("host");

	(void)state;
	make(2, 2);
	guard = decode_here();
	{
		DCTX_SCOPE("a");
		DCTX_SCOPE("b");
		assert_chain("r1 r2 a b");
	}
	assert_chain("r1 r2");
	dctx_leave(guard);
	assert_chain("host");
}

static void an_empty_chain_hides_that_of_the_message_around_it(void **state)
{
	dctx_guard outer, inner;

	(void)state;
	make(2, 2);
	outer = decode_here();
	make(3, 0);
	inner = decode_here();
	assert_chain("");
	{
		DCTX_SCOPE("a");
		assert_chain("a");
	}
	dctx_leave(inner);
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_chain("r1 r2");
	dctx_leave(outer);
}

static void a_message_goes_on_as_it_came(void **state)
{
	unsigned char again[256];
	dctx_guard guard;
	size_t len = 0;
	DCTX_SCOPE("host");

	(void)state;
	dctx_set(k_user, "host's");
	make(2, 3);
	guard = decode_here();
	assert_int_equal(dctx_encode(again, sizeof again, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(again, m.bytes, len);
	dctx_leave(guard);
}

static void the_chain_that_is_sent_keeps_to_its_limit(void **state)
{
	unsigned char again[256];
	dctx_snapshot *s = NULL;
	dctx_guard guard;
	size_t len = 0;

	(void)state;
	make(2, 3);
	guard = decode_here();
	DCTX_SCOPE("a");
	assert_int_equal(dctx_capture(&s), DCTX_OK);
	begin(&m, 1);
	put_scalar(&m, "tenant", 2, 8);
	put_number(&m, 2, 8);
	put_text(&m, "r3");
	put_text(&m, "a");
	dctx_limit_set(DCTX_LIMIT_CHAIN, 2);
	assert_int_equal(dctx_encode(again, sizeof again, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(again, m.bytes, len);
	assert_int_equal(dctx_snapshot_encode(s, again, sizeof again, &len),
			 DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(again, m.bytes, len);
	dctx_snapshot_unref(s);
	dctx_leave(guard);
}

static void a_refused_message_leaves_all_as_it_was(void **state)
{
	dctx_guard guard = {NULL, 77};
	DCTX_SCOPE("host");

	(void)state;
	dctx_set(k_tenant, 1);
	begin(&m, 2);
	put_scalar(&m, "tenant", 2, 8);
	put_string(&m, "rid", "!", 1);
	end(&m);
	assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard), DCTX_CODEC);
	assert_int_equal(guard.id, 77);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
	assert_chain("host");
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

static void a_message_may_come_in_at_the_depth_limit(void **state)
{
	dctx_guard guard;

	(void)state;
	dctx_limit_set(DCTX_LIMIT_DEPTH, 2);
	DCTX_SCOPE("1");
	DCTX_SCOPE("2");
	DCTX_SCOPE("dead");
	make(2, 1);
	guard = decode_here();
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_int_equal(dctx_set(k_user, "alive"), DCTX_OK);
	dctx_leave(guard);
	assert_false(dctx_has(k_tenant));
}

static void a_task_takes_a_message_of_its_own(void **state)
{
	dctx_store *task = NULL;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	make(2, 1);
	assert_int_equal(dctx_store_decode(task, m.bytes, m.len, &guard),
			 DCTX_OK);
	assert_false(dctx_has(k_tenant));
	dctx_task_enter(task);
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_chain("r1");
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void a_message_into_a_snapshot_touches_no_store(void **state)
{
	dctx_snapshot *before = NULL, *after = NULL, *s = NULL;
	DCTX_SCOPE("host");

	(void)state;
	dctx_set(k_tenant, 1);
	assert_int_equal(dctx_capture(&before), DCTX_OK);
	make(2, 2);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(s, k_tenant, 0), 2);
	assert_int_equal(dctx_snapshot_chain(s, NULL, 0), 2);
	/* An unchanged store gives the same object. */
	assert_int_equal(dctx_capture(&after), DCTX_OK);
	assert_ptr_equal(before, after);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
	assert_chain("host");
	dctx_snapshot_unref(before);
	dctx_snapshot_unref(after);
	dctx_snapshot_unref(s);
}

static void a_task_starts_from_a_decoded_snapshot(void **state)
{
	dctx_snapshot *s = NULL;
	dctx_store *task = NULL;

	(void)state;
	make(2, 2);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_task_new(s, &task), DCTX_OK);
	dctx_snapshot_unref(s);
	dctx_task_enter(task);
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_chain("r1 r2");
	dctx_task_leave(task);
	dctx_task_free(task);
}

/* The crate sends an empty context then, and says that all is well. */
static void outside_a_task_its_context_is_not_sent_as_nothing(void **state)
{
	unsigned char buf[64];
	dctx_guard guard = {NULL, 77};
	size_t len = 77;

	(void)state;
	make(2, 1);
	assert_int_equal(dctx_store_encode(dctx_task(), buf, sizeof buf, &len),
			 DCTX_INVALID);
	assert_int_equal(len, 77);
	assert_int_equal(
		dctx_store_decode(dctx_task(), m.bytes, m.len, &guard),
		DCTX_INVALID);
	assert_int_equal(guard.id, 77);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 2);
}

/* Reads the shared snapshot, writes it, and reads what it wrote. */
static void *use(void *item)
{
	dctx_snapshot *shared = *(dctx_snapshot **)item, *own = NULL;
	unsigned char message[256];
	size_t len = 0;
	DCTX_ATTACH(shared);

	DCTXT_EXPECT(dctx_get(k_tenant, 0) == 2);
	DCTXT_EXPECT(strcmp(dctx_get(k_rid, NULL)->text, "one") == 0);
	DCTXT_EXPECT(dctx_encode(message, sizeof message, &len) == DCTX_OK);
	DCTXT_EXPECT(len == m.len && memcmp(message, m.bytes, len) == 0);
	DCTXT_EXPECT(dctx_decode(message, len, &own) == DCTX_OK);
	DCTXT_EXPECT(dctx_snapshot_get(own, k_tenant, 0) == 2);
	dctx_snapshot_unref(own);
	return NULL;
}

static void a_decoded_snapshot_is_used_by_threads_at_once(void **state)
{
	dctx_snapshot *s = NULL, *each[8];

	(void)state;
	begin(&m, 2);
	put_string(&m, "rid", "one", 3);
	put_scalar(&m, "tenant", 2, 8);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	for (int i = 0; i < 8; i++)
		each[i] = s;
	dctxt_together(8, use, each, sizeof *each);
	dctx_snapshot_unref(s);
	assert_int_equal(rids_alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(nothing_of_the_host_shows_through),
		DCTXT_TEST(what_is_set_under_it_goes_with_it),
		DCTXT_TEST(names_entered_here_follow_those_that_came),
		DCTXT_TEST(an_empty_chain_hides_that_of_the_message_around_it),
		DCTXT_TEST(a_message_goes_on_as_it_came),
		DCTXT_TEST(the_chain_that_is_sent_keeps_to_its_limit),
		DCTXT_TEST(a_refused_message_leaves_all_as_it_was),
		DCTXT_TEST(a_message_may_come_in_at_the_depth_limit),
		DCTXT_TEST(a_task_takes_a_message_of_its_own),
		DCTXT_TEST(a_message_into_a_snapshot_touches_no_store),
		DCTXT_TEST(a_task_starts_from_a_decoded_snapshot),
		DCTXT_TEST(outside_a_task_its_context_is_not_sent_as_nothing),
		DCTXT_TEST(a_decoded_snapshot_is_used_by_threads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
