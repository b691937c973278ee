/* SPDX-License-Identifier: MIT */
/*
 * ops_log.c - the fields of a line: of four keys, texts and numbers, whose
 * values come to some 80 bytes. The first line after a change makes them, those
 * after it copy them.
 */
#include "bench.h"

#include <stdio.h>
#include <string.h>

DCTX_KEY_STR(bench_rid, "request.id", DCTX_LOG);
DCTX_KEY_STR(bench_user, "user.name", DCTX_LOG);
DCTX_KEY_U64(bench_tenant, "tenant", DCTX_LOG);
DCTX_KEY_U64(bench_part, "part", DCTX_LOG);

static dctx_log_style style;
static char buf[512];
static size_t len;

/* Keys that are not told: they are passed over. */
static dctx_key_u64 others[16];
static char names[16][8];

static void set_others(void)
{
	for (int i = 0; i < 16; i++) {
		snprintf(names[i], sizeof(names[i]), "other%d", i);
		others[i] =
			(dctx_key_u64)DCTX_KEY_INIT_U64(names[i], DCTX_LOCAL);
		must(dctx_set(others[i], 1));
	}
}

static void set_four(void)
{
	must(dctx_set(bench_rid, TEXT));
	must(dctx_set(bench_user, TEXT));
	must(dctx_set(bench_tenant, 4711));
	must(dctx_set(bench_part, 1));
}

static void log_setup(void)
{
	static const char *const names[] = {"logfmt", "json", "syslog"};

	for (int i = 0; i < 3; i++)
		if (param_is("style", names[i]))
			style = (dctx_log_style)i;
	set_others();
	set_four();
	len = dctx_log_text(style, buf, sizeof(buf));
	must_be(len > 60 && len == strlen(buf), "four fields");
}

static void log_first(uint64_t turns)
{
	while (turns--) {
		dctx_set(bench_part, turns % 10);
		dctx_log_text(style, buf, sizeof(buf));
	}
}

static void set_alone(uint64_t turns)
{
	while (turns--)
		dctx_set(bench_part, turns % 10);
}

static void log_cached(uint64_t turns)
{
	while (turns--) {
		dctx_log_text(style, buf, sizeof(buf));
		__asm__ volatile("" : : "r"(buf) : "memory");
	}
}

/* The copy that nobody gets around. */
static void copy_alone(uint64_t turns)
{
	static char from[512];

	while (turns--) {
		size_t n = len + 1;

		__asm__ volatile("" : "+r"(n) : "r"(from) : "memory");
		memcpy(buf, from, n);
		__asm__ volatile("" : : "r"(buf) : "memory");
	}
}

static void log_here(uint64_t turns)
{
	while (turns--) {
		const char *text = dctx_log_here(style);

		__asm__ volatile("" : : "r"(text) : "memory");
	}
}

/* A scope that sets nothing, as functions have one, and a line in it. */
static void log_in_scope(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
		dctx_log_text(style, buf, sizeof(buf));
	}
}

static void log_signal(uint64_t turns)
{
	while (turns--)
		dctx_log_signal(buf, sizeof(buf));
}

/* In a task that has changed nothing yet. */
static void task_setup(void)
{
	dctx_store *task;

	log_setup();
	must(dctx_fork(&task));
	dctx_task_enter(task);
}

const struct op log_ops[] = {
	{"log_first_4", "style=logfmt,json,syslog", {{0}, 0}, 0, ANY,
	 log_setup, log_first, set_alone, NULL},
	{"log_cached_4", "style=logfmt,json,syslog", {{[F] = 8}, 0}, 0, ANY,
	 log_setup, log_cached, copy_alone, NULL},
	{"log_task_4", "style=logfmt", {{[F] = 8}, 0}, 0, ANY,
	 task_setup, log_cached, copy_alone, NULL},
	{"log_here_4", "style=logfmt", {{[F] = 8}, 0}, 0, ANY,
	 log_setup, log_here, NULL, NULL},
	{"log_scope_4", "style=logfmt", {{0}, 0}, 0, ANY,
	 log_setup, log_in_scope, NULL, NULL},
	{"log_signal_4", "style=logfmt", {{0}, 0}, 0, ANY,
	 log_setup, log_signal, NULL, NULL},
	{0},
};
