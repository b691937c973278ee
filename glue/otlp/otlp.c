/* SPDX-License-Identifier: MIT */
/*
 * Theory. A sender is its sink's: all it does but be counted happens on that
 * sink's thread, one call at a time, between dctx_sink_new and its free. What a
 * collector said last, which others may read, is under the lock, as is the list
 * of senders, in which who asks for a sink's counts finds its own. Counts are
 * atomic and of one writer.
 *
 * fork(2) takes the lock. In the child each sender loses its connection at
 * once, so that the collector sees the parent's end; that is all the child does
 * to what may have been under way.
 */
#include "dctx_otlp.h"

#include "gzip.h"
#include "request.h"
#include "resource.h"
#include "verdict.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum count {
	ACCEPTED,
	REJECTED,
	REFUSED,
	NO_MEMORY,
	UNSAMPLED,
	REQUESTS,
	RETRIED,
	GARBLED,
	COUNTS
};

struct sender {
	struct config config;
	struct post post;
	int64_t not_before; /* as the collector asked for */
	_Atomic uint64_t counts[COUNTS];
	/* Under the lock. */
	const dctx_sink *sink;
	struct sender *next;
	int code;
	char last[128];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sender *senders;

static void fork_prepare(void)
{
	(void)pthread_mutex_lock(&lock);
}

static void fork_parent(void)
{
	(void)pthread_mutex_unlock(&lock);
}

static void fork_child(void)
{
	dctxi_otlp_posts_forget();
	for (struct sender *at = senders; at != NULL; at = at->next)
		dctxi_otlp_post_lose(&at->post);
	(void)pthread_mutex_unlock(&lock);
}

/* What a process needs once; what fails is tried again by the next. libcurl is
 * there before its end is asked for: exit(3) goes the other way. */
static dctx_status get_ready(void)
{
	static bool forks, curl, exits;
	dctx_status status = DCTX_OK;

	(void)pthread_mutex_lock(&lock);
	forks = forks ||
		pthread_atfork(fork_prepare, fork_parent, fork_child) == 0;
	curl = curl || curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	exits = exits || (curl && atexit(dctxi_otlp_posts_stop) == 0);
	if (!curl)
		status = DCTX_UNSUPPORTED;
	else if (!forks || !exits)
		status = DCTX_NOMEM;
	(void)pthread_mutex_unlock(&lock);
	return status;
}

static void add(struct sender *sender, enum count which, uint64_t n)
{
	(void)atomic_fetch_add_explicit(&sender->counts[which], n,
					memory_order_relaxed);
}

static void note(struct sender *sender, long code, const char *why)
{
	(void)pthread_mutex_lock(&lock);
	if (code != 0)
		sender->code = (int)code;
	if (why[0] != '\0')
		memcpy(sender->last, why, sizeof sender->last);
	(void)pthread_mutex_unlock(&lock);
}

static dctx_status settle(struct sender *sender, const struct verdict *v,
			  uint64_t spans)
{
	add(sender, REQUESTS, 1);
	add(sender, GARBLED, v->garbled);
	note(sender, sender->post.answer.code, v->why);
	switch (v->what) {
	case VERDICT_LATER:
		add(sender, RETRIED, 1);
		sender->not_before = dctx_deadline_in(v->retry_after);
		return DCTX_BUSY;
	case VERDICT_REFUSED:
		add(sender, REFUSED, spans);
		return DCTX_INVALID;
	default:
		add(sender, ACCEPTED, spans - v->rejected);
		add(sender, REJECTED, v->rejected);
		return DCTX_OK;
	}
}

static dctx_status send_message(struct sender *sender,
				ProtobufCBinaryData message, uint64_t spans,
				int64_t until)
{
	dctx_status status =
		dctxi_otlp_post(&sender->post, &sender->config, message, until);
	struct verdict verdict;

	if (status == DCTX_DEADLINE_EXCEEDED)
		return DCTX_BUSY;
	if (status != DCTX_OK)
		return status;
	dctxi_otlp_judge(&sender->post.answer, spans, &verdict);
	return settle(sender, &verdict, spans);
}

/* A batch without memory is dropped: while it waited for some, those behind it
 * would find no room. */
static dctx_status export_spans(void *user, const dctx_told_span *spans,
				size_t n, int64_t until)
{
	struct sender *sender = user;
	struct arena arena = {.chunks = NULL};
	ProtobufCBinaryData message = {0, NULL};
	dctx_status status;
	size_t said = 0;

	if (dctx_now() < sender->not_before)
		return DCTX_BUSY;
	status = dctxi_otlp_request(
		&arena, dctxi_otlp_resource(&arena, &sender->config), spans, n,
		&message, &said);
	if (status == DCTX_OK && said != 0 && sender->config.gzip)
		status = dctxi_otlp_gzip(&arena, message, &message);
	if (status == DCTX_OK && said != 0)
		status = send_message(sender, message, said, until);
	if (status == DCTX_NOMEM)
		add(sender, NO_MEMORY, n);
	else if (status != DCTX_BUSY)
		add(sender, UNSAMPLED, n - said);
	dctxi_otlp_give_back(&arena);
	return status;
}

static void sender_free(struct sender *sender)
{
	dctxi_otlp_post_end(&sender->post);
	dctxi_otlp_give_back(&sender->config.arena);
	free(sender);
}

static void finish(void *user)
{
	struct sender **at;

	(void)pthread_mutex_lock(&lock);
	for (at = &senders; *at != NULL; at = &(*at)->next) {
		if (*at == user) {
			*at = (*at)->next;
			break;
		}
	}
	(void)pthread_mutex_unlock(&lock);
	sender_free(user);
}

static const dctx_sink_ops ops = {
	.struct_size = sizeof ops,
	.name = "otlp",
	.export_spans = export_spans,
	.free = finish,
};

static dctx_status sender_make(const dctx_otlp_options *options,
			       struct sender **out)
{
	struct sender *sender = calloc(1, sizeof *sender);
	dctx_status status;

