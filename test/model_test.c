/* SPDX-License-Identifier: MIT */
/*
 * model_test.c - proves that a store does, over long random schedules, what the
 * model does. Every operation is in the mix, also in the wrong order, past the
 * depth limit and without memory; after each one all that is visible, and a
 * capture taken before, is compared.
 */
#include "model.h"

enum { SLOTS = 6, STEPS = 500 };
#ifdef DCTXT_SLOW
enum { SEEDS = 50 };
#else
enum { SEEDS = 200 };
#endif

static dctx_guard stale[FRAMES];
static int n_stale;
static dctx_snapshot *slots[SLOTS];
static struct picture pictures[SLOTS];

static unsigned seed, dice;
static int step;
static size_t limit; /* live scopes of a level */
static bool starve;  /* allocations fail now and then */
static bool in_task; /* a fresh task for each seed, not the thread's store */

/* Each step rolls dice of its own, so that one can be left out in search of
 * the shortest schedule that fails. */
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

static void same(const char *differs)
{
	agree(differs == NULL, differs);
}

/* Makes allocations fail from now on, in some of the steps. */
static bool hungry(void)
{
	if (!starve || roll(3) != 0)
		return false;
	dctxt_heap_fail(1 + (long)roll(2), true);
	return true;
}

/* Whether an operation may have failed for want of memory. */
static bool fed(bool was_hungry)
{
	if (was_hungry)
		(void)dctxt_heap_relent();
	return !was_hungry;
}

/* Whether it went well; it may only fail when it was hungry. */
static bool done(dctx_status status, bool was_hungry)
{
	bool was_fed = fed(was_hungry);

	if (status == DCTX_OK)
		return true;
	agree(!was_fed && status == DCTX_NOMEM, dctx_strerror(status));
	return false;
}

static void forget(int f)
{
	if (!model[f].dead)
		stale[n_stale++ % FRAMES] = model[f].guard;
	model_remove(f);
}

static bool at_limit(void)
{
	return model[model_top].dead ||
	       (size_t)(model_top - model_level()) >= limit;
}

static void enter(void)
{
	int name = (int)roll(NAMES), how = (int)roll(3);
	bool dead = at_limit(), was_hungry;
	char copied[16];
	dctx_guard guard;

	if (model_top == FRAMES - 1)
		return;
	strcpy(copied, model_names[name]);
	was_hungry = hungry();
	guard = how == 0   ? dctx_enter(NULL)
		: how == 1 ? dctx_enter(model_names[name])
			   : dctx_enter_copy(copied);
	memset(copied, '#', sizeof(copied));
	if (!done(guard.id != 0 ? DCTX_OK : DCTX_NOMEM, was_hungry))
		return;
	model_push(guard)->dead = dead;
	if (!dead && how != 0)
		model[model_top].name = name;
}

static void leave_top(void)
{
	if (model_top == 0)
		return;
	dctx_leave(model[model_top].guard);
	forget(model_top);
}

/* A dead scope's guard is exact only in its own level. */
static void leave_any(void)
{
	int f = 1 + (int)roll(FRAMES);

	if (f > model_top || (model[f].dead && f < model_level()))
		return;
	dctx_leave(model[f].guard);
	while (model_top >= f)
		forget(model_top);
}

static void leave_stale(void)
{
	if (n_stale > 0)
		dctx_leave(stale[roll((unsigned)n_stale) % FRAMES]);
}

/* A closed key was hidden while there was no memory. */
static bool hid_hungry;

static void retire(void)
{
	int f = 1 + (int)roll(FRAMES);
	dctx_status status;

	if (f > model_top || (model[f].dead && f < model_top))
		return;
	status = dctx_scope_retire(model[f].guard);
	if (model[f].level && f < model_top) {
		agree(status == DCTX_BUSY, "busy attach");
		return;
	}
	/* Dead scopes stand on it, or it hides a key in want of memory. */
	if (status == DCTX_BUSY &&
	    (hid_hungry || (f < model_top && model[f + 1].dead)))
		return;
	agree(status == DCTX_OK, "retire");
	agree(f == model_top || !model[f + 1].dead, "busy below dead scopes");
	forget(f);
}

