/* SPDX-License-Identifier: MIT */
/*
 * oom_schedule_test.c - proves over random schedules of the whole interface
 * that an allocation that fails does no more than fail its call: after a call
 * that failed the store shows what it showed before.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 12, SLOTS = 3, OPEN = 20, STEPS = 70, SEEDS = 40 };

DCTX_KEY_U64(k_0, "0", DCTX_WIRE);
DCTX_KEY_U64(k_1, "1", DCTX_WIRE);
DCTX_KEY_U64(k_2, "2", DCTX_LOCAL);
DCTX_KEY_U64(k_3, "3", DCTX_WIRE);
DCTX_KEY_STR(k_4, "4", DCTX_WIRE);
DCTX_KEY_STR(k_5, "5", DCTX_WIRE);
DCTX_KEY_STR(k_6, "6", DCTX_LOCAL);
DCTX_KEY_BYTES(k_7, "7", DCTX_WIRE);
#define THING_KEY(var, name)                                                  \
	DCTX_KEY_DECLARE_TYPE(var, struct dctxt_thing);                       \
	DCTX_KEY_TYPE(var, name, struct dctxt_thing, &dctxt_thing_type,       \
		      DCTX_WIRE)
THING_KEY(k_8, "8");
THING_KEY(k_9, "9");
THING_KEY(k_10, "10");
THING_KEY(k_11, "11");

static dctx_key *const keys[KEYS] = {
	&k_0.key, &k_1.key, &k_2.key, &k_3.key, &k_4.key,  &k_5.key,
	&k_6.key, &k_7.key, &k_8.key, &k_9.key, &k_10.key, &k_11.key};

static unsigned seed;
static char large[1500];

/* What a schedule has at hand. */
struct hand {
	unsigned dice;
	dctx_guard open[OPEN];
	int n_open;
	dctx_snapshot *slot[SLOTS];
};

static unsigned roll(struct hand *h, unsigned sides)
{
	h->dice = h->dice * 1664525 + 1013904223;
	return (h->dice >> 10) % sides;
}

static dctx_snapshot **any_slot(struct hand *h)
{
	return &h->slot[roll(h, SLOTS)];
}

/* Keeps a reference in place of another. */
static void keep(struct hand *h, dctx_snapshot *snapshot)
{
	dctx_snapshot **slot = any_slot(h);

	(void)dctx_snapshot_unref(*slot);
	*slot = snapshot;
}

static dctx_status opened(struct hand *h, dctx_status status, dctx_guard guard)
{
	if (status == DCTX_OK)
		h->open[h->n_open++] = guard;
	return status;
}

static dctx_status do_enter(struct hand *h)
{
	dctx_guard guard = roll(h, 2) ? dctx_enter("scope")
				      : dctx_enter_copy("copied");

	return opened(h, guard.id != 0 ? DCTX_OK : DCTX_NOMEM, guard);
}

static dctx_status do_leave(struct hand *h)
{
	if (h->n_open > 0)
		dctx_leave(h->open[--h->n_open]);
	return DCTX_OK;
}

static dctx_status do_set(struct hand *h)
{
	struct dctxt_thing made = {.id = (int)roll(h, 100)};
	dctx_key *key = keys[roll(h, KEYS)];
	const char *text = large + roll(h, sizeof(large) - 1);
	bool replace = roll(h, 3) == 0;
	dctx_store *store = dctx_current();

	switch (key->kind) {
	case DCTX_KIND_U64:
		return dctx_store_set_u64(store, key, roll(h, 1000));
	case DCTX_KIND_STR:
		return replace ? dctx_store_replace_str(store, key, text)
			       : dctx_store_set_str(store, key, text);
	case DCTX_KIND_BYTES:
		return dctx_store_set_bytes(store, key, (dctx_bytes){text, 9});
	default:
		return replace ? dctx_store_replace_type(store, key, &made)
			       : dctx_store_set_type(store, key, &made);
	}
}

