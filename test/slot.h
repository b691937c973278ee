/* SPDX-License-Identifier: MIT */
/* slot.h - thread-locals of "somebody else" for tests, with accessors that say
 * what is done to them. */
#ifndef TEST_SLOT_H
#define TEST_SLOT_H

#include "kit.h"

#include <stdlib.h>

struct slot {
	const char *name;
	int index;
	dctx_status capture_fails, set_fails;
};

enum { SLOTS = 4 };

static __thread const char *slot_now[SLOTS];
static atomic_int slots_alive; /* captured, and not yet freed */
static char slot_log[512];
static bool slot_logs;

static struct slot slot_a = {.name = "a", .index = 0};
static struct slot slot_b = {.name = "b", .index = 1};
static struct slot slot_c = {.name = "c", .index = 2};

__attribute__((unused)) static void slot_note(const char *what,
					      const char *name)
{
	if (!slot_logs)
		return;
	strncat(slot_log, what, sizeof(slot_log) - strlen(slot_log) - 1);
	strncat(slot_log, name, sizeof(slot_log) - strlen(slot_log) - 1);
	strncat(slot_log, " ", sizeof(slot_log) - strlen(slot_log) - 1);
}

static dctx_status slot_capture(void *user, void **out)
{
	struct slot *slot = user;
	const char *now = slot_now[slot->index];

	slot_note("capture ", slot->name);
	*out = NULL;
	if (slot->capture_fails != DCTX_OK)
		return slot->capture_fails;
	if (now == NULL)
		return DCTX_OK;
	*out = strdup(now);
	if (*out == NULL)
		return DCTX_NOMEM;
	slots_alive++;
	return DCTX_OK;
}

static dctx_status slot_put(struct slot *slot, const char *value,
			    void **out_before)
{
	if (slot->set_fails != DCTX_OK)
		return slot->set_fails;
	*out_before = (void *)(uintptr_t)slot_now[slot->index];
	slot_now[slot->index] = value;
	return DCTX_OK;
}

static dctx_status slot_set(void *user, void *value, void **out_before)
{
	slot_note("set ", ((struct slot *)user)->name);
	return slot_put(user, value, out_before);
}

static dctx_status slot_clear(void *user, void **out_before)
{
	slot_note("clear ", ((struct slot *)user)->name);
	return slot_put(user, NULL, out_before);
}

static void slot_restore(void *user, void *before)
{
	struct slot *slot = user;

	slot_note("restore ", slot->name);
	slot_now[slot->index] = before;
}

static void slot_free(void *user, void *value)
{
	slot_note("free ", ((struct slot *)user)->name);
	slots_alive--;
	free(value);
}

__attribute__((unused)) static dctx_accessor slot_accessor(struct slot *slot)
{
	return (dctx_accessor){.name = slot->name,
			       .user = slot,
			       .capture = slot_capture,
			       .set = slot_set,
			       .clear = slot_clear,
			       .restore = slot_restore,
			       .free = slot_free};
}

__attribute__((unused)) static dctx_status slot_add(dctx_accessors *list,
						    struct slot *slot)
{
	const dctx_accessor accessor = slot_accessor(slot);

	return dctx_accessor_add(list, &accessor);
}

/* What slots of this thread have: "A - C". */
__attribute__((unused)) static const char *slots_text(void)
{
	static __thread char text[64];

	text[0] = '\0';
	for (int i = 0; i < 3; i++) {
		strcat(text, slot_now[i] != NULL ? slot_now[i] : "-");
		if (i < 2)
			strcat(text, " ");
	}
	return text;
}

__attribute__((unused)) static void slots_are(const char *a, const char *b,
					      const char *c)
{
	slot_now[0] = a;
	slot_now[1] = b;
	slot_now[2] = c;
}

/* A list of the three. */
__attribute__((unused)) static dctx_accessors *slots_abc(void)
{
	dctx_accessors *list;

	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_b), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_c), DCTX_OK);
	return list;
}

/* Begins and ends each test with nothing there. */
__attribute__((unused)) static int slots_begin(void **state)
{
	slots_are(NULL, NULL, NULL);
	slot_a.capture_fails = slot_a.set_fails = DCTX_OK;
	slot_b.capture_fails = slot_b.set_fails = DCTX_OK;
	slot_c.capture_fails = slot_c.set_fails = DCTX_OK;
	slot_log[0] = '\0';
	slot_logs = true;
	return dctxt_begin(state);
}

__attribute__((unused)) static int slots_end(void **state)
{
	DCTXT_EXPECT(slots_alive == 0);
	return dctxt_end(state);
}

#define SLOT_TEST(f) cmocka_unit_test_setup_teardown(f, slots_begin, slots_end)

#endif