static dctx_status put(int k, unsigned value, bool replace)
{
	dctx_store *store = dctx_current();
	struct dctxt_thing thing = {.id = (int)value};
	const char *text = model_text(value);
	dctx_key *key = &model_keys[k];

	if (key->kind == DCTX_KIND_U64)
		return dctx_store_set_u64(store, key, value);
	if (key->kind == DCTX_KIND_STR)
		return replace ? dctx_store_replace_str(store, key, text)
			       : dctx_store_set_str(store, key, text);
	return replace ? dctx_store_replace_type(store, key, &thing)
		       : dctx_store_set_type(store, key, &thing);
}

static void change(void)
{
	int k = (int)roll(KEYS);
	unsigned value = 1 + roll(1000), how = roll(6);
	struct frame *frame = &model[model_top];
	bool was_hungry = hungry(), went_well;
	dctx_status status;

	if (how == 0)
		status = dctx_store_unset_key(dctx_current(), &model_keys[k]);
	else
		status = put(k, value, how == 1);
	if (frame->dead) {
		(void)fed(was_hungry);
		agree(status != DCTX_OK, "a write in a dead scope");
		went_well = false;
	} else {
		went_well = done(status, was_hungry);
	}
	if (model_keys[k].policy == DCTX_CLOSED && was_hungry && !went_well)
		hid_hungry = true;
	if (went_well) {
		frame->mark[k] = how != 0 ? SET : REMOVED;
		frame->value[k] = value;
	} else if (model_keys[k].policy == DCTX_CLOSED) {
		model_hide(k);
	}
}

static void refuse(void)
{
	int k = (int)roll(KEYS);

	agree(dctx_store_set_i8(dctx_current(), &model_keys[k], 1) != DCTX_OK,
	      "a wrong type");
	if (model_keys[k].policy == DCTX_CLOSED)
		model_hide(k);
}

static void capture(void)
{
	unsigned i = roll(SLOTS);
	dctx_snapshot *again, *taken = NULL;
	bool was_hungry = hungry();

	if (!done(dctx_capture(&taken), was_hungry))
		return;
	dctx_snapshot_unref(slots[i]);
	slots[i] = taken;
	pictures[i] = model_picture();
	agree(dctx_capture(&again) == DCTX_OK, "capture again");
	agree(again == taken, "the same object");
	dctx_snapshot_unref(again);
}

static void attach(void)
{
	unsigned i = roll(SLOTS);
	struct frame *frame;
	dctx_guard guard;
	bool was_hungry;

	if (model_top == FRAMES - 1)
		return;
	was_hungry = hungry();
	if (!done(dctx_attach(slots[i], &guard), was_hungry))
		return;
	frame = model_push(guard);
	frame->level = true;
	if (slots[i] != NULL)
		frame->base = pictures[i];
}

static void restore(void)
{
	unsigned i = roll(SLOTS);
	bool was_hungry;

	if (roll(in_task ? 60 : 8) != 0)
		return;
	was_hungry = hungry();
	if (!done(dctx_restore(slots[i]), was_hungry))
		return;
	while (model_top > 0)
		forget(model_top);
	model_begin();
	if (slots[i] != NULL)
		model[0].base = pictures[i];
}

static void fork_and_drop(void)
{
	struct picture now = model_picture();
	bool was_hungry = hungry();
	dctx_store *task;

	if (!done(dctx_fork(&task), was_hungry))
		return;
	same(model_compare_store(task, &now));
	agree(dctx_store_set_u64(task, &model_keys[0], 5000) == DCTX_OK, "set");
	dctx_task_free(task);
}

static void drop_a_capture(void)
{
	unsigned i = roll(SLOTS);

	slots[i] = dctx_snapshot_unref(slots[i]);
}