static dctx_status do_unset(struct hand *h)
{
	return dctx_store_unset_key(dctx_current(), keys[roll(h, KEYS)]);
}

static dctx_status do_by_name(struct hand *h)
{
	return dctx_set_named("4", &DCTX_ANY(large + roll(h, 1400)));
}

static dctx_status do_adopt(struct hand *h)
{
	const struct dctxt_thing made = {.id = 5};
	const dctx_any any = DCTX_ANY_OBJECT(&dctxt_thing_type, &made);
	dctx_boxed *boxed = NULL;
	dctx_status status = dctx_boxed_new(&any, &boxed);

	if (status == DCTX_OK)
		status = dctx_adopt(keys[8 + roll(h, 4)], boxed);
	if (status != DCTX_OK)
		dctx_boxed_unref(boxed);
	return status;
}

static dctx_status do_share(struct hand *h)
{
	dctx_boxed *boxed = NULL;
	dctx_key *key = keys[roll(h, KEYS)];
	dctx_status status = dctx_share(key, &boxed);

	dctx_boxed_unref(boxed);
	return status;
}

static dctx_status do_note(struct hand *h)
{
	char name[2] = {(char)('a' + roll(h, 5)), '\0'};

	return roll(h, 4) ? dctx_note_set(name, &DCTX_ANY(large + 1400))
			  : dctx_note_unset(name);
}

static dctx_status do_capture(struct hand *h)
{
	dctx_snapshot *taken = NULL;
	dctx_status status = dctx_capture(&taken);

	if (status == DCTX_OK)
		keep(h, taken);
	return status;
}

static dctx_status do_attach(struct hand *h)
{
	dctx_snapshot *snapshot = *any_slot(h);
	dctx_guard guard = {NULL, 0};
	dctx_status status = roll(h, 2) ? dctx_attach(snapshot, &guard)
					: dctx_overlay(snapshot, &guard);

	return opened(h, status, guard);
}

static dctx_status do_merge(struct hand *h)
{
	return dctx_merge(*any_slot(h));
}

static dctx_status do_join(struct hand *h)
{
	dctx_snapshot *both = NULL;
	dctx_status status =
		dctx_snapshot_merge(*any_slot(h), *any_slot(h), &both);

	if (status == DCTX_OK)
		keep(h, both);
	return status;
}

static dctx_status do_build(struct hand *h)
{
	dctx_snapshot *built = NULL;
	dctx_builder *b = NULL;
	dctx_status status = dctx_builder_child(*any_slot(h), &b);

	if (status == DCTX_OK)
		status = dctx_builder_set(b, k_5, large);
	if (status == DCTX_OK)
		status = dctx_builder_freeze(b, &built);
	if (status != DCTX_OK)
		dctx_builder_free(b);
	else
		keep(h, built);
	return status;
}

/* A task that sets, and is made anew. */
static dctx_status do_fork(struct hand *h)
{
	dctx_store *task = NULL;
	dctx_status status = dctx_fork(&task);

	if (status == DCTX_OK)
		status = dctx_store_set(task, k_4, large);
	if (status == DCTX_OK)
		status = dctx_store_restore(task, *any_slot(h));
	dctx_task_free(task);
	return status;
}

static void *nothing(void *arg)
{
	return arg;
}

static dctx_status do_work(struct hand *h)
{
	dctx_work *work = NULL;
	dctx_status status = dctx_wrap(nothing, h, &work);

	if (status == DCTX_OK)
		status = dctx_work_call(work, NULL);
	dctx_work_discard(work);
	return status;
}

static dctx_status do_message(struct hand *h)
{
	dctx_guard guard = {NULL, 0};
	void *message = NULL;
	size_t len = 0;
	dctx_status status = dctx_encode_alloc(&message, &len);

	if (status == DCTX_OK)
		status = dctx_decode_here(message, len, &guard);
	free(message);
	return opened(h, status, guard);
}

