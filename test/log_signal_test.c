/* SPDX-License-Identifier: MIT */
/*
 * log_signal_test.c - proves that a signal handler, also of a crash and on a
 * small stack, can say whose request it interrupted.
 */
#include "logged.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOG);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_formatted, "formatted", DCTX_LOG);

static char heard[DCTX_LOG_BYTES + 1];
static volatile sig_atomic_t heard_len;

static void hear(int signo)
{
	(void)signo;
	heard_len = (sig_atomic_t)dctx_log_signal(heard, sizeof(heard));
}

static void on(int signo, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler,
				   .sa_flags = SA_ONSTACK};

	assert_int_equal(sigaction(signo, &action, NULL), 0);
}

static const char *heard_now(void)
{
	on(SIGUSR1, hear);
	raise(SIGUSR1);
	assert_int_equal(heard_len, strlen(heard));
	return heard;
}

static size_t never(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	abort();
}

static void a_handler_tells_what_a_line_would(void **state)
{
	dctx_trace trace = dctx_trace_new(0);

	(void)state;
	assert_string_equal(heard_now(), "");
	dctx_set(k_rid, "a\nb");
	dctx_set(k_num, 7);
	dctx_set(k_token, "hunter2");
	dctx_trace_set(&trace);
	assert_string_equal(heard_now(), dctxt_logged(DCTX_LOG_LOGFMT));
	assert_int_equal(dctx_log_signal(NULL, 0), heard_len);
}

static void floats_are_exact(void **state)
{
	static const double floats[] = {0,	-0.0,	   1,	     -2,
					0.1,	1e300,	   1e-300,   3.5,
					5e-324, 1.0 / 3.0, 2.5e-310, -4096};

	(void)state;
	for (size_t i = 0; i < sizeof(floats) / sizeof(*floats); i++) {
		double back;

		dctx_set(k_f64, floats[i]);
		heard_now();
		assert_memory_equal(heard, "f64=", 4);
		back = strtod(heard + 4, NULL);
		assert_memory_equal(&back, &floats[i], sizeof(back));
	}
	dctx_unset(k_f64);
	dctx_set(k_f32, (float)INFINITY);
	assert_string_equal(heard_now(), "f32=inf");
}

static void what_needs_a_format_is_left_out(void **state)
{
	const dctx_field as = {.struct_size = DCTX_FIELD_SIZE,
			       .flags = DCTX_FIELD_LOG,
			       .format = never};

	(void)state;
	assert_int_equal(dctx_field_set(&k_formatted.key, &as), DCTX_OK);
	dctx_set(k_formatted, "x");
	dctx_set(k_rid, "7");
	assert_string_equal(heard_now(), "rid=7");
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 0);
	assert_int_equal(dctx_field_set(&k_formatted.key, NULL), DCTX_OK);
}

/* A timer that goes off anywhere in what changes the context, and in what logs:
 * each field is one that was set, and whole. */
static atomic_int times, bad;

static void check(int signo)
{
	static const char *const rids[] = {"", "rid=first",
					   "rid=second-which-is-longer",
					   "rid=\"third \\n\""};
	char buf[200];
	int saved = errno;
	bool known = false;

	(void)signo;
	dctx_log_signal(buf, sizeof(buf));
	for (size_t i = 0; i < 4; i++)
		known = known || strcmp(buf, rids[i]) == 0;
	if (!known)
		atomic_fetch_add(&bad, 1);
	atomic_fetch_add(&times, 1);
	errno = saved;
}

static void a_handler_may_come_at_any_time(void **state)
{
	const struct itimerval often = {{0, 100}, {0, 100}}, never_more = {0};
	char buf[200];

	(void)state;
	atomic_store(&times, 0);
	dctx_set(k_num, 1);
	dctx_unset(k_num);
	on(SIGALRM, check);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	while (atomic_load(&times) < 300) {
		DCTX_SCOPE("a");
		dctx_set(k_rid, "first");
		dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
		{
			DCTX_SCOPE("b");
			dctx_set(k_rid, "second-which-is-longer");
			dctx_set(k_rid, "third \n");
			dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
		}
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never_more, NULL), 0);
	assert_int_equal(atomic_load(&bad), 0);
}

/* A call that ASan intercepts takes 2 KiB of its own. */
#ifdef DCTXT_ASAN
enum { FOR_ASAN = 16384 };
#else
enum { FOR_ASAN = 0 };
#endif

/* A stack for signals as small as programs have them, and nothing below it. */
static void a_small_stack_does(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = FOR_ASAN +
		      ((size_t)SIGSTKSZ < 8192 ? 8192 : (size_t)SIGSTKSZ);
	size_t room = (size + page - 1) / page * page;
	char *guard = mmap(NULL, page + room, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = guard + page, .ss_size = size};
	const stack_t off = {.ss_flags = SS_DISABLE};

	(void)state;
	assert_ptr_not_equal(guard, MAP_FAILED);
	assert_int_equal(mprotect(guard, page, PROT_NONE), 0);
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	dctx_set(k_rid, "7");
	assert_string_equal(heard_now(), "rid=7");
	assert_int_equal(sigaltstack(&off, NULL), 0);
	assert_int_equal(munmap(guard, page + room), 0);
}

/* The crash itself, in a child that says so on its way. */
static int said;

static void crash_handler(int signo)
{
	char buf[128] = "crashed ";
	size_t len = dctx_log_signal(buf + 8, sizeof(buf) - 8);

	if (write(said, buf, 8 + len) < 0)
		_exit(9);
	_exit(signo == SIGSEGV ? 3 : 4);
}

static void crash(int fd)
{
	const struct rlimit none = {0, 0};
	/* To be read, so that valgrind leaves the fault to the system. */
	volatile char *nobodys =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	said = fd;
	setrlimit(RLIMIT_CORE, &none);
	on(SIGSEGV, crash_handler);
	DCTX_SCOPE("request");
	dctx_set(k_rid, "4711");
	*nobodys = 1;
}

static void a_crash_names_its_request(void **state)
{
	char buf[200] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		crash(ends[1]);
		_exit(8);
	}
	close(ends[1]);
	assert_true(read(ends[0], buf, sizeof(buf) - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_string_equal(buf, "crashed rid=4711");
}

static void *first_of_all(void *unused)
{
	char buf[8] = "x";

	(void)unused;
	DCTXT_EXPECT(dctx_log_signal(buf, sizeof(buf)) == 0);
	DCTXT_EXPECT(buf[0] == '\0');
	return NULL;
}

static void a_thread_that_never_used_dctx_has_nothing_to_say(void **state)
{
	(void)state;
	dctxt_on_thread(first_of_all, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_handler_tells_what_a_line_would),
		DCTXT_TEST(floats_are_exact),
		DCTXT_TEST(what_needs_a_format_is_left_out),
		DCTXT_TEST(a_handler_may_come_at_any_time),
		DCTXT_TEST(a_crash_names_its_request),
		DCTXT_TEST(a_thread_that_never_used_dctx_has_nothing_to_say),
		/* Last: valgrind goes on with a stack that was put off. */
		DCTXT_TEST(a_small_stack_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
