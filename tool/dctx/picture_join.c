/* SPDX-License-Identifier: MIT */
/*
 * picture_join.c - from spans as they were read to traces.
 *
 * All by sorting, never by hashing what files say, so that no file can make it
 * slow. Ids may be there twice (two spans of one id are how B3 joins a call's
 * two sides) and parents may go round in a circle: then the circle is cut.
 */
#include "picture.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static int order_of(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* Spans without a trace are one of their process. */
static int by_trace(const struct span *a, const struct span *b)
{
	if (a->has_trace != b->has_trace)
		return a->has_trace ? -1 : 1;
	if (a->has_trace)
		return memcmp(a->trace, b->trace, sizeof a->trace);
	return order_of(a->process, b->process);
}

/* What has no id is all alike. */
static int by_own_id(const struct span *a, const struct span *b)
{
	int order = order_of(a->has_id, b->has_id);

	if (order == 0 && a->has_id)
		order = memcmp(a->id, b->id, sizeof a->id);
	if (order == 0 && a->has_id)
		order = order_of(a->process, b->process);
	return order;
}

/* Of one time, those that came twice are next to each other. */
static int by_time(const void *one, const void *other)
{
	const struct span *a = one, *b = other;
	int order = by_trace(a, b);

	if (order == 0)
		order = order_of(a->start, b->start);
	if (order == 0)
		order = order_of(b->duration, a->duration);
	if (order == 0)
		order = by_own_id(a, b);
	return order != 0 ? order : order_of(a->order, b->order);
}

static bool is_twice(const struct span *a, const struct span *b)
{
	return a->has_id && b->has_id && by_trace(a, b) == 0 &&
	       memcmp(a->id, b->id, sizeof a->id) == 0 &&
	       a->start == b->start && a->duration == b->duration &&
	       a->process == b->process && a->name == b->name;
}

/* A file may have been named twice, too. */
static void leave_twice_out(struct picture *p)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->span_count; i++) {
		if (kept > 0 && is_twice(&p->spans[kept - 1], &p->spans[i])) {
			p->twice++;
			continue;
		}
		p->spans[kept++] = p->spans[i];
	}
	p->span_count = kept;
}

static void number_traces(struct picture *p)
{
	size_t room = 0;

	for (uint32_t i = 0; i < p->span_count; i++) {
		struct span *span = &p->spans[i];

		if (i == 0 || by_trace(span - 1, span) != 0) {
			p->traces = grown_by_one(p->traces, p->trace_count,
						 &room, sizeof *p->traces);
			p->traces[p->trace_count++] = (struct trace){
				.first = i, .start = span->start};
		}
		span->trace_number = p->trace_count - 1;
		p->traces[p->trace_count - 1].count++;
	}
}

/* Traces by when they began, and their spans along with them. */
static int by_start(const void *one, const void *other)
{
	const struct trace *a = one, *b = other;
	int order = order_of(a->start, b->start);

	return order != 0 ? order : order_of(a->first, b->first);
}

static void sort_traces(struct picture *p)
{
	struct span *sorted = grown(NULL, p->span_count * sizeof *p->spans);
	uint32_t at = 0;

	if (p->trace_count > 0)
		qsort(p->traces, p->trace_count, sizeof *p->traces, by_start);
	for (uint32_t i = 0; i < p->trace_count; i++) {
		struct trace *trace = &p->traces[i];

		for (uint32_t k = 0; k < trace->count; k++) {
			sorted[at + k] = p->spans[trace->first + k];
			sorted[at + k].trace_number = i;
		}
		trace->first = at;
		at += trace->count;
	}
	free(p->spans);
	p->spans = sorted;
	p->span_room = p->span_count;
}

/* A span's ids, and where it is. */
struct place {
	unsigned char id[8];
	uint32_t trace, process, span;
};

static int by_id(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	int order = memcmp(a->id, b->id, sizeof a->id);

	if (order == 0)
		order = order_of(a->trace, b->trace);
	if (order == 0)
		order = order_of(a->process, b->process);
	return order != 0 ? order : order_of(a->span, b->span);
}

/* For moments, which do not say of which trace they are. */
static int by_process(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	int order = memcmp(a->id, b->id, sizeof a->id);

	if (order == 0)
		order = order_of(a->process, b->process);
	return order != 0 ? order : order_of(a->span, b->span);
}

struct places {
	struct place *list;
	uint32_t count;
	int (*order)(const void *, const void *);
};

static struct places places_of(const struct picture *p,
			       int (*order)(const void *, const void *))
{
	struct places places = {.order = order};

	places.list = grown(NULL, p->span_count * sizeof *places.list);
	for (uint32_t i = 0; i < p->span_count; i++) {
		const struct span *span = &p->spans[i];
		struct place *place = &places.list[places.count];

		if (!span->has_id)
			continue;
		*place = (struct place){.trace = span->trace_number,
					.process = span->process,
					.span = i};
		memcpy(place->id, span->id, sizeof place->id);
		places.count++;
	}
	qsort(places.list, places.count, sizeof *places.list, order);
	return places;
}

