/* SPDX-License-Identifier: MIT */
/* dctx.c - our own side, through the shared library, as any program. */
#include "peer.h"

#include <dctx/dctx.h>

#define NUM(i) DCTX_KEY_U64(num##i, PEER_KEY(i), DCTX_LOG)
NUM(0);
NUM(1);
NUM(2);
NUM(3);
NUM(4);
NUM(5);
NUM(6);
NUM(7);
DCTX_KEY_U64(absent, PEER_ABSENT, DCTX_LOG);

static dctx_snapshot *snapshot;
static dctx_store *task;
static unsigned char message[1024];
static size_t message_len;

static void must(dctx_status status)
{
	peer_must(status == DCTX_OK, dctx_strerror(status));
}

/* A figure for what quietly failed would be a lie. */
static void failed(void *user, dctx_event event, dctx_status status,
		   const char *what)
{
	(void)user;
	(void)status;
	(void)what;
	peer_must(false, dctx_event_name(event));
}

static const dctx_hook hook = {failed, NULL};

static void one_value(void)
{
	dctx_hook_set(&hook);
	must(dctx_set(num0, 1));
	peer_must(dctx_get(num0, 0) == 1, "a hit");
	peer_must(!dctx_has(absent), "a miss");
}

static void values(void)
{
	one_value();
	must(dctx_set(num1, 1));
	must(dctx_set(num2, 1));
	must(dctx_set(num3, 1));
	must(dctx_set(num4, 1));
	must(dctx_set(num5, 1));
	must(dctx_set(num6, 1));
	must(dctx_set(num7, 1));
}

static void deep(void)
{
	values();
	for (uint64_t i = 1; i < PEER_DEPTH; i++) {
		dctx_enter("level");
		must(dctx_set(num1, i));
	}
	peer_must(dctx_depth() == PEER_DEPTH, "the depth");
}

static void captured(void)
{
	dctx_guard guard = dctx_enter(NULL);

	values();
	must(dctx_capture(&snapshot));
	dctx_leave(guard);
	peer_must(dctx_snapshot_get(snapshot, num0, 0) == 1, "a hit");
}

static void forked(void)
{
	values();
	must(dctx_fork(&task));
}

static void get_hit(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--) {
		sum += dctx_get(num0, 0);
		BARRIER();
	}
	consume(sum);
}

static void get_miss(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--) {
		sum += dctx_get(absent, 0);
		BARRIER();
	}
	consume(sum);
}

static void scope(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
	}
}

static void scope_set(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
		dctx_set(num0, turns);
	}
}

static void capture(uint64_t turns)
{
	dctx_snapshot *taken;

	while (turns--) {
		must(dctx_capture(&taken));
		dctx_snapshot_unref(taken);
	}
}

static void get_held(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--) {
		sum += dctx_snapshot_get(snapshot, num0, 0);
		BARRIER();
	}
	consume(sum);
}

static void derive(uint64_t turns)
{
	dctx_builder *builder;
	dctx_snapshot *child;

	while (turns--) {
		must(dctx_builder_child(snapshot, &builder));
		dctx_builder_set(builder, num0, turns);
		must(dctx_builder_freeze(builder, &child));
		dctx_snapshot_unref(child);
	}
}

static void attach(uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach(snapshot, &guard));
		dctx_leave(guard);
	}
}

/* A runtime has the task it runs in a register. */
static void task_step(uint64_t turns)
{
	dctx_store *next = task;

	while (turns--) {
		dctx_task_enter(next);
		BARRIER();
		dctx_task_leave(next);
		BARRIER();
	}
}

static void texts(void)
{
	static dctx_key_str text[PEER_KEYS];
	static const char *const names[] = {
		"0.bench.text", "1.bench.text", "2.bench.text", "3.bench.text",
		"4.bench.text", "5.bench.text", "6.bench.text", "7.bench.text",
	};

	dctx_hook_set(&hook);
	for (int i = 0; i < PEER_KEYS; i++) {
		text[i].key = (dctx_key){.name = names[i],
					 .kind = DCTX_KIND_STR,
					 .policy = DCTX_WIRE,
					 .version = 1};
		must(dctx_set(text[i], PEER_TEXT));
	}
	must(dctx_encode(message, sizeof(message), &message_len));
}

static void encode(uint64_t turns)
{
	unsigned char buf[sizeof(message)];
	size_t len;

	while (turns--) {
		must(dctx_encode(buf, sizeof(buf), &len));
		consume(len);
	}
}

static void decode(uint64_t turns)
{
	dctx_snapshot *decoded;

	while (turns--) {
		must(dctx_decode(message, message_len, &decoded));
		dctx_snapshot_unref(decoded);
	}
}

const char *peer_version(void)
{
	return DCTX_VERSION_TEXT;
}

const struct peer_op peer_ops[] = {
	{"get_1", "dctx_get", one_value, get_hit, NULL},
	{"get_8", "dctx_get", values, get_hit, NULL},
	{"get_deep", "dctx_get", deep, get_hit, NULL},
	{"miss_deep", "dctx_get", deep, get_miss, NULL},
	{"scope", "DCTX_SCOPE", values, scope, NULL},
	{"scope_set", "DCTX_SCOPE, dctx_set", values, scope_set, NULL},
	{"get_held", "dctx_snapshot_get", captured, get_held, NULL},
	{"derive", "dctx_builder_child, _set, _freeze; unref", captured, derive,
	 NULL},
	{"capture", "dctx_capture; unref", values, capture, NULL},
	{"attach", "dctx_attach; dctx_leave", captured, attach, NULL},
	{"task", "dctx_task_enter; dctx_task_leave", forked, task_step, NULL},
	{"encode", "dctx_encode", texts, encode, NULL},
	{"decode", "dctx_decode; unref", texts, decode, NULL},
	{0},
};
