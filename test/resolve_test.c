/* SPDX-License-Identifier: MIT */
/*
 * resolve_test.c - proves that looking up names ends with the context, on eight
 * helpers at most, and that a look-up that was left to itself frees what it
 * found. The original is this program's own: a name tells what to do.
 *
 * A look-up that was left to itself may begin late, under load or valgrind: the
 * time it was given can be over before, and its helper can be anywhere. So
 * whoever relies on look-ups under way waits until the original counted them,
 * and each test ends with none.
 */
#define _GNU_SOURCE /* pthread_getname_np */
#include "stand.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static dctx_source *source;

/* What the original met. */
static atomic_int called, running, meeting, made, freed;
static atomic_bool gate;
static pthread_t last;
static char last_name[16];
static sigset_t last_mask;
static struct addrinfo last_hints;

/* Slow ones come at once. */
static void note(const struct addrinfo *hints)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	last = pthread_self();
	pthread_getname_np(last, last_name, sizeof last_name);
	pthread_sigmask(SIG_SETMASK, NULL, &last_mask);
	if (hints != NULL)
		last_hints = *hints;
	pthread_mutex_unlock(&mutex);
}

/* "slow" waits for the gate, "meet" until there are as many as there may be. */
static bool waits(const char *node)
{
	if (strcmp(node, "slow") == 0)
		return !atomic_load(&gate);
	return strcmp(node, "meet") == 0 &&
	       atomic_load(&meeting) < DCTX_RESOLVE_MAX;
}

/* "bad" is not found; "broken" sets errno; any other name is found as one
 * address, with the service as its protocol. Who is seen running holds no lock:
 * a fork's child would have it locked for ever. */
int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo *found;

	note(hints);
	atomic_fetch_add(&running, 1);
	if (strcmp(node, "meet") == 0)
		atomic_fetch_add(&meeting, 1);
	while (waits(node))
		usleep(1000);
	atomic_fetch_add(&called, 1);
	atomic_fetch_sub(&running, 1);
	errno = EPROTO;
	if (strcmp(node, "bad") == 0)
		return EAI_NONAME;
	if (strcmp(node, "broken") == 0)
		return EAI_SYSTEM;
	found = calloc(1, sizeof *found);
	found->ai_protocol = service != NULL ? atoi(service) : 0;
	atomic_fetch_add(&made, 1);
	*out = found;
	return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
	atomic_fetch_add(&freed, 1);
	free(found);
}

static int begin(void **state)
{
	atomic_store(&gate, false);
	atomic_store(&made, 0);
	atomic_store(&freed, 0);
	if (dctxt_begin(state) != 0)
		return -1;
	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) != DCTX_OK)
		return -1;
	return dctx_add_source(source) == DCTX_OK ? 0 : -1;
}

static void *meet(void *arg)
{
	struct addrinfo *found;
	int result;
	DCTX_SCOPE("meet");

	(void)arg;
	DCTXT_EXPECT(dctx_set_timeout(60 * DCTX_S) == DCTX_OK);
	do
		result = dctx_getaddrinfo("meet", NULL, NULL, &found);
	while (result == EAI_AGAIN && usleep(1000) == 0);
	if (DCTXT_EXPECT(result == 0))
		freeaddrinfo(found);
	return NULL;
}

/* Every look-up has come to its end, or as many as there may be could not meet;
 * and has given back what nobody took. */