	if (sender == NULL)
		return DCTX_NOMEM;
	status = dctxi_otlp_configure(&sender->config, options);
	if (status != DCTX_OK) {
		free(sender);
		return status;
	}
	*out = sender;
	return DCTX_OK;
}

/* It is in the list before its sink has a thread. */
static dctx_status sink_make(struct sender *sender,
			     const dctx_sink_options *options, dctx_sink **out)
{
	dctx_sink *sink;
	dctx_status status;

	(void)pthread_mutex_lock(&lock);
	sender->next = senders;
	senders = sender;
	(void)pthread_mutex_unlock(&lock);
	status = dctx_sink_new(&ops, sender, options, &sink);
	if (status != DCTX_OK) {
		finish(sender);
		return status;
	}
	(void)pthread_mutex_lock(&lock);
	sender->sink = sink;
	(void)pthread_mutex_unlock(&lock);
	*out = sink;
	return DCTX_OK;
}

dctx_status dctx_otlp_new(const dctx_otlp_options *options, dctx_sink **out)
{
	dctx_otlp_options o = {.struct_size = sizeof o};
	struct sender *sender;
	dctx_status status;

	if (out == NULL ||
	    (options != NULL && options->struct_size < sizeof *options))
		return DCTX_INVALID;
	if (options != NULL)
		o = *options;
	status = get_ready();
	if (status == DCTX_OK)
		status = sender_make(&o, &sender);
	if (status == DCTX_OK)
		status = sink_make(sender, o.sink, out);
	return status;
}

static uint64_t count(const struct sender *sender, enum count which)
{
	return atomic_load_explicit(&sender->counts[which],
				    memory_order_relaxed);
}

static void stats_fill(const struct sender *sender, dctx_otlp_stats *out)
{
	const size_t size = out->struct_size;

	*out = (dctx_otlp_stats){
		.struct_size = size,
		.accepted = count(sender, ACCEPTED),
		.rejected = count(sender, REJECTED),
		.refused = count(sender, REFUSED),
		.nomem = count(sender, NO_MEMORY),
		.unsampled = count(sender, UNSAMPLED),
		.requests = count(sender, REQUESTS),
		.retried = count(sender, RETRIED),
		.garbled = count(sender, GARBLED),
		.ignored = sender->config.ignored,
		.code = sender->code,
	};
	memcpy(out->last, sender->last, sizeof out->last);
}

dctx_status dctx_otlp_stats_read(const dctx_sink *sink, dctx_otlp_stats *out)
{
	dctx_status status = DCTX_INVALID;

	if (sink == NULL || out == NULL || out->struct_size < sizeof *out)
		return DCTX_INVALID;
	(void)pthread_mutex_lock(&lock);
	for (const struct sender *at = senders; at != NULL; at = at->next) {
		if (at->sink != sink)
			continue;
		stats_fill(at, out);
		status = DCTX_OK;
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return status;
}
