/* SPDX-License-Identifier: MIT */
/* kit.c - see kit.h; heap.c and inject.c have the rest. */
#include "kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct dctxt_things dctxt_things;

static uint64_t counted[DCTX_EVENTS];
static size_t limits[DCTX_LIMIT_NAME_BYTES + 1];
static struct dctxt_told told;
static atomic_int broken;

/* Leaves the tasks that a test left entered; gives how many. */
static int leave_tasks(void)
{
	int n = 0;

	for (; dctx_task_try() != NULL; n++)
		dctx_task_leave(dctx_task_try());
	return n;
}

int dctxt_begin(void **state)
{
	(void)state;
	dctx_hook_set(NULL);
	for (int i = 0; i <= DCTX_LIMIT_NAME_BYTES; i++)
		limits[i] = dctx_limit_get((dctx_limit)i);
	if (dctx_restore(NULL) != DCTX_OK || dctx_depth() != 1)
		return -1;
	memset(&told, 0, sizeof(told));
	memset(&dctxt_things, 0, sizeof(dctxt_things));
	for (int i = 0; i < DCTX_EVENTS; i++)
		counted[i] = dctx_counter((dctx_event)i);
	return 0;
}

int dctxt_end(void **state)
{
	int entered = leave_tasks(), failed = atomic_exchange(&broken, 0);

	(void)state;
	dctxt_things.on_destroy = NULL;
	dctx_hook_set(NULL);
	for (int i = 0; i <= DCTX_LIMIT_NAME_BYTES; i++)
		(void)dctx_limit_set((dctx_limit)i, limits[i]);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(failed, 0);
	assert_int_equal(entered, 0);
	assert_int_equal(dctxt_alive(), 0);
	return 0;
}

uint64_t dctxt_count(dctx_event event)
{
	return dctx_counter(event) - counted[event];
}

uint64_t dctxt_count_all(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < DCTX_EVENTS; i++)
		sum += dctxt_count((dctx_event)i);
	return sum;
}

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	struct dctxt_told *into = user;

	into->times++;
	into->event = event;
	into->status = status;
	snprintf(into->what, sizeof(into->what), "%s", what);
}

const struct dctxt_told *dctxt_listen(void)
{
	static const dctx_hook listener = {hear, &told};

	dctx_hook_set(&listener);
	return &told;
}

bool dctxt_expect(bool holds, const char *what, const char *file, int line)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
		atomic_fetch_add(&broken, 1);
	}
	return holds;
}

void *dctxt_on_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	return result;
}

void dctxt_together(size_t n, void *(*fn)(void *), void *items, size_t size)
{
	pthread_t threads[16];

	assert_in_range(n, 1, 16);
	for (size_t i = 0; i < n; i++) {
		void *item = items != NULL ? (char *)items + i * size : NULL;

		assert_int_equal(pthread_create(&threads[i], NULL, fn, item),
				 0);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* The child says how it went, then is gone at once: it has copies of what other
 * threads of its parent owned, which a leak checker must not count. */
static void be_the_child(int verdict, void (*fn)(void *), void *arg)
{
	char held;

	fn(arg);
	held = atomic_load(&broken) == 0;
	if (write(verdict, &held, 1) != 1)
		_exit(1);
#ifdef DCTXT_COVERAGE
	exit(0); /* which writes what it has counted */
#endif
	kill(getpid(), SIGKILL);
	_exit(1);
}

bool dctxt_in_child(void (*fn)(void *), void *arg)
{
	int pipes[2];
	char held = false;
	pid_t pid;

	if (pipe(pipes) != 0)
		return false;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_the_child(pipes[1], fn, arg);
	close(pipes[1]);
	if (pid < 0 || read(pipes[0], &held, 1) != 1)
		held = false;
	close(pipes[0]);
	return pid > 0 && waitpid(pid, NULL, 0) == pid && held;
}

void dctxt_baton_wait(struct dctxt_baton *baton, int turn)
{
	pthread_mutex_lock(&baton->lock);
	while (baton->turn != turn)
		pthread_cond_wait(&baton->passed, &baton->lock);
	pthread_mutex_unlock(&baton->lock);
}

void dctxt_baton_pass(struct dctxt_baton *baton, int turn)
{
	pthread_mutex_lock(&baton->lock);
	baton->turn = turn;
	pthread_cond_broadcast(&baton->passed);
	pthread_mutex_unlock(&baton->lock);
}

static dctx_status copy_thing(void *dst, const void *src)
{
	if (dctxt_things.refuse != DCTX_OK)
		return dctxt_things.refuse;
	memcpy(dst, src, sizeof(struct dctxt_thing));
	atomic_fetch_add(&dctxt_things.copies, 1);
	return DCTX_OK;
}

static void destroy_thing(void *value)
{
	struct dctxt_thing *thing = value;

	atomic_fetch_add(&dctxt_things.destroys, 1);
	atomic_store(&dctxt_things.last_destroyed, thing->id);
	if (dctxt_things.on_destroy != NULL)
		dctxt_things.on_destroy(thing);
}

static dctx_status encode_thing(const void *value, dctx_writer *w)
{
	const struct dctxt_thing *thing = value;

	dctx_write_u32(w, (uint32_t)thing->id);
	return DCTX_OK;
}

static dctx_status decode_thing(void *value, dctx_reader *r)
{
	struct dctxt_thing *thing = value;
	uint32_t id;
	dctx_status status = dctx_read_u32(r, &id);

	if (status != DCTX_OK)
		return status;
	thing->id = (int)id;
	atomic_fetch_add(&dctxt_things.copies, 1);
	return DCTX_OK;
}

const dctx_type dctxt_thing_type = {
	.struct_size = sizeof(dctx_type),
	.name = "thing",
	.size = sizeof(struct dctxt_thing),
	.copy = copy_thing,
	.destroy = destroy_thing,
	.encode = encode_thing,
	.decode = decode_thing,
};

int dctxt_alive(void)
{
	return atomic_load(&dctxt_things.copies) -
	       atomic_load(&dctxt_things.destroys);
}