/* The first that is not before `key`. */
static uint32_t first_from(const struct places *places, const struct place *key)
{
	uint32_t low = 0, high = places->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (places->order(&places->list[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The span of that id in this trace, in this process if there is one. */
static uint32_t parent_of(const struct places *places, const struct span *span,
			  uint32_t self)
{
	struct place key = {.trace = span->trace_number,
			    .process = span->process};

	memcpy(key.id, span->parent, sizeof key.id);
	for (int pass = 0; pass < 2; pass++) {
		uint32_t i = first_from(places, &key);
		const struct place *at = &places->list[i];

		if (i < places->count && at->span == self) {
			i++;
			at++;
		}
		if (i < places->count && at->trace == key.trace &&
		    memcmp(at->id, key.id, sizeof key.id) == 0 &&
		    (pass == 1 || at->process == key.process))
			return at->span;
		key.process = 0;
	}
	return NOBODY;
}

static void find_parents(struct picture *p)
{
	struct places places = places_of(p, by_id);

	for (uint32_t i = 0; i < p->span_count; i++)
		if (p->spans[i].has_parent)
			p->spans[i].above = parent_of(&places, &p->spans[i], i);
	free(places.list);
}

/* Walks up from each span, as far as nobody was yet. */
static void cut_circles(struct picture *p)
{
	uint32_t *seen = grown(NULL, p->span_count * sizeof *seen);

	for (uint32_t i = 0; i < p->span_count; i++)
		seen[i] = NOBODY;
	for (uint32_t i = 0; i < p->span_count; i++)
		for (uint32_t at = i; seen[at] == NOBODY;) {
			uint32_t above = p->spans[at].above;

			seen[at] = i;
			if (above == NOBODY)
				break;
			if (seen[above] == i)
				p->spans[at].above = NOBODY;
			at = above;
		}
	free(seen);
}

static int by_thread(const void *one, const void *other)
{
	const struct span *a = *(struct span *const *)one;
	const struct span *b = *(struct span *const *)other;
	int order = order_of(a->thread, b->thread);

	return order != 0 ? order : by_time(a, b);
}

/* Without ids what lies within another on its thread is below it. */
static void nest(struct picture *p, const struct trace *trace)
{
	struct span **list = grown(NULL, trace->count * sizeof *list);
	uint32_t depth = 0, *stack = grown(NULL, trace->count * sizeof *stack);

	for (uint32_t i = 0; i < trace->count; i++)
		list[i] = &p->spans[trace->first + i];
	qsort(list, trace->count, sizeof *list, by_thread);
	for (uint32_t i = 0; i < trace->count; i++) {
		struct span *span = list[i];

		for (; depth > 0; depth--) {
			const struct span *out = &p->spans[stack[depth - 1]];

			if (out->thread == span->thread &&
			    span->start + span->duration <=
				    out->start + out->duration)
				break;
		}
		if (depth > 0)
			span->above = stack[depth - 1];
		stack[depth++] = (uint32_t)(span - p->spans);
	}
	free(stack);
	free(list);
}

/* `last` has for each process the trace that it was last seen in. */
static void sum_up(struct picture *p, uint32_t number, uint32_t *last)
{
	struct trace *trace = &p->traces[number];

	trace->root = NOBODY;
	trace->end = trace->start;
	for (uint32_t i = trace->first; i < trace->first + trace->count; i++) {
		const struct span *span = &p->spans[i];

		if (span->start + span->duration > trace->end)
			trace->end = span->start + span->duration;
		if (span->above == NOBODY && trace->root == NOBODY)
			trace->root = i;
		trace->failed += span_failed(p, span);
		p->processes[span->process].spans++;
		trace->processes += last[span->process] != number;
		last[span->process] = number;
	}
}

static void sum_all_up(struct picture *p)
{
	uint32_t *last = grown(NULL, p->process_count * sizeof *last);

	for (uint32_t i = 0; i < p->process_count; i++)
		last[i] = NOBODY;
	for (uint32_t i = 0; i < p->trace_count; i++)
		sum_up(p, i, last);
	free(last);
}

static int by_span(const void *one, const void *other)
{
	const struct moment *a = one, *b = other;
	int order = order_of(a->span, b->span);

	if (order == 0)
		order = order_of(a->at, b->at);
	if (order == 0)
		order = order_of(a->name, b->name);
	return order != 0 ? order : order_of(a->fields, b->fields);
}

/* Those of spans that came twice did, too. */
static void leave_moments_out(struct picture *p)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->moment_count; i++)
		if (kept == 0 ||
		    by_span(&p->moments[kept - 1], &p->moments[i]) != 0)
			p->moments[kept++] = p->moments[i];
	p->moment_count = kept;
}

static void join_moments(struct picture *p)
{
	struct places places = places_of(p, by_process);

	for (uint32_t i = 0; i < p->moment_count; i++) {
		struct moment *moment = &p->moments[i];
		struct place key = {.process = moment->process};
		uint32_t at;

		memcpy(key.id, moment->id, sizeof key.id);
		at = first_from(&places, &key);
		moment->span = NOBODY;
		if (at < places.count &&
		    places.list[at].process == key.process &&
		    memcmp(places.list[at].id, key.id, sizeof key.id) == 0)
			moment->span = places.list[at].span;
		p->lost_moments += moment->span == NOBODY;
	}
	free(places.list);
	if (p->moment_count > 0)
		qsort(p->moments, p->moment_count, sizeof *p->moments, by_span);
	p->moment_count -= p->lost_moments;
	if (p->twice > 0)
		leave_moments_out(p);
}

void picture_join(struct picture *p)
{
	if (p->span_count > 0)
		qsort(p->spans, p->span_count, sizeof *p->spans, by_time);
	leave_twice_out(p);
	number_traces(p);
	sort_traces(p);
	find_parents(p);
	for (uint32_t i = 0; i < p->trace_count; i++)
		if (!p->spans[p->traces[i].first].has_trace)
			nest(p, &p->traces[i]);
	cut_circles(p);
	sum_all_up(p);
	join_moments(p);
}
