/* SPDX-License-Identifier: MIT */
/*
 * accessor_ready_test.c - proves that the accessors that come with the library
 * take along a thread's locale, errno, signal mask, processors and nice value,
 * and give the worker its own back; and that what could not be given back is
 * not taken.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "kit.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static dctx_accessors *list;

/* Starts with one accessor in the list. */
static void use(const dctx_accessor *accessor)
{
	assert_int_equal(dctx_accessor_add(list, accessor), DCTX_OK);
}

static dctx_work *wrap_as(void *(*fn)(void *), void *arg, dctx_carry carry)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = carry};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(fn, arg, &how, &work), DCTX_OK);
	return work;
}

static void *seen_locale(void *arg)
{
	(void)arg;
	return (void *)uselocale((locale_t)0);
}

static void the_locale_goes_along_as_a_copy(void **state)
{
	locale_t mine = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t its = newlocale(LC_ALL_MASK, "POSIX", (locale_t)0);
	dctx_work *work;
	void *seen = NULL;

	(void)state;
	use(dctx_accessor_locale());
	(void)uselocale(mine);
	work = wrap_as(seen_locale, NULL, DCTX_OVERLAY_LOCALS);
	(void)uselocale(its);
	freelocale(mine);
	assert_int_equal(dctx_work_run(work, &seen), DCTX_OK);
	assert_true((locale_t)seen != its);
	assert_true((locale_t)seen != LC_GLOBAL_LOCALE);
	assert_true(uselocale((locale_t)0) == its);
	(void)uselocale(LC_GLOBAL_LOCALE);
	work = wrap_as(seen_locale, NULL, DCTX_EXACT_LOCALS);
	(void)uselocale(its);
	assert_int_equal(dctx_work_run(work, &seen), DCTX_OK);
	assert_true((locale_t)seen == LC_GLOBAL_LOCALE);
	assert_true(uselocale(LC_GLOBAL_LOCALE) == its);
	freelocale(its);
}

static void *see_and_set_errno(void *arg)
{
	*(int *)arg = errno;
	errno = ENOENT;
	return NULL;
}

static void errno_goes_along_and_comes_back(void **state)
{
	dctx_work *work;
	int seen = -1;

	(void)state;
	use(dctx_accessor_errno());
	errno = EINTR;
	work = wrap_as(see_and_set_errno, &seen, DCTX_OVERLAY_LOCALS);
	errno = EIO;
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(errno, EIO);
	assert_int_equal(seen, EINTR);
	errno = 0;
	work = wrap_as(see_and_set_errno, &seen, DCTX_OVERLAY_LOCALS);
	errno = EIO;
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(errno, EIO);
	assert_int_equal(seen, 0);
}

static bool is_blocked(int signal)
{
	sigset_t now;

	return pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 &&
	       sigismember(&now, signal) == 1;
}

static void block(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	assert_int_equal(pthread_sigmask(how, &set, NULL), 0);
}

static void *see_mask(void *arg)
{
	DCTXT_EXPECT(is_blocked(SIGUSR1));
	DCTXT_EXPECT(!is_blocked(SIGUSR2));
	return arg;
}

static void the_signal_mask_goes_along_and_comes_back(void **state)
{
	dctx_work *work;

	(void)state;
	use(dctx_accessor_sigmask());
	block(SIG_BLOCK, SIGUSR1);
	work = wrap_as(see_mask, NULL, DCTX_EXACT_LOCALS);
	block(SIG_UNBLOCK, SIGUSR1);
	block(SIG_BLOCK, SIGUSR2);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_false(is_blocked(SIGUSR1));
	assert_true(is_blocked(SIGUSR2));
	block(SIG_UNBLOCK, SIGUSR2);
}

static cpu_set_t cpus(void)
{
	cpu_set_t now;

	CPU_ZERO(&now);
	DCTXT_EXPECT(sched_getaffinity(0, sizeof(now), &now) == 0);
	return now;
}

static void *see_cpus(void *out)
{
	*(cpu_set_t *)out = cpus();
	return NULL;
}