static int end(void **state)
{
	atomic_store(&gate, true);
	source = dctx_source_unref(source);
	atomic_store(&meeting, 0);
	dctxt_together(DCTX_RESOLVE_MAX, meet, NULL, 0);
	for (int i = 0; i < 10000; i++) {
		if (atomic_load(&made) == atomic_load(&freed))
			break;
		usleep(1000);
	}
	assert_int_equal(atomic_load(&made), atomic_load(&freed));
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static int look_up(const char *node, const char *service)
{
	struct addrinfo *found = NULL;
	int result = dctx_getaddrinfo(node, service, NULL, &found);

	if (result == 0) {
		assert_int_equal(found->ai_protocol,
				 service != NULL ? atoi(service) : 0);
		freeaddrinfo(found);
	} else {
		assert_null(found);
	}
	return result;
}

static void what_is_found_comes_from_a_helper(void **state)
{
	struct addrinfo hints = {.ai_family = AF_INET6,
				 .ai_flags = AI_PASSIVE,
				 .ai_socktype = SOCK_DGRAM,
				 .ai_protocol = IPPROTO_UDP};
	struct addrinfo *found;

	(void)state;
	errno = 4711;
	assert_int_equal(dctx_getaddrinfo("name", "80", &hints, &found), 0);
	assert_int_equal(errno, 4711);
	assert_int_equal(found->ai_protocol, 80);
	freeaddrinfo(found);
	assert_false(pthread_equal(last, pthread_self()));
	assert_string_equal(last_name, "dctx-resolve");
	assert_true(sigismember(&last_mask, SIGUSR1));
	assert_true(sigismember(&last_mask, SIGTERM));
	/* Field by field: between them there are bytes that nobody writes. */
	assert_int_equal(last_hints.ai_flags, hints.ai_flags);
	assert_int_equal(last_hints.ai_family, hints.ai_family);
	assert_int_equal(last_hints.ai_socktype, hints.ai_socktype);
	assert_int_equal(last_hints.ai_protocol, hints.ai_protocol);
	assert_int_equal(last_hints.ai_addrlen, hints.ai_addrlen);
	assert_ptr_equal(last_hints.ai_addr, hints.ai_addr);
	assert_ptr_equal(last_hints.ai_canonname, hints.ai_canonname);
	assert_ptr_equal(last_hints.ai_next, hints.ai_next);
	assert_int_equal(look_up("name", NULL), 0);
}

static void what_is_not_found_says_so(void **state)
{
	(void)state;
	assert_int_equal(look_up("bad", "1"), EAI_NONAME);
	assert_int_equal(look_up("broken", "1"), EAI_SYSTEM);
	assert_int_equal(errno, EPROTO);
}

static void without_an_end_it_is_the_original(void **state)
{
	(void)state;
	assert_int_equal(dctx_detach(), DCTX_OK);
	assert_int_equal(look_up("name", "7"), 0);
	assert_true(pthread_equal(last, pthread_self()));
}

static void is_over(int error)
{
	assert_int_equal(look_up("slow", "1"), EAI_SYSTEM);
	assert_int_equal(errno, error);
}

static void over_before_nothing_is_looked_up(void **state)
{
	int before = atomic_load(&called);

	(void)state;
	{
		DCTX_SCOPE("timed");
		assert_int_equal(dctx_set_timeout(-1), DCTX_OK);
		is_over(ETIMEDOUT);
	}
	dctxt_cancel(source);
	is_over(ECANCELED);
	assert_int_equal(atomic_load(&called), before);
}

static void a_cancel_leaves_it_to_itself(void **state)
{
	struct dctxt_later later;

	(void)state;
	dctxt_later(&later, 20, dctxt_cancel, source);
	is_over(ECANCELED);
	dctxt_join(&later);
}

static void a_deadline_leaves_it_to_itself_and_not_early(void **state)
{
	int64_t deadline = dctx_deadline_in(20 * DCTX_MS);

	(void)state;
	assert_int_equal(dctx_set_deadline(deadline), DCTX_OK);
	is_over(ETIMEDOUT);
	assert_true(dctx_now() >= deadline);
}

static void no_signal_ends_it(void **state)
{
	struct dctxt_later signals, cancel;

	(void)state;
	dctxt_handle(0);
	dctxt_again(&signals, 3, dctxt_signal, NULL);
	dctxt_later(&cancel, 40, dctxt_cancel, source);
	is_over(ECANCELED);
	dctxt_join(&cancel);
	dctxt_join(&signals);
	dctxt_unhandle();
}

static void *look_up_slowly(void *arg)
{
	struct addrinfo *found;
	int *result = arg;
	DCTX_SCOPE("slow");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	*result = dctx_getaddrinfo("slow", "5", NULL, &found);
	if (*result == 0)
		freeaddrinfo(found);
	return NULL;
}

static void eight_are_under_way_and_the_ninth_is_refused(void **state)
{
	pthread_t threads[DCTX_RESOLVE_MAX];
	int results[DCTX_RESOLVE_MAX];

	(void)state;
	assert_int_equal(DCTX_RESOLVE_MAX, 8);
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						look_up_slowly, &results[i]),
				 0);
	while (atomic_load(&running) < 8)
		usleep(1000);
	assert_int_equal(look_up("name", "1"), EAI_AGAIN);
	atomic_store(&gate, true);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(results[i], 0);
	}
	assert_int_equal(look_up("name", "1"), 0);
}

/* Leaves as many as there may be to themselves, the original running in each.
 * Some will be over before they began, or refused. */
static void leave_eight(void)
{
	while (atomic_load(&running) < DCTX_RESOLVE_MAX) {
		DCTX_SCOPE("timed");
		int result;

		assert_int_equal(dctx_set_timeout(5 * DCTX_MS), DCTX_OK);
		result = look_up("slow", "1");
		assert_true(result == EAI_SYSTEM || result == EAI_AGAIN);
		usleep(1000);
	}
}

/* They count until they are through, not only until they are given up. */
static void those_left_to_themselves_count(void **state)
{
	(void)state;
	leave_eight();
	assert_int_equal(look_up("name", "1"), EAI_AGAIN);
	atomic_store(&gate, true);
	for (int i = 0; i < 10000 && look_up("name", "1") != 0; i++)
		usleep(1000);
	assert_int_equal(look_up("name", "1"), 0);
}

static void look_up_in_child(void *arg)
{
	(void)arg;
	for (int i = 0; i < 9; i++)
		DCTXT_EXPECT(look_up("name", "1") == 0);
}

static void a_forked_child_has_none_under_way(void **state)
{
	(void)state;
#ifndef DCTXT_CHILD_THREADS
	skip();
#endif
	leave_eight();
	assert_true(dctxt_in_child(look_up_in_child, NULL));
	assert_int_equal(look_up("name", "1"), EAI_AGAIN);
}

static void a_cancelled_thread_leaves_it_to_itself(void **state)
{
	pthread_t thread;
	void *result;
	int unused;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, look_up_slowly, &unused),
			 0);
	while (atomic_load(&running) < 1)
		usleep(1000);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_found_comes_from_a_helper),
		TEST(what_is_not_found_says_so),
		TEST(without_an_end_it_is_the_original),
		TEST(over_before_nothing_is_looked_up),
		TEST(a_cancel_leaves_it_to_itself),
		TEST(a_deadline_leaves_it_to_itself_and_not_early),
		TEST(no_signal_ends_it),
		TEST(eight_are_under_way_and_the_ninth_is_refused),
		TEST(those_left_to_themselves_count),
		TEST(a_forked_child_has_none_under_way),
		TEST(a_cancelled_thread_leaves_it_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
