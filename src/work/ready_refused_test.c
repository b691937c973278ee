/* SPDX-License-Identifier: MIT */
/*
 * Whatever the system refuses an accessor that comes with the library, the
 * thread is as it was: nothing was captured or set then, and an error says so.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

struct scheduled {
	cpu_set_t cpus;
	int nice;
};

static struct scheduled scheduled(void)
{
	struct scheduled now;

	memset(&now, 0, sizeof now);
	assert_int_equal(sched_getaffinity(0, sizeof now.cpus, &now.cpus), 0);
	now.nice = getpriority(PRIO_PROCESS, 0);
	return now;
}

/* Captures and sets with the request to the system refused that is the n-th
 * from 0, and all after it or not. */
static dctx_status try(dctx_accessors *list, long n, bool once)
{
	dctx_locals_guard guard;
	dctx_locals *locals = NULL;
	dctx_status status;

	dctxi_refusal = (struct dctxi_refusal){n, once, 0};
	status = dctx_locals_capture(list, NULL, &locals);
	if (status == DCTX_OK)
		status = dctx_locals_open(locals, DCTX_EXACT_LOCALS, NULL,
					  &guard);
	dctxi_refusal.countdown = -1;
	if (status == DCTX_OK)
		dctx_locals_close(guard);
	dctx_locals_unref(locals);
	return status;
}

static void refuse_each(const dctx_accessor *accessor, bool once)
{
	const struct scheduled before = scheduled();
	dctx_accessors *list;
	dctx_status status = DCTX_SYSTEM;
	struct scheduled after;

	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, accessor), DCTX_OK);
	for (long n = 0; n < 32 && status != DCTX_OK; n++) {
		status = try(list, n, once);
		if (status == DCTX_SYSTEM) {
			assert_string_equal(dctx_last_error()->what,
					    accessor->name);
			assert_int_equal(dctx_last_error()->system, EAGAIN);
		} else if (status != DCTX_OK) {
			assert_int_equal(status, DCTX_NOMEM);
		}
		after = scheduled();
		assert_memory_equal(&after, &before, sizeof after);
	}
	assert_int_equal(status, DCTX_OK);
	dctx_accessors_unref(list);
}

static void a_refused_call_leaves_the_thread_as_it_was(void **state)
{
	(void)state;
	/* So that there is somewhere to note a failure. */
	assert_int_equal(dctx_accessors_new(NULL), DCTX_INVALID);
	for (int once = 0; once < 2; once++) {
		refuse_each(dctx_accessor_affinity(), once);
		refuse_each(dctx_accessor_nice(), once);
		refuse_each(dctx_accessor_sigmask(), once);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_call_leaves_the_thread_as_it_was),
	};

	dctxi_refusal.countdown = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
