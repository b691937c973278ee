/* SPDX-License-Identifier: MIT */
/*
 * model_test.c - proves that a store does, over long random schedules, what a
 * model of a page does: a list of frames, each with what was set in it, looked
 * through from the top. Every operation that moves scopes is in the mix, also
 * in the wrong order; after each one all that is visible is compared.
 */
#include "kit.h"

#include <stdio.h>

enum { KEYS = 24, FRAMES = 40, SLOTS = 6, NAMES = 16, CHAIN = 64 };
enum { SEEDS = 200, STEPS = 600 };

/* What a key is, in a frame or in a snapshot. */
enum mark { UNTOUCHED, SET, REMOVED };

/* A context as the model sees it: values, and the newest names. */
struct picture {
	enum mark mark[KEYS];
	unsigned value[KEYS];
	int names[CHAIN];
	int n_names;
};

struct frame {
	dctx_guard guard;
	bool level; /* an attach, or the root: nothing below shows */
	int name;   /* -1 for none */
	enum mark mark[KEYS];
	unsigned value[KEYS];
	struct picture base; /* of a level */
};

static struct frame frames[FRAMES];
static int top;
static dctx_guard stale[FRAMES];
static int n_stale;
static dctx_snapshot *slots[SLOTS];
static struct picture pictures[SLOTS];

static dctx_key keys[KEYS];
static char key_names[KEYS][16], scope_names[NAMES][16];
static unsigned seed, dice;
static int step;

static unsigned roll(unsigned sides)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 10) % sides;
}

static void agree(bool holds, const char *about)
{
	if (holds)
		return;
	print_error("seed %u, step %d: %s\n", seed, step, about);
	fail();
}

/* The text that stands for a number; some are too long for the log. */
static const char *text_of(unsigned value)
{
	static char text[700];
	size_t len = value % 7 == 0 ? 600 : value % 40;

	memset(text, 'a' + (int)(value % 26), len);
	snprintf(text + len, sizeof(text) - len, "%u", value);
	return text;
}

/* The model. */

static enum mark look_up(int k, unsigned *value)
{
	for (int f = top;; f--) {
		if (frames[f].mark[k] != UNTOUCHED) {
			*value = frames[f].value[k];
			return frames[f].mark[k];
		}
		if (frames[f].level) {
			*value = frames[f].base.value[k];
			return frames[f].base.mark[k];
		}
	}
}

static int level(void)
{
	int f = top;

	while (!frames[f].level)
		f--;
	return f;
}

static void add_name(struct picture *p, int name)
{
	if (p->n_names == CHAIN) {
		memmove(p->names, p->names + 1, sizeof(int) * (CHAIN - 1));
		p->n_names--;
	}
	p->names[p->n_names++] = name;
}

static struct picture picture(void)
{
	struct picture now = frames[level()].base;

	for (int f = level(); f <= top; f++)
		if (frames[f].name >= 0)
			add_name(&now, frames[f].name);
	for (int k = 0; k < KEYS; k++)
		now.mark[k] = look_up(k, &now.value[k]);
	return now;
}

static struct frame *push(dctx_guard guard)
{
	struct frame *frame = &frames[++top];

	memset(frame, 0, sizeof(*frame));
	frame->guard = guard;
	frame->name = -1;
	return frame;
}

static void forget(int f)
{
	stale[n_stale++ % FRAMES] = frames[f].guard;
	memmove(&frames[f], &frames[f + 1],
		sizeof(frames[0]) * (size_t)(top - f));
	top--;
}

/* The comparison. */

static void compare_value(const dctx_store *store, const dctx_snapshot *s,
			  int k, enum mark mark, unsigned value)
{
	const dctx_key *key = &keys[k];
	const char *text;
	uint64_t num;

	agree((s != NULL ? dctx_snapshot_has_key(s, key)
			 : dctx_store_has_key(store, key)) == (mark == SET),
	      "has");
	if (mark != SET)
		return;
	if (key->kind == DCTX_KIND_U64) {
		num = s != NULL ? dctx_snapshot_get_u64(s, key, ~0u)
				: dctx_store_get_u64(store, key, ~0u);
		agree(num == value, "number");
		return;
	}
	text = s != NULL ? dctx_snapshot_get_str(s, key, "")
			 : dctx_store_get_str(store, key, "");
	agree(strcmp(text, text_of(value)) == 0, "text");
}

static void compare_names(const char **names, size_t n, const struct picture *p)
{
	agree(n == (size_t)p->n_names, "how many names");
	for (size_t i = 0; i < n; i++)
		agree(strcmp(names[i], scope_names[p->names[i]]) == 0, "name");
}

static void compare_store(const dctx_store *store)
{
	struct picture now = picture();
	const char *names[CHAIN];

	for (int k = 0; k < KEYS; k++)
		compare_value(store, NULL, k, now.mark[k], now.value[k]);
	compare_names(names, dctx_store_chain(store, names, CHAIN), &now);
}

static void compare_slot(int i)
{
	const char *names[CHAIN];

	if (slots[i] == NULL)
		return;
	for (int k = 0; k < KEYS; k++)
		compare_value(NULL, slots[i], k, pictures[i].mark[k],
			      pictures[i].value[k]);
	compare_names(names, dctx_snapshot_chain(slots[i], names, CHAIN),
		      &pictures[i]);
}

