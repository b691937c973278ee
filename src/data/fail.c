/* SPDX-License-Identifier: MIT */
/*
 * Statuses, the last error, counters, the hook.
 *
 * Theory. Counters are process-wide and relaxed: they say how often, not when.
 * They move only when something went wrong, so no cache line is shared in the
 * good case. The hook is one pointer to a record that never changes, published
 * with release and read with acquire. The last error is its thread's own.
 */
#include "data/fail.h"

#include "plat/local.h"

#include <stdlib.h>
#include <string.h>

static uint64_t counters[DCTX_EVENTS];
static const dctx_hook *hook;
static const char *untold_copy; /* found before there was a hook */

const char *dctx_strerror(dctx_status status)
{
	switch (status) {
	case DCTX_OK: return "done";
	case DCTX_NOMEM: return "no memory";
	case DCTX_INVALID: return "an argument is invalid";
	case DCTX_UNKNOWN_KEY: return "no key of that name";
	case DCTX_WRONG_TYPE: return "the key has another type";
	case DCTX_CONFLICT: return "the name is registered otherwise";
	case DCTX_LIMIT: return "past a limit";
	case DCTX_TOO_SMALL: return "the buffer is too small";
	case DCTX_CORRUPT: return "the bytes are no valid message";
	case DCTX_UNSUPPORTED: return "not supported";
	case DCTX_NO_TASK: return "no task is entered";
	case DCTX_DEAD_SCOPE: return "the scope is past the depth limit";
	case DCTX_STALE: return "the guard's scope is gone";
	case DCTX_BUSY: return "in use";
	case DCTX_SYSTEM: return "the system refused";
	case DCTX_CODEC: return "a type's own function refused";
	case DCTX_CANCELED: return "canceled";
	case DCTX_DEADLINE_EXCEEDED: return "the deadline is over";
	case DCTX_FROZEN: return "the registry is frozen";
	case DCTX_UNTRUSTED: return "not signed by somebody trusted";
	case DCTX_DROPPED: return "dropped for something newer";
	}
	return "unknown status";
}

const char *dctx_event_name(dctx_event event)
{
	switch (event) {
	case DCTX_EV_MISMATCHED_LEAVE: return "mismatched_leave";
	case DCTX_EV_STALE_GUARD: return "stale_guard";
	case DCTX_EV_DEAD_SCOPE: return "dead_scope";
	case DCTX_EV_DROPPED_WRITE: return "dropped_write";
	case DCTX_EV_FAILED_ENTER: return "failed_enter";
	case DCTX_EV_NO_TASK: return "no_task";
	case DCTX_EV_TASK_MISUSE: return "task_misuse";
	case DCTX_EV_KEY_CONFLICT: return "key_conflict";
	case DCTX_EV_UNKNOWN_ENTRY: return "unknown_entry";
	case DCTX_EV_LOCAL_ENTRY: return "local_entry";
	case DCTX_EV_DUPLICATE_ENTRY: return "duplicate_entry";
	case DCTX_EV_TRAILING_BYTES: return "trailing_bytes";
	case DCTX_EV_CHAIN_TRIMMED: return "chain_trimmed";
	case DCTX_EV_RESERVED_ENTRY: return "reserved_entry";
	case DCTX_EV_BAD_ENTRY: return "bad_entry";
	case DCTX_EV_UNSENT_VALUE: return "unsent_value";
	case DCTX_EV_SECOND_COPY: return "second_copy";
	case DCTX_EV_BAD_HEADER: return "bad_header";
	case DCTX_EV_WITHHELD: return "withheld";
	case DCTX_EV_UNCLEAN_WORKER: return "unclean_worker";
	case DCTX_EV_UNBALANCED_SPAN: return "unbalanced_span";
	case DCTX_EV_DROPPED_SPAN: return "dropped_span";
	case DCTX_EV_UNTOLD: return "untold";
	case DCTX_EV_BAD_FORMAT: return "bad_format";
	}
	return "unknown";
}

unsigned dctx_version(void)
{
	return DCTX_VERSION;
}

const dctx_error *dctx_last_error(void)
{
	static const dctx_error none;

	return dctxi_local_now != NULL ? &dctxi_local_now->error : &none;
}

