/* SPDX-License-Identifier: MIT */
/*
 * layer_schedule_loop_test.c - proves that a thousand requests of one event
 * loop, each with a task and a span of its own and a scope that it keeps while
 * it waits, see their own values only and leave nothing behind, in whichever
 * order the loop takes them; while on a naive store of the thread's they pile
 * up and read what is another's.
 */
#include "layered.h"
#include "played.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

enum { REQUESTS = 1000, STEPS = 10, READY = 64, TURNS = 3 };

/* A request: a step each time its descriptor is ready. */
struct request {
	int fd;
	int step;
	uint64_t number;
	dctx_store *task;
	dctx_span *span;
	dctx_guard guard;
	size_t naive_span, naive_guard;
};

static const dctx_span_site site = {"request", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static struct request requests[REQUESTS];
static int loop;

/* The descriptors that the default limit may not allow. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < REQUESTS + 100) {
		limit.rlim_cur = REQUESTS + 100;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
}

static void be_ready(const struct request *request)
{
	assert_int_equal(eventfd_write(request->fd, 1), 0);
}

static void begin(struct request *request, uint64_t number)
{
	struct epoll_event event = {.events = EPOLLIN};

	memset(request, 0, sizeof(*request));
	request->number = number;
	request->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(request->fd >= 0);
	event.data.ptr = request;
	assert_int_equal(epoll_ctl(loop, EPOLL_CTL_ADD, request->fd, &event),
			 0);
	be_ready(request);
}

/* The next of them all is far from the last. */
static void begin_all(void)
{
	allow_descriptors();
	loop = epoll_create1(EPOLL_CLOEXEC);
	assert_true(loop >= 0);
	for (uint64_t i = 0; i < REQUESTS; i++)
		begin(&requests[i * 7919 % REQUESTS], i);
}

static void end_all(void)
{
	for (int i = 0; i < REQUESTS; i++)
		close(requests[i].fd);
	close(loop);
}

/* Runs the loop until each request has had all its steps. Of those that are
 * ready at once the last is taken first. */
static void run(void (*step)(struct request *request))
{
	struct epoll_event events[READY];
	int over = 0;

	while (over < REQUESTS) {
		int n = epoll_wait(loop, events, READY, -1);

		for (int i = 0; i < n; i++) {
			struct request *request = events[n - 1 - i].data.ptr;
			eventfd_t count;

			assert_int_equal(eventfd_read(request->fd, &count), 0);
			step(request);
			if (++request->step < STEPS)
				be_ready(request);
			else
				over++;
		}
	}
}

static void first(struct request *request)
{
	DCTXT_EXPECT(!dctx_has(k_num) && dctx_depth() == 2);
	request->guard = dctx_enter("wait");
	dctx_set(k_num, request->number);
}

static void last(struct request *request)
{
	dctx_leave(request->guard);
	DCTXT_EXPECT(!dctx_has(k_num) && dctx_depth() == 2);
}

/* Every other span is closed when its task is left already: by another flow,
 * which is counted. */
static void end(struct request *request)
{
	bool in_its_task = request->number % 2 == 0;

	if (in_its_task)
		dctx_span_close(request->span);
	dctx_task_leave(request->task);
	if (!in_its_task)
		dctx_span_close(request->span);
	dctx_task_free(request->task);
}

static void ours(struct request *request)
{
	if (request->step == 0) {
		assert_int_equal(dctx_task_new(NULL, &request->task), DCTX_OK);
		request->span = dctx_span_open(&site, NULL, NULL, 0);
	}
	dctx_task_enter(request->task);
	dctx_span_enter(request->span);
	if (request->step == 0)
		first(request);
	DCTXT_EXPECT(dctx_get(k_num, REQUESTS) == request->number);
	DCTXT_EXPECT(dctx_depth() == 3 && dctx_chain(NULL, 0) == 2);
	if (request->step == STEPS - 1)
		last(request);
	dctx_span_leave(request->span);
	if (request->step == STEPS - 1)
		end(request);
	else
		dctx_task_leave(request->task);
}

static void a_thousand_requests_of_a_loop_keep_apart(void **state)
{
	size_t bytes = 0;
	long steps = 0;

	(void)state;
	dctx_set(k_num, 77);
	for (int i = 0; i < TURNS; i++) {
		begin_all();
		run(ours);
		end_all();
		assert_int_equal(dctx_depth(), 1);
		assert_int_equal(dctx_get(k_num, 0), 77);
		if (i == 0) {
			bytes = dctxt_heap_bytes();
			steps = dctxt_lookup_steps();
		}
		assert_in_range(dctxt_heap_bytes(), 0, bytes + 16384);
		assert_int_equal(dctxt_lookup_steps(), steps);
	}
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN),
			 TURNS * REQUESTS / 2);
	assert_int_equal(dctxt_count_all(), TURNS * REQUESTS / 2);
}

/* The naive store: names of their requests, popped where the depth is equal. */
static uint64_t naive_name[REQUESTS * STEPS * 2 + 1];
static size_t naive_depth, naive_wrong;

static size_t naive_push(uint64_t name)
{
	naive_name[++naive_depth] = name;
	return naive_depth;
}

static void naive_pop(size_t depth)
{
	if (naive_depth == depth)
		naive_depth--;
}

static void naive(struct request *request)
{
	request->naive_span = naive_push(request->number);
	if (request->step == 0)
		request->naive_guard = naive_push(request->number);
	naive_wrong += request->step > 0 &&
		       naive_name[naive_depth - 1] != request->number;
	if (request->step == STEPS - 1)
		naive_pop(request->naive_guard);
	naive_pop(request->naive_span);
}

static void a_naive_store_piles_them_up(void **state)
{
	(void)state;
	begin_all();
	run(naive);
	end_all();
	assert_in_range(naive_depth, REQUESTS, REQUESTS * STEPS);
	assert_in_range(naive_wrong, REQUESTS, REQUESTS * STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(a_thousand_requests_of_a_loop_keep_apart, both),
		DCTXT_TEST(a_naive_store_piles_them_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