static void (*const operations[])(void) = {
	enter,   enter,   enter,     enter,       leave_top, leave_top,
	change,  change,  change,    change,      change,    change,
	change,  change,  leave_top, leave_any,   retire,    retire,
	capture, capture, attach,    attach,      restore,   fork_and_drop,
	refuse,  change,  change,    leave_stale, enter,     drop_a_capture};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static void take_step(void)
{
	struct picture now;
	unsigned i;

	dice = (seed * 2654435761u) ^ ((unsigned)step * 40503u);
	(void)roll(2);
	operations[roll(OPERATIONS)]();
	now = model_picture();
	same(model_compare_store(dctx_current(), &now));
	same(model_compare_lists(dctx_current(), &now));
	agree(dctx_depth() == (size_t)(model_top - model_level() + 1), "depth");
	i = roll(SLOTS);
	if (slots[i] == NULL)
		return;
	same(model_compare_snapshot(slots[i], &pictures[i]));
	same(model_compare_snapshot_list(slots[i], &pictures[i]));
}

/* A store for the schedule, as empty as the model's. */
static dctx_store *begin(void)
{
	dctx_store *task = NULL;

	agree(dctx_restore(NULL) == DCTX_OK, "restore at the start");
	if (in_task) {
		agree(dctx_task_new(NULL, &task) == DCTX_OK, "a task");
		dctx_task_enter(task);
	}
	for (int i = 0; i < SLOTS; i++)
		slots[i] = NULL;
	model_begin();
	n_stale = 0;
	return task;
}

static void end(dctx_store *task)
{
	if (in_task) {
		dctx_task_leave(task);
		dctx_task_free(task);
	}
	agree(dctx_restore(NULL) == DCTX_OK, "restore at the end");
}

static void run_seed(void)
{
	dctx_store *task = begin();

	for (step = 0; step < STEPS; step++)
		take_step();
	end(task);
	for (int i = 0; i < SLOTS; i++) {
		if (slots[i] != NULL)
			same(model_compare_snapshot(slots[i], &pictures[i]));
		slots[i] = dctx_snapshot_unref(slots[i]);
	}
	agree(dctxt_alive() == 0, "objects left over");
}

static void random_schedules_agree_with_the_model(void **state)
{
	(void)state;
	limit = 1024;
	for (seed = 1; seed <= SEEDS; seed++)
		run_seed();
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 0);
}

static void random_schedules_past_the_depth_limit_agree(void **state)
{
	(void)state;
	seed = 1000;
	for (int how = 0; how < 4; how++) {
		limit = how < 2 ? 5 : 1;
		in_task = how % 2 != 0;
		assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, limit),
				 DCTX_OK);
		for (int i = 0; i < SEEDS / 2; i++, seed++)
			run_seed();
	}
	in_task = false;
	assert_true(dctxt_count(DCTX_EV_DEAD_SCOPE) > 0);
}

static void random_schedules_without_memory_agree(void **state)
{
	(void)state;
	limit = 1024;
	starve = true;
	for (seed = 2001; seed <= 2000 + SEEDS; seed++)
		run_seed();
	starve = false;
	if (dctxt_heap_watched())
		assert_true(dctxt_count(DCTX_EV_DROPPED_WRITE) > 0);
}

static void random_schedules_in_fresh_tasks_agree(void **state)
{
	(void)state;
	limit = 1024;
	in_task = true;
	for (seed = 3001; seed <= 3000 + SEEDS; seed++)
		run_seed();
	starve = true;
	for (; seed <= 3000 + 2 * SEEDS; seed++)
		run_seed();
	in_task = starve = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(random_schedules_agree_with_the_model),
		DCTXT_TEST(random_schedules_past_the_depth_limit_agree),
		DCTXT_TEST(random_schedules_without_memory_agree),
		DCTXT_TEST(random_schedules_in_fresh_tasks_agree),
	};

	return cmocka_run_group_tests(tests, model_make_names, NULL);
}
