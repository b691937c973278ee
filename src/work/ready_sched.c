/* SPDX-License-Identifier: MIT */
/* Accessors that come with the library: how a thread is scheduled. */
#include "data/fail.h"
#include "plat/heap.h"
#include "plat/sched.h"

#include <dctx/accessor.h>

static void affinity_free(void *user, void *value)
{
	(void)user;
	dctxi_free(value, sizeof(struct dctxi_cpus));
}

static dctx_status affinity_capture(void *user, void **out)
{
	struct dctxi_cpus *cpus = dctxi_alloc(sizeof *cpus);
	int error;

	if (cpus == NULL)
		return dctxi_fail(DCTX_NOMEM, "affinity");
	error = dctxi_affinity(cpus);
	if (error != 0) {
		affinity_free(user, cpus);
		return dctxi_fail_system(error);
	}
	*out = cpus;
	return DCTX_OK;
}

static dctx_status affinity_set(void *user, void *value, void **out_before)
{
	void *before = NULL;
	dctx_status status = affinity_capture(user, &before);
	int error;

	if (status != DCTX_OK)
		return status;
	error = dctxi_affinity_set(value);
	if (error != 0) {
		affinity_free(user, before);
		return dctxi_fail_system(error);
	}
	*out_before = before;
	return DCTX_OK;
}

/* Fails only when those processors are gone from the process's set. */
static void affinity_restore(void *user, void *before)
{
	(void)dctxi_affinity_set(before);
	affinity_free(user, before);
}

const dctx_accessor *dctx_accessor_affinity(void)
{
	static const dctx_accessor accessor = {.name = "affinity",
					       .capture = affinity_capture,
					       .set = affinity_set,
					       .restore = affinity_restore,
					       .free = affinity_free};

	return &accessor;
}

/* Never NULL as a pointer. */
#define NICE_ZERO 100

static dctx_status nice_capture(void *user, void **out)
{
	int error, nice = 0;

	(void)user;
	error = dctxi_nice(&nice);
	if (error != 0)
		return dctxi_fail_system(error);
	*out = (void *)((intptr_t)nice + NICE_ZERO);
	return DCTX_OK;
}

/* Whether a thread that is nicer than `nice` may come back to it: who may go
 * below it, may. One step there and back tells, as no query does: limits,
 * capabilities and user namespaces all count (setpriority(2)). */
static int may_come_back(int nice)
{
	int error = dctxi_nice_set(nice - 1);

	if (error == 0)
		error = dctxi_nice_set(nice);
	return error;
}

static dctx_status nice_set(void *user, void *value, void **out_before)
{
	const int nice = (int)((intptr_t)value - NICE_ZERO);
	int before = 0, error = dctxi_nice(&before);

	(void)user;
	if (error == 0 && nice > before)
		error = may_come_back(before);
	if (error == 0 && nice != before)
		error = dctxi_nice_set(nice);
	if (error != 0)
		return dctxi_fail_system(error);
	*out_before = (void *)((intptr_t)before + NICE_ZERO);
	return DCTX_OK;
}

static void nice_restore(void *user, void *before)
{
	(void)user;
	(void)dctxi_nice_set((int)((intptr_t)before - NICE_ZERO));
}

const dctx_accessor *dctx_accessor_nice(void)
{
	static const dctx_accessor accessor = {.name = "nice",
					       .capture = nice_capture,
					       .set = nice_set,
					       .restore = nice_restore};

	return &accessor;
}
