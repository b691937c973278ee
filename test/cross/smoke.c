/* SPDX-License-Identifier: MIT */
/*
 * smoke.c - a little of everything with libc alone, for any machine that has a
 * compiler: other byte orders, word sizes and C libraries, linked either way.
 */
#include <dctx/dctx.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An assert that no build leaves out. */
#define CHECK(what) check((what), #what, __LINE__)

DCTX_KEY_STR(k_str, "str", DCTX_WIRE);
DCTX_KEY_U64(k_u64, "u64", DCTX_WIRE);
DCTX_KEY_BOOL(k_bool, "smoke_bool", DCTX_LOCAL);
DCTX_KEY_I8(k_i8, "smoke_i8", DCTX_LOCAL);
DCTX_KEY_U16(k_u16, "smoke_u16", DCTX_LOCAL);
DCTX_KEY_I64(k_i64, "smoke_i64", DCTX_LOCAL);
DCTX_KEY_F32(k_f32, "smoke_f32", DCTX_LOCAL);
DCTX_KEY_F64(k_f64, "smoke_f64", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "smoke_bytes", DCTX_LOCAL);

/* {str: "one", u64: 2} under "svc", as the crate writes it, sorted by key. */
static const unsigned char message[] =
	"\2\0\0\0" "\2\0\0\0\0\0\0\0"
	"\3\0\0\0\0\0\0\0" "str" "\1\0\0\0" "\13\0\0\0\0\0\0\0"
	"\3\0\0\0\0\0\0\0" "one"
	"\3\0\0\0\0\0\0\0" "u64" "\1\0\0\0" "\10\0\0\0\0\0\0\0"
	"\2\0\0\0\0\0\0\0"
	"\1\0\0\0\0\0\0\0" "\3\0\0\0\0\0\0\0" "svc";

static void check(bool holds, const char *what, int line)
{
	if (holds)
		return;
	fprintf(stderr, "smoke.c:%d: not so: %s\n", line, what);
	exit(1);
}

static void every_kind_comes_back(void)
{
	dctx_bytes bytes = {"\0\1\2", 3};

	DCTX_SCOPE("kinds");
	dctx_set(k_bool, true);
	dctx_set(k_i8, -128);
	dctx_set(k_u16, 65535);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_f32, 0.5f);
	dctx_set(k_f64, -1e300);
	dctx_set(k_bytes, bytes);
	CHECK(dctx_scope_status() == DCTX_OK);
	CHECK(dctx_get(k_bool, false));
	CHECK(dctx_get(k_i8, 0) == -128);
	CHECK(dctx_get(k_u16, 0) == 65535);
	CHECK(dctx_get(k_i64, 0) == INT64_MIN);
	CHECK(dctx_get(k_f32, 0.0f) == 0.5f);
	CHECK(dctx_get(k_f64, 0.0) == -1e300);
	bytes = dctx_get(k_bytes, (dctx_bytes){0});
	CHECK(bytes.len == 3 && memcmp(bytes.data, "\0\1\2", 3) == 0);
}

static void scopes_nest_and_undo(void)
{
	CHECK(!dctx_has(k_u64));
	{
		DCTX_SCOPE("outer");
		dctx_set(k_u64, 1);
		{
			DCTX_SCOPE("inner");
			dctx_set(k_u64, UINT64_MAX);
			CHECK(dctx_get(k_u64, 0) == UINT64_MAX);
			dctx_unset(k_u64);
			CHECK(!dctx_has(k_u64));
		}
		CHECK(dctx_get(k_u64, 0) == 1);
	}
	CHECK(!dctx_has(k_u64));
	CHECK(dctx_depth() == 1);
}

static void *in_a_thread(void *arg)
{
	CHECK(strcmp(dctx_get(k_str, "-"), "carried") == 0);
	dctx_set(k_str, "changed");
	return arg;
}

static void threads_and_tasks_carry_it(void)
{
	dctx_store *task;
	pthread_t thread;

	DCTX_SCOPE("carrier");
	dctx_set(k_str, "carried");
	CHECK(dctx_thread_start(&thread, NULL, in_a_thread, NULL) == DCTX_OK);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(dctx_fork(&task) == DCTX_OK);
	dctx_set(k_str, "-");
	dctx_task_enter(task);
	CHECK(strcmp(dctx_get(k_str, "-"), "carried") == 0);
	dctx_task_leave(task);
	dctx_task_free(task);
	CHECK(strcmp(dctx_get(k_str, ""), "-") == 0);
}

static void contexts_are_laid_over_and_merged(void)
{
	dctx_mark mark = dctx_mark_here();
	dctx_snapshot *snapshot;
	dctx_guard guard;

	(void)dctx_enter("laid over");
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_str, "carried");
	CHECK(dctx_capture(&snapshot) == DCTX_OK);
	CHECK(dctx_rewind(mark) == DCTX_OK);
	dctx_set(k_u16, 65535);
	CHECK(dctx_overlay(snapshot, &guard) == DCTX_OK);
	CHECK(dctx_get(k_i64, 0) == INT64_MIN);
	CHECK(dctx_get(k_u16, 0) == 65535);
	CHECK(dctx_rewind(mark) == DCTX_OK);
	CHECK(!dctx_has(k_i64));
	CHECK(dctx_merge(snapshot) == DCTX_OK);
	CHECK(dctx_get(k_i64, 0) == INT64_MIN);
	CHECK(strcmp(dctx_get(k_str, "-"), "carried") == 0);
	dctx_snapshot_unref(snapshot);
	CHECK(dctx_clear() == DCTX_OK);
	CHECK(!dctx_has(k_str));
}

static void the_wire_is_the_same_everywhere(void)
{
	unsigned char buf[256];
	size_t size = sizeof(message) - 1, len = 0;
	dctx_guard guard;

	{
		DCTX_SCOPE("svc");
		dctx_set(k_u64, 2);
		dctx_set(k_str, "one");
		CHECK(dctx_encode(buf, sizeof(buf), &len) == DCTX_OK);
	}
	CHECK(len == size && memcmp(buf, message, size) == 0);
	CHECK(dctx_decode_here(message, size, &guard) == DCTX_OK);
	CHECK(dctx_get(k_u64, 0) == 2);
	CHECK(strcmp(dctx_get(k_str, "-"), "one") == 0);
	dctx_leave(guard);
	CHECK(!dctx_has(k_u64));
}

int main(void)
{
	CHECK(dctx_version() == DCTX_VERSION);
	CHECK(dctx_registry_check(NULL, NULL) == DCTX_OK);
	every_kind_comes_back();
	scopes_nest_and_undo();
	threads_and_tasks_carry_it();
	contexts_are_laid_over_and_merged();
	the_wire_is_the_same_everywhere();
	puts("smoke: all holds");
	return 0;
}