static void the_processors_go_along_and_come_back(void **state)
{
	const cpu_set_t all = cpus();
	cpu_set_t one, seen;
	dctx_work *work;
	int cpu = 0;

	(void)state;
	use(dctx_accessor_affinity());
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	work = wrap_as(see_cpus, &seen, DCTX_OVERLAY_LOCALS);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_true(CPU_EQUAL(&seen, &one));
	seen = cpus();
	assert_true(CPU_EQUAL(&seen, &all));
}

static void *see_nice(void *out)
{
	*(int *)out = getpriority(PRIO_PROCESS, 0);
	return NULL;
}

struct nicer {
	dctx_work *work;
	int seen, before, after;
	dctx_status status;
};

/* On a thread of its own, which may stay as nice as it becomes. */
static void *submit_nicer(void *arg)
{
	struct nicer *nicer = arg;
	const int now = getpriority(PRIO_PROCESS, 0);

	DCTXT_EXPECT(setpriority(PRIO_PROCESS, 0, now + 1) == 0);
	nicer->seen = now;
	nicer->work = wrap_as(see_nice, &nicer->seen, DCTX_OVERLAY_LOCALS);
	return NULL;
}

static void *run_nicer(void *arg)
{
	struct nicer *nicer = arg;

	nicer->before = getpriority(PRIO_PROCESS, 0);
	nicer->status = dctx_work_run(nicer->work, NULL);
	nicer->after = getpriority(PRIO_PROCESS, 0);
	return NULL;
}

static void nice_goes_along_only_where_it_can_come_back(void **state)
{
	struct nicer nicer;

	(void)state;
	use(dctx_accessor_nice());
	if (getpriority(PRIO_PROCESS, 0) == 19)
		skip();
	dctxt_on_thread(submit_nicer, &nicer);
	dctxt_on_thread(run_nicer, &nicer);
	assert_int_equal(nicer.after, nicer.before);
	if (nicer.status == DCTX_OK)
		assert_int_equal(nicer.seen, nicer.before + 1);
	else
		assert_int_equal(nicer.status, DCTX_SYSTEM);
}

/* What they make of a thread. */
struct all {
	int error;
	bool blocked, default_locale;
	cpu_set_t cpus;
};

static void *see_all(void *arg)
{
	struct all *all = arg;

	all->error = errno;
	all->blocked = is_blocked(SIGUSR1);
	all->default_locale = uselocale((locale_t)0) == LC_GLOBAL_LOCALE;
	all->cpus = cpus();
	errno = ENOENT;
	return NULL;
}

static void all_of_them_go_along_together(void **state)
{
	locale_t its = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	const cpu_set_t mine = cpus();
	struct all seen;
	dctx_work *work;

	(void)state;
	use(dctx_accessor_locale());
	use(dctx_accessor_sigmask());
	use(dctx_accessor_affinity());
	use(dctx_accessor_nice());
	use(dctx_accessor_errno());
	block(SIG_BLOCK, SIGUSR1);
	errno = EINTR;
	work = wrap_as(see_all, &seen, DCTX_EXACT_LOCALS);
	block(SIG_UNBLOCK, SIGUSR1);
	(void)uselocale(its);
	errno = EIO;
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(errno, EIO);
	assert_false(is_blocked(SIGUSR1));
	assert_true(uselocale(LC_GLOBAL_LOCALE) == its);
	freelocale(its);
	assert_int_equal(seen.error, EINTR);
	assert_true(seen.blocked);
	assert_true(seen.default_locale);
	assert_true(CPU_EQUAL(&seen.cpus, &mine));
}

static int begin(void **state)
{
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	return dctxt_begin(state);
}

static int end(void **state)
{
	list = dctx_accessors_unref(list);
	return dctxt_end(state);
}

#define READY_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY_TEST(the_locale_goes_along_as_a_copy),
		READY_TEST(errno_goes_along_and_comes_back),
		READY_TEST(the_signal_mask_goes_along_and_comes_back),
		READY_TEST(the_processors_go_along_and_come_back),
		READY_TEST(nice_goes_along_only_where_it_can_come_back),
		READY_TEST(all_of_them_go_along_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
