/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo(3) cannot be stopped or polled, so each look-up has a helper: a
 * detached thread that ends with it.
 *
 * Theory. A look-up is shared by its caller and its helper; each has a
 * reference, and the second to drop it frees it, with a result that nobody
 * took. The helper fills in the result, then sets the look-up's eventfd, which
 * the caller polls beside its own; the system orders the two, and `done`, with
 * release and acquire, says so in C. The arguments are copied: the caller may
 * be gone while the helper reads them.
 *
 * How many are under way is counted under the process's lock: up by the caller,
 * down by the helper, so that look-ups that were left to themselves count. In a
 * fork's child there are none, whatever the count said.
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include "data/fail.h"
#include "life/block.h"
#include "plat/event.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "plat/lock.h"

#include <dctx/resolve.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct lookup {
	uint32_t refs;
	uint32_t done;
	int fd; /* set when it is done */
	int result;
	int error; /* of EAI_SYSTEM */
	struct addrinfo *found;
	struct addrinfo hints;
	bool has_hints;
	const char *node, *service; /* in `text`, or NULL */
	size_t size;
	char text[];
};

static struct {
	unsigned n;
	uint32_t born; /* dctxi_fork_count of the process that counted */
} under_way;

static bool count_up(void)
{
	bool room;

	dctxi_lock();
	if (under_way.born != dctxi_fork_count())
		under_way.n = 0;
	under_way.born = dctxi_fork_count();
	room = under_way.n < DCTX_RESOLVE_MAX;
	under_way.n += room;
	dctxi_unlock();
	return room;
}

static void count_down(void)
{
	dctxi_lock();
	under_way.n--;
	dctxi_unlock();
}

static void drop(struct lookup *l)
{
	/* Release what this side did; acquire what the other one did. */
	if (__atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	if (l->fd >= 0)
		dctxi_event_close(l->fd);
	dctxi_free(l, l->size);
}

static void drop_it(void *lookup)
{
	drop(lookup);
}

static void *help(void *arg)
{
	struct lookup *l = arg;

	(void)pthread_setname_np(pthread_self(), "dctx-resolve");
	l->result = getaddrinfo(l->node, l->service,
				l->has_hints ? &l->hints : NULL, &l->found);
	l->error = errno;
	if (l->result != 0)
		l->found = NULL;
	count_down();
	__atomic_store_n(&l->done, 1, __ATOMIC_RELEASE);
	dctxi_event_set(l->fd);
	drop(l);
	return NULL;
}

static const char *keep(char **at, const char *text)
{
	char *kept = *at;

	if (text == NULL)
		return NULL;
	*at = stpcpy(kept, text) + 1;
	return kept;
}

/* Only these four of the hints mean anything. */
static struct addrinfo hints_of(const struct addrinfo *hints)
{
	return (struct addrinfo){.ai_flags = hints->ai_flags,
				 .ai_family = hints->ai_family,
				 .ai_socktype = hints->ai_socktype,
				 .ai_protocol = hints->ai_protocol};
}

static struct lookup *make(const char *node, const char *service,
			   const struct addrinfo *hints)
{
	size_t size = sizeof(struct lookup);
	struct lookup *l;
	char *at;

	size += node != NULL ? strlen(node) + 1 : 0;
	size += service != NULL ? strlen(service) + 1 : 0;
	l = dctxi_alloc(size);
	if (l == NULL)
		return NULL;
	*l = (struct lookup){.refs = 2, .size = size};
	at = l->text;
	l->node = keep(&at, node);
	l->service = keep(&at, service);
	l->has_hints = hints != NULL;
	if (hints != NULL)
		l->hints = hints_of(hints);
	return l;
}

/* Starts the helper with all signals blocked. Returns 0 or an error number. */
static int start(struct lookup *l)
{
	pthread_attr_t detached;
	pthread_t helper;
	sigset_t all, before;
	int error = pthread_attr_init(&detached);

	if (error != 0)
		return error;
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = dctxi_thread_create(&helper, &detached, help, l);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&detached);
	return error;
}

static int system_error(int error)
{
	errno = error;
	return EAI_SYSTEM;
}

/* Waits for a look-up that is under way, and takes the result over. */
static int wait_for(struct lookup *l, struct addrinfo **out)
{
	struct pollfd fds[2] = {{l->fd, POLLIN, 0}};
	struct dctxi_polled polled = {fds, 1, NULL, false};
	int ready;

	do
		ready = dctxi_block_poll(&polled, DCTX_NO_DEADLINE);
	while (ready == -EINTR || ready == 0);
	if (!__atomic_load_n(&l->done, __ATOMIC_ACQUIRE))
		return system_error(-ready);
	if (l->result == EAI_SYSTEM)
		errno = l->error;
	if (l->result == 0)
		*out = l->found;
	l->found = NULL;
	return l->result;
}

/* Gives up what could not be started. */
static int not_started(struct lookup *l, int error)
{
	count_down();
	l->refs = 1;
	drop(l);
	(void)dctxi_fail_system(error);
	return system_error(error);
}

struct waiting {
	struct lookup *l;
	struct addrinfo **out;
	int result;
};

/* Drops it also when the thread is cancelled in here. */
static void wait_and_drop(struct waiting *w)
{
	pthread_cleanup_push(drop_it, w->l);
	w->result = wait_for(w->l, w->out);
	pthread_cleanup_pop(1);
}

static int look_up(struct lookup *l, struct addrinfo **out)
{
	struct waiting waiting = {l, out, 0};
	int before = errno, error;

	l->fd = dctxi_event_open();
	if (l->fd < 0)
		return not_started(l, errno);
	error = start(l);
	if (error != 0)
		return not_started(l, error);
	errno = before;
	wait_and_drop(&waiting);
	return waiting.result;
}

int dctx_getaddrinfo(const char *node, const char *service,
		     const struct addrinfo *hints, struct addrinfo **out)
{
	struct lookup *l;

	if (!dctxi_may_end())
		return getaddrinfo(node, service, hints, out);
	if (dctxi_is_over())
		return EAI_SYSTEM;
	if (!count_up())
		return EAI_AGAIN;
	l = make(node, service, hints);
	if (l == NULL) {
		count_down();
		(void)dctxi_fail(DCTX_NOMEM, "resolve");
		return EAI_MEMORY;
	}
	return look_up(l, out);
}