/* The record to note a failure in; NULL without memory. */
static dctx_error *note(dctx_status status, const char *what)
{
	struct dctxi_local *local = dctxi_local();
	dctx_error *error;
	size_t len;

	if (local == NULL)
		return NULL;
	error = &local->error;
	len = what != NULL ? strnlen(what, sizeof error->what - 1) : 0;
	memset(error, 0, sizeof *error);
	error->status = status;
	if (len > 0)
		memcpy(error->what, what, len);
	return error;
}

dctx_status dctxi_fail(dctx_status status, const char *what)
{
	(void)note(status, what);
	return status;
}

dctx_status dctxi_fail_limit(const char *what, size_t size, size_t limit)
{
	dctx_error *error = note(DCTX_LIMIT, what);

	if (error != NULL) {
		error->size = size;
		error->limit = limit;
	}
	return DCTX_LIMIT;
}

dctx_status dctxi_fail_at(dctx_status status, const char *what, size_t offset)
{
	dctx_error *error = note(status, what);

	if (error != NULL)
		error->offset = offset;
	return status;
}

dctx_status dctxi_fail_system(int number)
{
	dctx_error *error = note(DCTX_SYSTEM, NULL);

	if (error != NULL)
		error->system = number;
	return DCTX_SYSTEM;
}

dctx_status dctxi_fail_kinds(const char *what, uint32_t expected,
			     uint32_t given)
{
	dctx_error *error = note(DCTX_WRONG_TYPE, what);

	if (error != NULL) {
		error->expected = expected;
		error->given = given;
	}
	return DCTX_WRONG_TYPE;
}

dctx_status dctxi_fail_with(const dctx_error *known)
{
	dctx_error *error = note(known->status, NULL);

	if (error != NULL)
		*error = *known;
	return known->status;
}

uint64_t dctx_counter(dctx_event event)
{
	if ((unsigned)event >= DCTX_EVENTS)
		return 0;
	return __atomic_load_n(&counters[event], __ATOMIC_RELAXED);
}

#ifdef DCTX_ABORT_ON_MISUSE
static void abort_on_misuse(dctx_event event)
{
	if (event == DCTX_EV_MISMATCHED_LEAVE || event == DCTX_EV_STALE_GUARD ||
	    event == DCTX_EV_NO_TASK || event == DCTX_EV_TASK_MISUSE ||
	    event == DCTX_EV_UNBALANCED_SPAN)
		abort();
}
#else
static void abort_on_misuse(dctx_event event)
{
	(void)event;
}
#endif

static void tell(const dctx_hook *h, dctx_event event, dctx_status status,
		 const char *what)
{
	struct dctxi_local *local = dctxi_local_now;

	if (h == NULL || h->fn == NULL || (local != NULL && local->in_hook))
		return;
	if (local != NULL)
		local->in_hook = true;
	h->fn(h->user, event, status, what != NULL ? what : "");
	if (dctxi_local_now != NULL)
		dctxi_local_now->in_hook = false;
}

void dctxi_events(dctx_event event, uint64_t n, dctx_status status,
		  const char *what)
{
	__atomic_fetch_add(&counters[event], n, __ATOMIC_RELAXED);
	abort_on_misuse(event);
	tell(__atomic_load_n(&hook, __ATOMIC_ACQUIRE), event, status, what);
}

void dctxi_event(dctx_event event, dctx_status status, const char *what)
{
	dctxi_events(event, 1, status, what);
}

void dctxi_event_copy(const char *where)
{
	if (__atomic_load_n(&hook, __ATOMIC_ACQUIRE) == NULL)
		__atomic_store_n(&untold_copy, where, __ATOMIC_RELEASE);
	dctxi_event(DCTX_EV_SECOND_COPY, DCTX_OK, where);
}

void dctx_hook_set(const dctx_hook *h)
{
	const char *copy = NULL;

	__atomic_store_n(&hook, h, __ATOMIC_RELEASE);
	if (h != NULL)
		copy = __atomic_exchange_n(&untold_copy, NULL,
					   __ATOMIC_ACQ_REL);
	if (copy != NULL)
		tell(h, DCTX_EV_SECOND_COPY, DCTX_OK, copy);
}