static dctx_status do_registry(struct hand *h)
{
	dctx_registry *registry = NULL;
	dctx_status status = dctx_registry_new("own", &registry);

	if (status == DCTX_OK)
		status = dctx_registry_add_all(registry, keys, 1 + roll(h, 9));
	dctx_registry_free(registry);
	return status;
}

static dctx_status do_retire(struct hand *h)
{
	int i = (int)roll(h, OPEN);
	dctx_guard guard;

	if (i >= h->n_open)
		return DCTX_OK;
	guard = h->open[i];
	if (dctx_scope_retire(guard) != DCTX_OK)
		return DCTX_OK; /* an attach with something above it */
	for (h->n_open--; i < h->n_open; i++)
		h->open[i] = h->open[i + 1];
	return DCTX_OK;
}

static dctx_status (*const operations[])(struct hand *) = {
	do_enter,  do_enter,   do_enter,  do_leave,    do_leave,  do_set,
	do_set,	   do_set,     do_set,	  do_set,      do_unset,  do_by_name,
	do_adopt,  do_share,   do_note,	  do_capture,  do_attach, do_attach,
	do_merge,  do_join,    do_build,  do_fork,     do_work,	  do_message,
	do_retire, do_registry};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* All that a store shows, as text. */
struct view {
	char text[4096];
	char chain[1024];
	size_t depth;
};

static void view_value(struct view *view, const dctx_any *value)
{
	size_t at = strlen(view->text);
	char *to = view->text + at;
	size_t room = sizeof(view->text) - at;

	if (value->kind == DCTX_KIND_TYPE)
		snprintf(to, room, "%d,",
			 ((const struct dctxt_thing *)value->as.object)->id);
	else if (value->kind == DCTX_KIND_U64)
		snprintf(to, room, "%d,", (int)value->as.u);
	else if (value->kind != 0)
		snprintf(to, room, "%d:%.9s,", (int)value->as.bytes.len,
			 (const char *)value->as.bytes.data);
	else
		snprintf(to, room, "-,");
}

static void look(struct view *view)
{
	dctx_note_item notes[8];
	dctx_any value;
	size_t n;

	memset(view, 0, sizeof(*view));
	for (int i = 0; i < KEYS; i++) {
		(void)dctx_get_any(keys[i], &value);
		view_value(view, &value);
	}
	n = dctx_notes(notes, 8);
	for (size_t i = 0; i < n; i++)
		view_value(view, &notes[i].value);
	dctx_chain_text("/", view->chain, sizeof(view->chain));
	view->depth = dctx_depth();
}

static dctx_status take_step(struct hand *h)
{
	struct view before, after;
	dctx_status status;
	unsigned n = roll(h, OPERATIONS);

	if (h->n_open == OPEN)
		n = 3; /* leave */
	look(&before);
	status = operations[n](h);
	if (status == DCTX_OK)
		return DCTX_OK;
	look(&after);
	if (!DCTXT_EXPECT(memcmp(&before, &after, sizeof(before)) == 0))
		fprintf(stderr, "seed %u, operation %u: %s\n", seed, n,
			dctx_strerror(status));
	return status;
}

static dctx_status play(void)
{
	struct hand h = {.dice = seed * 2654435761u};
	dctx_status status = DCTX_OK;

	for (int i = 0; i < STEPS; i++) {
		dctx_status step = take_step(&h);

		status = status != DCTX_OK ? status : step;
	}
	while (h.n_open > 0)
		dctx_leave(h.open[--h.n_open]);
	for (int i = 0; i < SLOTS; i++)
		(void)dctx_snapshot_unref(h.slot[i]);
	return status;
}

static void no_failed_allocation_of_a_schedule_changes_anything(void **state)
{
	static const struct dctxt_scenario scenario = {"schedule", play};

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++)
		dctxt_inject(&scenario, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(
			no_failed_allocation_of_a_schedule_changes_anything),
	};

	memset(large, 'L', sizeof(large) - 1);
	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
