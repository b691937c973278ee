/* SPDX-License-Identifier: MIT */
/*
 * Nothing is copied for the sinks: what was recorded changes no more, and each
 * copies what it takes. What belongs to the context where it was opened is
 * written down then, in the span's own memory.
 */
#include "trace/span_told.h"

#include "data/utf8.h"
#include "life/ask.h"
#include "plat/clock.h"
#include "plat/fork.h"
#include "plat/thread.h"
#include "trace/sinks.h"

#include <dctx/done.h>
#include <dctx/log.h>

#include <string.h>

/* Names of scopes, with what is between them, are cut to so many bytes. */
#define CHAIN_MAX 1024u

/* The system call once a thread, and again in a fork's child. */
static uint64_t thread_id(void)
{
	struct dctxi_local *local = dctxi_local();
	uint32_t now = dctxi_fork_count() + 1;

	if (local == NULL)
		return dctxi_thread_id();
	if (local->spans.forks != now) {
		local->spans.thread = dctxi_thread_id();
		local->spans.forks = now;
	}
	return local->spans.thread;
}

static const char *chain_of(dctx_span *span, const struct dctx_store *store)
{
	char text[CHAIN_MAX];
	size_t len = dctx_store_chain_text(store, DCTX_TOLD_BETWEEN, text,
					   sizeof text);
	char *copy;

	if (len == 0)
		return "";
	if (len >= sizeof text)
		len = dctxi_utf8_cut(text, sizeof text - 1);
	copy = dctxi_arena_alloc(&span->arena, len + 1);
	if (copy == NULL)
		return "";
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* What log lines say here, as JSON; dctx_log_here gives nothing that is not
 * whole, also without memory. */
static const char *values_of(dctx_span *span)
{
	const char *text = dctx_log_here(DCTX_LOG_JSON);
	size_t len = strlen(text);
	char *copy;

	if (len == 0)
		return "";
	copy = dctxi_arena_alloc(&span->arena, len + 1);
	return copy != NULL ? memcpy(copy, text, len + 1) : "";
}

void dctxi_span_told_begin(dctx_span *span, struct dctx_store *store)
{
	span->thread = thread_id();
	/* A thread's own has none around it. */
	span->task = store->outer != NULL ? dctx_store_id(store) : 0;
	span->chain = chain_of(span, store);
	span->values = values_of(span);
	span->deadline = store->deadline;
	span->cell = NULL;
	if (store->cell != NULL)
		span->cell = dctxi_cell_of(store->cell);
	dctxi_cell_hold(span->cell);
}

/* Why its context is over by now, or NULL. */
static const char *cause_of(const dctx_span *span, char *buf, size_t size)
{
	const struct dctx_cell *cell = NULL;
	dctx_cause_info info;

	if (span->cell != NULL)
		cell = &span->cell->abi;
	if (dctxi_is_far(cell, span->deadline))
		return NULL;
	if (dctxi_cause_read(cell, span->deadline, &info) == DCTX_OK)
		return NULL;
	(void)dctx_cause_text(&info, buf, size);
	return buf;
}

void dctxi_span_told_end(dctx_span *span, int64_t ended)
{
	const struct dctxi_recorded *r = &span->recorded;
	int64_t to_unix = dctxi_clock_to_unix(ended);
	char cause[512];
	dctx_told_span told = {
		.struct_size = sizeof told,
		.site = span->site,
		.kind = span->kind,
		.trace = span->head.trace,
		.parent_is_remote = span->remote,
		.began = span->began,
		.ended = ended,
		.began_unix = span->began + to_unix,
		.ended_unix = ended + to_unix,
		.status = r->status,
		.status_text = r->status_text,
		.fields = r->field,
		.field_count = r->fields,
		.events = r->event,
		.event_count = r->events,
		.links = r->link,
		.link_count = r->links,
		.dropped_fields = r->dropped_fields,
		.dropped_events = r->dropped_events,
		.dropped_links = r->dropped_links,
		.thread = span->thread,
		.task = span->task,
		.chain = span->chain,
		.values = span->values,
		.deadline = span->deadline,
		.cause = cause_of(span, cause, sizeof cause),
	};

	memcpy(told.parent, span->parent, sizeof told.parent);
	dctxi_sinks_tell(&told);
}
