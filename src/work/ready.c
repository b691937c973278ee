/* SPDX-License-Identifier: MIT */
/*
 * Accessors that come with the library: the locale, errno and the signal mask.
 * A value that is a number is kept in the pointer, one more than it is, so that
 * it is never NULL.
 */
#include "data/fail.h"
#include "plat/heap.h"

#include <dctx/accessor.h>

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>

/* A thread that has the process's locale has none. */
static dctx_status locale_capture(void *user, void **out)
{
	const locale_t own = uselocale((locale_t)0);
	locale_t copy;

	(void)user;
	*out = NULL;
	if (own == LC_GLOBAL_LOCALE)
		return DCTX_OK;
	copy = duplocale(own);
	if (copy == (locale_t)0)
		return dctxi_fail(DCTX_NOMEM, "locale");
	*out = copy;
	return DCTX_OK;
}

static dctx_status locale_set(void *user, void *value, void **out_before)
{
	(void)user;
	*out_before = uselocale(value);
	return DCTX_OK;
}

static dctx_status locale_clear(void *user, void **out_before)
{
	(void)user;
	*out_before = uselocale(LC_GLOBAL_LOCALE);
	return DCTX_OK;
}

static void locale_restore(void *user, void *before)
{
	(void)user;
	(void)uselocale(before);
}

static void locale_free(void *user, void *value)
{
	(void)user;
	freelocale(value);
}

const dctx_accessor *dctx_accessor_locale(void)
{
	static const dctx_accessor accessor = {.name = "locale",
					       .capture = locale_capture,
					       .set = locale_set,
					       .clear = locale_clear,
					       .restore = locale_restore,
					       .free = locale_free};

	return &accessor;
}

static dctx_status errno_capture(void *user, void **out)
{
	(void)user;
	*out = (void *)((intptr_t)errno + 1);
	return DCTX_OK;
}

static void errno_restore(void *user, void *before)
{
	(void)user;
	errno = (int)((intptr_t)before - 1);
}

static dctx_status errno_set(void *user, void *value, void **out_before)
{
	(void)errno_capture(user, out_before);
	errno_restore(user, value);
	return DCTX_OK;
}

static dctx_status errno_clear(void *user, void **out_before)
{
	(void)errno_capture(user, out_before);
	errno = 0;
	return DCTX_OK;
}

const dctx_accessor *dctx_accessor_errno(void)
{
	static const dctx_accessor accessor = {.name = "errno",
					       .capture = errno_capture,
					       .set = errno_set,
					       .clear = errno_clear,
					       .restore = errno_restore};

	return &accessor;
}

static void sigmask_free(void *user, void *value)
{
	(void)user;
	dctxi_free(value, sizeof(sigset_t));
}

/* Changes the mask, or with NULL does not, and gives what it was. */
static dctx_status sigmask_swap(const sigset_t *mask, void **out_before)
{
	sigset_t *before = dctxi_alloc(sizeof *before);
	int error;

	if (before == NULL)
		return dctxi_fail(DCTX_NOMEM, "signal mask");
	error = pthread_sigmask(SIG_SETMASK, mask, before);
	if (error != 0) {
		sigmask_free(NULL, before);
		return dctxi_fail_system(error);
	}
	*out_before = before;
	return DCTX_OK;
}

static dctx_status sigmask_capture(void *user, void **out)
{
	(void)user;
	return sigmask_swap(NULL, out);
}

static dctx_status sigmask_set(void *user, void *value, void **out_before)
{
	(void)user;
	return sigmask_swap(value, out_before);
}

static void sigmask_restore(void *user, void *before)
{
	(void)pthread_sigmask(SIG_SETMASK, before, NULL);
	sigmask_free(user, before);
}

const dctx_accessor *dctx_accessor_sigmask(void)
{
	static const dctx_accessor accessor = {.name = "signal mask",
					       .capture = sigmask_capture,
					       .set = sigmask_set,
					       .restore = sigmask_restore,
					       .free = sigmask_free};

	return &accessor;
}
