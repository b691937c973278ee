/* SPDX-License-Identifier: MIT */
/*
 * sink_fork_test.c - proves that a fork's child has the sinks of its parent,
 * empty, whole and with a thread of their own, and none of the parent's spans.
 */
#include "sinks.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ASan's allocator (gcc 12) does not know of fork: where another thread of the
 * parent's was in it, a thread of the child's waits for ever. Ours may be. */
#if defined(DCTXT_CHILD_THREADS) && !defined(DCTXT_ASAN)
#define CHILD_THREADS 1
#endif

#ifdef CHILD_THREADS
/* What a child made out of an export says. */
static bool forks;
static int verdict[2];

static void fork_here(void)
{
	pid_t child;

	if (!forks)
		return;
	forks = false;
	child = fork();
	DCTXT_EXPECT(child >= 0);
}

static void use_in_the_child(void *arg)
{
	dctx_sink *sink = arg;

	DCTXT_EXPECT(stats_of(sink).taken == 0);
	DCTXT_EXPECT(stats_of(sink).waiting == 0);
	atomic_store(&probe.exported, 0);
	atomic_store(&probe.closed, false);
	work(5);
	DCTXT_EXPECT(dctx_sink_flush(sink, soon()) == DCTX_OK);
	DCTXT_EXPECT(atomic_load(&probe.exported) == 5);
	DCTXT_EXPECT(atomic_load(&probe.forks) == 1);
	DCTXT_EXPECT(stats_of(sink).exported == 5);
	DCTXT_EXPECT(dctx_sink_end(sink) == NULL);
	DCTXT_EXPECT(atomic_load(&probe.frees) == 1);
}

static void a_child_begins_anew(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = 3600 * DCTX_S};
	dctx_sink *sink = probe_new(&options);

	(void)state;
	work(3);
	assert_true(dctxt_in_child(use_in_the_child, sink));
	assert_int_equal(atomic_load(&probe.forks), 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(atomic_load(&probe.exported), 3);
	/* Once more, with the parent's thread in a call. */
	atomic_store(&probe.closed, true);
	work(1);
	(void)dctx_sink_flush(sink, dctx_deadline_in(DCTX_MS));
	while (atomic_load(&probe.inside) == 0)
		nap();
	assert_true(dctxt_in_child(use_in_the_child, sink));
	atomic_store(&probe.closed, false);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, 4);
	assert_null(dctx_sink_end(sink));
}

static void work_and_flush(void *arg)
{
	dctx_sink *sink = arg;

	work(3);
	DCTXT_EXPECT(dctx_sink_flush(sink, soon()) == DCTX_OK);
	DCTXT_EXPECT(stats_of(sink).waiting == 0);
	DCTXT_EXPECT(stats_of(sink).exported == 3);
}

static atomic_bool over;

static void *work_on(void *unused)
{
	(void)unused;
	while (!atomic_load(&over))
		work(1);
	return NULL;
}

static void a_child_never_finds_a_lock_held_or_a_span_half_told(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .bytes = 1 << 16,
				     .linger = 1};
	dctx_sink *sink = probe_new(&options);
	pthread_t thread[2];

	(void)state;
	atomic_store(&over, false);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work_on,
						NULL),
				 0);
	for (int i = 0; i < 50; i++)
		assert_true(dctxt_in_child(work_and_flush, sink));
	atomic_store(&over, true);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_null(dctx_sink_end(sink));
}

static dctx_sink *shared;

/* After the call that forked, on the child's only thread. */
static dctx_status see_the_child(void *user, const dctx_told_span *spans,
				 size_t n, int64_t until)
{
	(void)user;
	(void)until;
	for (size_t i = 0; i < n; i++)
		(void)strlen(spans[i].site->name);
	fork_here();
	/* Both go on with what was given. */
	for (size_t i = 0; i < n; i++)
		if (strcmp(spans[i].site->name, "work") != 0)
			abort();
	return DCTX_OK;
}

static void end_the_child(void *user)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};
	char ok;

	(void)user;
	ok = dctx_sink_stats_read(shared, &stats) == DCTX_OK &&
	     stats.taken == 0 && stats.exported == 0;
	if (write(verdict[1], &ok, 1) != 1)
		abort();
	kill(getpid(), SIGKILL);
}