/* The operations, each on both. */

static void enter(void)
{
	int name = (int)roll(NAMES);
	char copied[16];

	if (top == FRAMES - 1)
		return;
	switch (roll(3)) {
	case 0:
		push(dctx_enter(NULL));
		return;
	case 1:
		push(dctx_enter(scope_names[name]))->name = name;
		return;
	default:
		strcpy(copied, scope_names[name]);
		push(dctx_enter_copy(copied))->name = name;
		memset(copied, '#', sizeof(copied));
	}
}

static void leave_top(void)
{
	if (top == 0)
		return;
	dctx_leave(frames[top].guard);
	forget(top);
}

static void leave_any(void)
{
	int f = 1 + (int)roll(FRAMES);

	if (f > top)
		return;
	dctx_leave(frames[f].guard);
	while (top >= f)
		forget(top);
}

static void leave_stale(void)
{
	if (n_stale > 0)
		dctx_leave(stale[roll((unsigned)n_stale) % FRAMES]);
}

static void retire(void)
{
	int f = 1 + (int)roll(FRAMES);
	dctx_status status;

	if (f > top)
		return;
	status = dctx_scope_retire(frames[f].guard);
	if (frames[f].level && f < top) {
		agree(status == DCTX_BUSY, "busy attach");
		return;
	}
	agree(status == DCTX_OK, "retire");
	forget(f);
}

static void change(void)
{
	int k = (int)roll(KEYS);
	unsigned value = roll(1000), how = roll(5);
	dctx_store *store = dctx_current();
	dctx_status status;

	if (how == 0)
		status = dctx_store_unset_key(store, &keys[k]);
	else if (keys[k].kind == DCTX_KIND_U64)
		status = dctx_store_set_u64(store, &keys[k], value);
	else if (how == 1)
		status = dctx_store_replace_str(store, &keys[k],
						text_of(value));
	else
		status = dctx_store_set_str(store, &keys[k], text_of(value));
	agree(status == DCTX_OK, "change");
	frames[top].mark[k] = how == 0 ? REMOVED : SET;
	frames[top].value[k] = value;
}

static void capture(void)
{
	unsigned i = roll(SLOTS);
	dctx_snapshot *again;

	dctx_snapshot_unref(slots[i]);
	agree(dctx_capture(&slots[i]) == DCTX_OK, "capture");
	pictures[i] = picture();
	agree(dctx_capture(&again) == DCTX_OK, "capture again");
	agree(again == slots[i], "same object");
	dctx_snapshot_unref(again);
}

static void attach(void)
{
	unsigned i = roll(SLOTS);
	struct frame *frame;
	dctx_guard guard;

	if (top == FRAMES - 1)
		return;
	agree(dctx_attach(slots[i], &guard) == DCTX_OK, "attach");
	frame = push(guard);
	frame->level = true;
	if (slots[i] != NULL)
		frame->base = pictures[i];
}

static void restore(void)
{
	unsigned i = roll(SLOTS);

	if (roll(8) != 0)
		return;
	agree(dctx_restore(slots[i]) == DCTX_OK, "restore");
	while (top > 0)
		forget(top);
	memset(&frames[0], 0, sizeof(frames[0]));
	frames[0].level = true;
	frames[0].name = -1;
	if (slots[i] != NULL)
		frames[0].base = pictures[i];
}

static void fork_and_drop(void)
{
	dctx_store *task;

	agree(dctx_fork(&task) == DCTX_OK, "fork");
	compare_store(task);
	agree(dctx_store_set_u64(task, &keys[0], 5000) == DCTX_OK, "set");
	dctx_task_free(task);
}

static void (*const operations[])(void) = {
	enter,     enter,       enter,  leave_top, leave_top, leave_any,
	change,    change,      change, change,    change,    change,
	capture,   attach,      attach, restore,   retire,    retire,
	leave_top, leave_stale, change, change,    change,    fork_and_drop};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static void begin(void)
{
	memset(frames, 0, sizeof(frames));
	top = n_stale = 0;
	frames[0].level = true;
	frames[0].name = -1;
	dice = seed * 2654435761u + 1;
}

static void end(void)
{
	for (int i = 0; i < SLOTS; i++) {
		compare_slot(i);
		slots[i] = dctx_snapshot_unref(slots[i]);
	}
	agree(dctx_restore(NULL) == DCTX_OK, "restore at the end");
}

static void random_schedules_agree_with_the_model(void **state)
{
	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		begin();
		for (step = 0; step < STEPS; step++) {
			operations[roll(OPERATIONS)]();
			agree(dctx_depth() == (size_t)(top - level() + 1),
			      "depth");
			compare_store(dctx_current());
			compare_slot((int)roll(SLOTS));
		}
		end();
	}
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 0);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 0);
}

static int make_names(void **state)
{
	(void)state;
	for (int i = 0; i < NAMES; i++)
		snprintf(scope_names[i], sizeof(scope_names[i]), "s%d", i);
	for (int k = 0; k < KEYS; k++) {
		snprintf(key_names[k], sizeof(key_names[k]), "k%d", k);
		keys[k].kind = k % 2 == 0 ? DCTX_KIND_U64 : DCTX_KIND_STR;
		keys[k].version = 1;
		keys[k].name = key_names[k];
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(random_schedules_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, make_names, NULL);
}
