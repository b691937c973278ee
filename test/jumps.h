/* SPDX-License-Identifier: MIT */
/*
 * jumps.h - a destroy function that jumps out, objects for it, and a check that
 * the store it leaves is whole.
 */
#ifndef TEST_JUMPS_H
#define TEST_JUMPS_H

#include "kit.h"

DCTX_KEY_DECLARE_TYPE(k_one, struct dctxt_thing);
DCTX_KEY_TYPE(k_one, "one", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_two, struct dctxt_thing);
DCTX_KEY_TYPE(k_two, "two", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static jmp_buf out;
static int jumps_left;

static inline void jump_out(const struct dctxt_thing *gone)
{
	(void)gone;
	if (jumps_left > 0) {
		jumps_left--;
		longjmp(out, 1);
	}
}

static inline void jump(int times)
{
	jumps_left = times;
	dctxt_things.on_destroy = jump_out;
}

static inline const char *chain(void)
{
	static char text[256];

	dctx_chain_text("/", text, sizeof(text));
	return text;
}

static inline void set_two(void)
{
	struct dctxt_thing made = {.id = 1};

	dctx_set(k_one, &made);
	made.id = 2;
	dctx_set(k_two, &made);
}

/* Enough to go on in another chunk of the log, and in the one after it. */
static inline void fill(void)
{
	static char text[401];

	memset(text, 'f', sizeof(text) - 1);
	for (int i = 0; i < 20; i++)
		dctx_set(k_text, text);
}

/* Sets, enters and leaves a lot: what is wrong with a log shows. */
static inline void check_the_log(const char *names)
{
	char with[256];

	assert_string_equal(chain(), names);
	for (uint64_t i = 0; i < 20; i++) {
		dctx_guard guard;

		dctx_set(k_num, i);
		guard = dctx_enter("more");
		dctx_set(k_num, 100);
		fill();
		set_two();
		strcpy(with, names);
		strcat(with, names[0] != '\0' ? "/more" : "more");
		assert_string_equal(chain(), with);
		dctx_leave(guard);
		assert_int_equal(dctx_get(k_num, 99), i);
		assert_string_equal(chain(), names);
		assert_false(dctx_has(k_one));
	}
	dctx_unset(k_num);
	assert_int_equal(dctxt_alive(), 0);
}

#endif
