/* SPDX-License-Identifier: MIT */
/*
 * plays.h - what a session records, for lttng_test.c: each is a program that
 * knows no cmocka.
 */
#ifndef PLAYS_H
#define PLAYS_H

#include "dctx_lttng.h"

#include <dctx/dctx.h>

#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "mine.h"

DCTX_KEY_STR(k_rid, "request-id", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_text, "text", 0);
DCTX_KEY_U32(k_tenant, "tenant", DCTX_LOG);
DCTX_KEY_I64(k_neg, "neg", DCTX_LOG);
DCTX_KEY_BOOL(k_yes, "yes", DCTX_LOG);
DCTX_KEY_F64(k_half, "half", DCTX_LOG);
DCTX_KEY_BYTES(k_raw, "raw", DCTX_LOG);

/* More contexts than are remembered of an event. */
#define EACH_OF_MANY(X)                                                        \
	X(00) X(01) X(02) X(03) X(04) X(05) X(06) X(07) X(08) X(09)            \
	X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)
#define MANY_KEY(n) DCTX_KEY_STR(k_many##n, "many" #n, DCTX_LOG);
EACH_OF_MANY(MANY_KEY)

#define MOUNT_ALL (DCTX_LTTNG_SPANS | DCTX_LTTNG_CONTEXT)

/* What a program says where cmocka is not. */
#define MUST(x)                                                                \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#x);                                           \
			exit(1);                                               \
		}                                                              \
	} while (0)

static void tell(const char *text)
{
	lttng_ust_tracepoint(mine, event, text);
}

static void play_spans(void)
{
	const dctx_span_field fields[] = {{"bytes", DCTX_ANY(7)},
					  {"of", DCTX_ANY("a file")}};

	MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_OK);
	{
		DCTX_SPAN(outer, "outer", {"path", DCTX_ANY("/srv")},
			  {"size", DCTX_ANY(5u)}, {"delta", DCTX_ANY(-5)},
			  {"part", DCTX_ANY(0.5)}, {"later", DCTX_EMPTY});
		DCTX_SPAN(inner, "inner");

		dctx_span_event(inner, "read", fields, 2);
		dctx_span_event(inner, "bare", NULL, 0);
		dctx_span_record(outer, "later", &DCTX_ANY(true));
	}
	MUST(dctx_lttng_unmount() == DCTX_OK);
	{
		DCTX_SPAN(after, "after");
		MUST(after == NULL);
	}
}

static void *play_thread(void *arg)
{
	DCTX_SCOPE("thread");

	dctx_set(k_rid, "other");
	tell("on a thread");
	return arg;
}

static void play_values(void)
{
	dctx_trace trace = {.trace_id = {0xab, 0xcd}, .span_id = {0xef}};
	pthread_t thread;
	DCTX_SCOPE("values");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	tell("before");
	dctx_set(k_rid, "r-1");
	dctx_set(k_tenant, 7);
	dctx_set(k_neg, -8);
	dctx_set(k_yes, true);
	dctx_set(k_half, 0.5);
	dctx_set(k_raw, ((dctx_bytes){"\x01\xab", 2}));
	dctx_set(k_token, "hunter2");
	dctx_trace_set(&trace);
	tell("within");
	MUST(pthread_create(&thread, NULL, play_thread, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	MUST(dctx_lttng_unmount() == DCTX_OK);
	tell("after");
}

static void play_filter(void)
{
	char text[32];
	DCTX_SCOPE("filter");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	for (uint32_t i = 0; i < 10; i++) {
		dctx_set(k_tenant, i);
		dctx_set(k_raw, ((dctx_bytes){"\x01\xab", 2}));
		dctx_set(k_rid, i % 2 ? "odd" : "even");
		snprintf(text, sizeof(text), "number %u", i);
		tell(text);
	}
}

/* A value under one name that is a text, a number or nothing, of any length, as
 * another thread maps it, hit by a handler in between. */
static atomic_bool over;

static void *map(void *arg)
{
	const dctx_field v = {.struct_size = DCTX_FIELD_SIZE,
			      .flags = DCTX_FIELD_LOG,
			      .name = "v"};

	while (!over) {
		MUST(dctx_field_set(&k_text.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_text.key, NULL) == DCTX_OK);
		MUST(dctx_field_set(&k_tenant.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_tenant.key, NULL) == DCTX_OK);
		MUST(dctx_field_set(&k_token.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_token.key, NULL) == DCTX_OK);
	}
	return arg;
}

static void hit(int signo)
{
	(void)signo;
	tell("handler");
}

static void play_hostile(void)
{
	const struct itimerval often = {{0, 300}, {0, 300}},
			       never = {{0, 0}, {0, 0}};
	char text[2000];
	pthread_t thread;
	DCTX_SCOPE("hostile");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	MUST(pthread_create(&thread, NULL, map, NULL) == 0);
	MUST(signal(SIGALRM, hit) != SIG_ERR);
	MUST(setitimer(ITIMER_REAL, &often, NULL) == 0);
	dctx_set(k_tenant, 7);
	dctx_set(k_token, "hunter2");
	for (size_t i = 0; i < 6000; i++) {
		memset(text, 'x', sizeof(text));
		text[i % sizeof(text)] = '\0';
		dctx_replace(k_text, text);
		tell("turn");
	}
	MUST(setitimer(ITIMER_REAL, &never, NULL) == 0);
	over = true;
	MUST(pthread_join(thread, NULL) == 0);
	tell("end");
}

static void play_many(void)
{
	DCTX_SCOPE("many");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
#define SET_FIRST(n) dctx_set(k_many##n, "v" #n);
#define SET_LONGER(n) dctx_replace(k_many##n, "longer v" #n);
	EACH_OF_MANY(SET_FIRST)
	tell("first");
	EACH_OF_MANY(SET_LONGER)
	tell("second");
}

/* What is remembered of an event is found by where it is on the stack. */
static void __attribute__((noinline)) tell_below(size_t depth, const char *text)
{
	char *room = alloca(64 * depth + 1);

	__asm__ volatile("" : : "r"(room) : "memory");
	tell(text);
}

/* Past a sub-buffer's size an event is lost for sure, when its contexts have
 * said already how large they are. */
static void play_lost(void)
{
	static char text[6000];
	DCTX_SCOPE("lost");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	memset(text, 'x', sizeof(text) - 1);
	dctx_set(k_rid, "lost");
	for (size_t i = 0; i < 40; i++)
		tell_below(i, text);
	dctx_replace(k_rid, "what is there now");
	dctx_set(k_tenant, 7);
	for (size_t i = 0; i < 40; i++)
		tell_below(i, "kept");
}

static void play_fork(void)
{
	int status;
	pid_t child;
	DCTX_SCOPE("fork");

	MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_OK);
	dctx_set(k_rid, "parent");
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		DCTX_SPAN_BEGIN(span, "below");
		dctx_set(k_rid, "child");
		tell("in the child");
		DCTX_SPAN_END(span);
		MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_CONFLICT);
		MUST(dctx_lttng_unmount() == DCTX_OK);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	tell("in the parent");
}

static const struct {
	const char *name;
	void (*play)(void);
} plays[] = {
	{"spans", play_spans},	 {"values", play_values},
	{"filter", play_filter}, {"hostile", play_hostile},
	{"fork", play_fork},	 {"many", play_many},
	{"lost", play_lost},
};

/* Whether one is called so: it was played. */
static bool play(const char *name)
{
	for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++)
		if (strcmp(plays[i].name, name) == 0) {
			plays[i].play();
			return true;
		}
	return false;
}

#endif
