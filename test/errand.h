/* SPDX-License-Identifier: MIT */
/* errand.h - work for tests: it tells what it sees, and may leave a mess. */
#ifndef TEST_ERRAND_H
#define TEST_ERRAND_H

#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static int ran;

/* What a call sees, given back through its result. */
static inline void *see(void *arg)
{
	ran++;
	DCTXT_EXPECT(arg == &ran);
	return (void *)(uintptr_t)dctx_get(k_num, 0);
}

static inline void *see_and_change(void *arg)
{
	void *seen = see(arg);

	(void)dctx_enter("left open");
	dctx_set(k_num, 1000);
	dctx_set(k_text, "changed");
	return seen;
}

static inline dctx_work *wrap(void *(*fn)(void *))
{
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap(fn, &ran, &work), DCTX_OK);
	assert_non_null(work);
	return work;
}

#endif