static void a_call_may_fork(void **state)
{
	static const dctx_sink_ops ops = {
		.struct_size = DCTX_SINK_OPS_SIZE,
		.name = "forks",
		.export_spans = see_the_child,
		.forked = end_the_child,
	};
	char ok = 0;

	(void)state;
	assert_int_equal(pipe(verdict), 0);
	assert_int_equal(dctx_sink_new(&ops, NULL, NULL, &shared), DCTX_OK);
	forks = true;
	work(3);
	assert_int_equal(dctx_sink_flush(shared, soon()), DCTX_OK);
	assert_int_equal(read(verdict[0], &ok, 1), 1);
	assert_int_equal(ok, 1);
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(stats_of(shared).exported, 3);
	assert_null(dctx_sink_end(shared));
	assert_int_equal(close(verdict[0]), 0);
	assert_int_equal(close(verdict[1]), 0);
}

static void work_in_the_child(void *arg)
{
	dctx_sink *sink = arg;

	work(2);
	DCTXT_EXPECT(dctx_sink_flush(sink, soon()) == DCTX_OK);
}

/* How many spans of how many processes' heads a file has. */
static void count_lines(const char *path, unsigned *spans, unsigned *heads)
{
	FILE *in = fopen(path, "r");
	char line[4096];

	assert_non_null(in);
	*spans = *heads = 0;
	assert_non_null(fgets(line, sizeof(line), in));
	assert_string_equal(line, "[\n");
	while (fgets(line, sizeof(line), in) != NULL) {
		json_t *object;

		line[strlen(line) - 2] = '\0';
		object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(object);
		json_decref(object);
		*spans += strstr(line, "\"ph\":\"X\"") != NULL;
		*heads += strstr(line, "process_name") != NULL;
	}
	assert_int_equal(fclose(in), 0);
}

/* Of a path without %p all append to one file, of one with it each has one. */
static void forked_processes_write_whole_lines(void **state)
{
	char dir[] = "/tmp/dctx-fork-XXXXXX", path[96];
	unsigned spans, heads;
	dctx_sink *sink;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/one", dir);
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_OK);
	work(1);
	for (int i = 0; i < 3; i++)
		assert_true(dctxt_in_child(work_in_the_child, sink));
	assert_null(dctx_sink_end(sink));
	count_lines(path, &spans, &heads);
	assert_int_equal(spans, 1 + 3 * 2);
	assert_int_equal(heads, 4);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/%%p", dir);
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_OK);
	work(1);
	assert_true(dctxt_in_child(work_in_the_child, sink));
	assert_null(dctx_sink_end(sink));
	(void)snprintf(path, sizeof(path), "%s/%d", dir, getpid());
	count_lines(path, &spans, &heads);
	assert_int_equal(spans, 1);
	assert_int_equal(heads, 1);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path),
		       "n=$(cat %s/* | grep -c '\"X\"') && [ $n = 2 ] && "
		       "rm -r %s",
		       dir, dir);
	assert_int_equal(system(path), 0);
}
#endif

/* Without a thread of its own, as where none can be started. */
static void flush_nothing(void *arg)
{
	dctx_sink *sink = arg;

	DCTXT_EXPECT(dctx_sink_flush(sink, soon()) == DCTX_OK);
	DCTXT_EXPECT(stats_of(sink).taken == 0);
	DCTXT_EXPECT(dctx_sink_end(sink) == NULL);
}

static void a_child_waits_for_no_thread_of_its_parent_s(void **state)
{
	dctx_sink *sink = probe_new(NULL);

	(void)state;
	work(3);
	assert_true(dctxt_in_child(flush_nothing, sink));
	assert_null(dctx_sink_end(sink));
	assert_int_equal(atomic_load(&probe.exported), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef CHILD_THREADS
		DCTXT_TEST(a_child_begins_anew),
		DCTXT_TEST(a_child_never_finds_a_lock_held_or_a_span_half_told),
		DCTXT_TEST(a_call_may_fork),
		DCTXT_TEST(forked_processes_write_whole_lines),
#endif
		DCTXT_TEST(a_child_waits_for_no_thread_of_its_parent_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
