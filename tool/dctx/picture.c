/* SPDX-License-Identifier: MIT */
#include "picture.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than this a browser would not take as one page. */
#define TEXT_MAX ((size_t)256 << 20)

/* So many threads, and processes, there may be of however few spans. */
#define PLACES_LEAST 65536

struct span *picture_span(struct picture *p)
{
	struct span *span;

	p->spans = grown_by_one(p->spans, p->span_count, &p->span_room,
				sizeof *p->spans);
	span = &p->spans[p->span_count];
	span->order = p->span_count++;
	span->deadline = NO_TIME;
	span->above = NOBODY;
	return span;
}

struct moment *picture_moment(struct picture *p)
{
	p->moments = grown_by_one(p->moments, p->moment_count, &p->moment_room,
				  sizeof *p->moments);
	return &p->moments[p->moment_count++];
}

struct source *picture_source(struct picture *p, const char *name)
{
	struct source *source;

	p->sources = grown_by_one(p->sources, p->source_count, &p->source_room,
				  sizeof *p->sources);
	source = &p->sources[p->source_count++];
	source->name = strings_put(&p->strings, name, strlen(name));
	return source;
}

static uint32_t add_process(struct picture *p, const struct process *process)
{
	p->processes = grown_by_one(p->processes, p->process_count,
				    &p->process_room, sizeof *p->processes);
	p->processes[p->process_count] = *process;
	return p->process_count++;
}

/* Where it stands which process a number of the present source is. */
static uint32_t *process_of(struct picture *p, int64_t pid)
{
	char text[64];
	int len = snprintf(text, sizeof text, "%" PRIu32 ":%" PRId64,
			   p->source_count, pid);
	uint32_t key = strings_put(&p->process_keys, text, (size_t)len);

	if (key > p->key_count) {
		p->process_of = grown_by_one(p->process_of, p->key_count++,
					     &p->key_room,
					     sizeof *p->process_of);
		p->process_of[key - 1] =
			add_process(p, &(struct process){.pid = pid});
	}
	return &p->process_of[key - 1];
}

uint32_t picture_process(struct picture *p, int64_t pid)
{
	return *process_of(p, pid);
}

/* Who has no name yet may have any. */
static bool is_same(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->host == b->host && a->boot == b->boot &&
	       (a->name == b->name || a->name == 0 || b->name == 0);
}

/* The process that is like this one: looked for not too long, what it is now,
 * or a new one. */
static void become(struct picture *p, uint32_t *of, const struct process *like)
{
	uint32_t most = p->process_count < 4096 ? p->process_count : 4096, i;

	for (i = 0; i < most && !is_same(&p->processes[i], like);)
		i++;
	if (i == most)
		i = is_same(&p->processes[*of], like) ? *of
						      : add_process(p, like);
	if (p->processes[i].name == 0)
		p->processes[i].name = like->name;
	*of = i;
}

void picture_name_process(struct picture *p, int64_t pid, uint32_t name)
{
	uint32_t *of = process_of(p, pid);
	struct process like = p->processes[*of];

	if (name == 0)
		return;
	like.name = name;
	if (like.boot == 0)
		p->processes[*of] = like;
	else
		become(p, of, &like);
}

void picture_place_process(struct picture *p, int64_t pid, uint32_t host,
			   uint32_t boot)
{
	uint32_t *of = process_of(p, pid);
	struct process like = p->processes[*of];

	if (boot == 0)
		return;
	like.host = host;
	like.boot = boot;
	if (p->processes[*of].boot == 0)
		p->processes[*of] = like;
	become(p, of, &like);
}

uint32_t picture_thread(struct picture *p, uint32_t process, int64_t tid)
{
	char text[64];
	int len = snprintf(text, sizeof text, "%" PRIu32 ":%" PRId64, process,
			   tid);
	uint32_t key = strings_put(&p->thread_keys, text, (size_t)len);

	if (key > p->thread_count) {
		p->threads = grown_by_one(p->threads, p->thread_count,
					  &p->thread_room, sizeof *p->threads);
		p->threads[p->thread_count++] =
			(struct thread){.process = process, .tid = tid};
	}
	return key - 1;
}

/* Threads may be named, and processes, in which nothing was. */
bool picture_full(const struct picture *p)
{
	uint64_t places = p->limit > PLACES_LEAST ? p->limit : PLACES_LEAST;

	return (uint64_t)p->span_count + p->moment_count >= p->limit ||
	       p->process_count >= places || p->thread_count >= places ||
	       p->strings.used >= TEXT_MAX;
}

dctx_bytes picture_text(const struct picture *p, uint32_t number)
{
	return strings_at(&p->strings, number);
}

bool span_failed(const struct picture *p, const struct span *span)
{
	dctx_bytes status = picture_text(p, span->status);

	return status.len > 0 &&
	       (status.len != strlen("DCTX_OK") ||
		memcmp(status.data, "DCTX_OK", status.len) != 0);
}

static bool begins_so(const struct span *span, const char *prefix)
{
	char hex[33];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", span->trace[i]);
	return span->has_trace && strncmp(hex, prefix, strlen(prefix)) == 0;
}

uint32_t picture_keep(struct picture *p, const char *prefix)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->span_count; i++)
		if (begins_so(&p->spans[i], prefix))
			p->spans[kept++] = p->spans[i];
	p->span_count = kept;
	return kept;
}

uint32_t picture_moments(const struct picture *p, uint32_t span,
			 uint32_t *count)
{
	uint32_t low = 0, high = p->moment_count, end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (p->moments[middle].span < span)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < p->moment_count && p->moments[end].span == span;)
		end++;
	*count = end - low;
	return low;
}

void picture_free(struct picture *p)
{
	strings_free(&p->strings);
	strings_free(&p->process_keys);
	strings_free(&p->thread_keys);
	free(p->spans);
	free(p->moments);
	free(p->processes);
	free(p->process_of);
	free(p->threads);
	free(p->traces);
	free(p->sources);
	*p = (struct picture){.limit = 0};
}
