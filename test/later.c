/* SPDX-License-Identifier: MIT */
/* later.c - the other threads of stand.h, and programs made of its table. */
#include "stand.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

atomic_int dctxt_signals;

static struct sigaction before;

/* Whether the kernel says so of a thread of this process: the field after its
 * name. */
static bool sleeps(long thread)
{
	char path[64], text[256] = "";
	const char *name_end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	name_end = n > 0 ? strrchr(text, ')') : NULL;
	return name_end != NULL && name_end[1] == ' ' && name_end[2] == 'S';
}

static void *act(void *arg)
{
	struct dctxt_later *l = arg;

	do {
		usleep((useconds_t)l->ms * 1000);
		for (int i = 0; !l->again && i < 1000 && !sleeps(l->tid); i++)
			usleep(1000);
		if (!l->again || !atomic_load(&l->stop))
			l->act(l->arg);
	} while (l->again && !atomic_load(&l->stop));
	return NULL;
}

static void start(struct dctxt_later *l)
{
	l->target = pthread_self();
	l->tid = syscall(SYS_gettid);
	if (l->arg == NULL)
		l->arg = &l->target;
	atomic_store(&l->stop, false);
	assert_int_equal(pthread_create(&l->thread, NULL, act, l), 0);
}

void dctxt_later(struct dctxt_later *l, int ms, void (*fn)(void *), void *arg)
{
	l->act = fn;
	l->arg = arg;
	l->ms = ms;
	l->again = false;
	start(l);
}

void dctxt_again(struct dctxt_later *l, int ms, void (*fn)(void *), void *arg)
{
	l->act = fn;
	l->arg = arg;
	l->ms = ms;
	l->again = true;
	start(l);
}

void dctxt_join(struct dctxt_later *l)
{
	atomic_store(&l->stop, true);
	assert_int_equal(pthread_join(l->thread, NULL), 0);
}

void dctxt_cancel(void *source)
{
	DCTXT_EXPECT(dctx_cancel(source, "test") == DCTX_OK);
}

void dctxt_signal(void *thread)
{
	DCTXT_EXPECT(pthread_kill(*(pthread_t *)thread, SIGUSR1) == 0);
}

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&dctxt_signals, 1);
}

void dctxt_handle(int flags)
{
	struct sigaction action = {.sa_flags = flags};

	action.sa_handler = count;
	sigemptyset(&action.sa_mask);
	atomic_store(&dctxt_signals, 0);
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
}

void dctxt_unhandle(void)
{
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

void dctxt_gives(const struct dctxt_stand *stand, int given, int expected)
{
	if (given != expected)
		print_error("%s gives %d, not %d\n", stand->name, given,
			    expected);
	assert_int_equal(given, expected);
}

static char *name_of(const struct dctxt_behaviour *b,
		     const struct dctxt_stand *s)
{
	size_t size = strlen(s->name) + strlen(b->name) + 2;
	char *name = malloc(size);

	assert_non_null(name);
	snprintf(name, size, "%s_%s", s->name, b->name);
	return name;
}

int dctxt_behaviours(const struct dctxt_behaviour *behaviours, size_t n)
{
	struct CMUnitTest *tests =
		calloc(n * dctxt_stands_n, sizeof(struct CMUnitTest));
	size_t count_of = 0;
	int failed;

	assert_non_null(tests);
	for (size_t i = 0; i < n * dctxt_stands_n; i++) {
		const struct dctxt_behaviour *b = &behaviours[i % n];
		const struct dctxt_stand *s = &dctxt_stands[i / n];

		if (b->applies != NULL && !b->applies(s))
			continue;
		tests[count_of].name = name_of(b, s);
		tests[count_of].test_func = b->test;
		tests[count_of].setup_func = dctxt_begin;
		tests[count_of].teardown_func = dctxt_end;
		tests[count_of].initial_state = (void *)(uintptr_t)s;
		count_of++;
	}
	failed = _cmocka_run_group_tests("stand-ins", tests, count_of, NULL,
					 NULL);
	for (size_t i = 0; i < count_of; i++)
		free((void *)(uintptr_t)tests[i].name);
	free(tests);
	return failed;
}
