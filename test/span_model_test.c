/* SPDX-License-Identifier: MIT */
/*
 * span_model_test.c - plays random schedules of spans, scopes, attaches and
 * traces against a model that is as simple as it can be: a list of frames, each
 * with what was put into it, the newest first.
 */
#include "spans.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U32(k_num, "span.model.num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "span.model.text", DCTX_LOCAL);

#define SPANS 5
#define FRAMES 40
#define ITEMS 400
#define SNAPSHOTS 4

/* A span, of which the trace is the same; or a trace that was set, above them,
 * or 0: taken away. */
struct item {
	int what;
	bool span, parked;
	uint64_t top;
	bool shown; /* when it was left: its trace */
};

struct frame {
	dctx_guard guard;
	uint64_t id;
	bool level;
	int base_span, base_trace; /* of a level */
	struct item item[ITEMS];
	int items;
};

struct model {
	struct frame frame[FRAMES];
	int frames;
	uint64_t ids;
	struct {
		dctx_snapshot *snapshot;
		int span, trace;
	} kept[SNAPSHOTS];
	dctx_span *span[SPANS + 1];
	int traces;
};

static struct model m;

static uint32_t seed;

static uint32_t roll(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static struct frame *top(void)
{
	return &m.frame[m.frames - 1];
}

static bool in_force(const struct item *item, bool trace)
{
	return !item->parked && (trace || item->span);
}

/* What shows, of a span or of a trace; *out_item is it, or NULL. */
static int visible(bool trace, const struct item **out_item)
{
	*out_item = NULL;
	for (int f = m.frames - 1; f >= 0; f--) {
		struct frame *frame = &m.frame[f];

		for (int i = 0; i < frame->items; i++)
			if (in_force(&frame->item[i], trace)) {
				*out_item = &frame->item[i];
				return frame->item[i].what;
			}
		if (frame->level)
			return trace ? frame->base_trace : frame->base_span;
	}
	return 0;
}

static void push(struct frame *frame, struct item item)
{
	assert_true(frame->items < ITEMS);
	memmove(&frame->item[1], &frame->item[0],
		(size_t)frame->items++ * sizeof item);
	frame->item[0] = item;
}

static struct item pull(struct frame *frame, int i)
{
	struct item item = frame->item[i];

	memmove(&frame->item[i], &frame->item[i + 1],
		(size_t)(--frame->items - i) * sizeof item);
	return item;
}

static dctx_trace trace_of(int n)
{
	dctx_trace trace = {.flags = DCTX_TRACE_SAMPLED};

	if (n <= SPANS) {
		dctx_span_trace(m.span[n], &trace);
		return trace;
	}
	trace.trace_id[0] = 1;
	memcpy(trace.span_id, &n, sizeof n);
	return trace;
}

static void agree(void)
{
	const struct item *item;
	int span = visible(false, &item), trace = visible(true, &item);
	dctx_trace is, should;

	assert_ptr_equal(dctx_span_current(), m.span[span]);
	assert_int_equal(dctx_trace_get(&is), trace != 0);
	if (trace == 0)
		return;
	should = trace_of(trace);
	assert_memory_equal(is.span_id, should.span_id, 8);
	assert_memory_equal(is.trace_id, should.trace_id, 16);
}

static void open_frame(dctx_guard guard, bool level, int span, int trace)
{
	struct frame *frame = &m.frame[m.frames++];

	frame->guard = guard;
	frame->id = ++m.ids;
	frame->level = level;
	frame->base_span = span;
	frame->base_trace = trace;
	frame->items = 0;
}

static void enter_scope(void)
{
	if (m.frames < FRAMES)
		open_frame(dctx_enter("scope"), false, 0, 0);
}

static void leave_scope(void)
{
	if (m.frames > 1)
		dctx_leave(m.frame[--m.frames].guard);
}

static void retire_scope(void)
{
	int n = m.frames > 1 ? 1 + (int)roll((uint32_t)m.frames - 1) : 0;

	if (n == 0 || m.frame[n].level)
		return;
	assert_int_equal(dctx_scope_retire(m.frame[n].guard), DCTX_OK);
	memmove(&m.frame[n], &m.frame[n + 1],
		(size_t)(--m.frames - n) * sizeof m.frame[0]);
}

static bool would_show(const struct item *item, bool trace)
{
	const struct item *shown;

	(void)visible(trace, &shown);
	return shown == item;
}

/* Whether a parked one is as it was when it comes in force. */
static bool fits(struct frame *frame, int i)
{
	struct item *item = &frame->item[i], before = *item;
	bool does;

	(void)pull(frame, i);
	push(frame, before);
	frame->item[0].parked = false;
	does = before.top == top()->id && would_show(&frame->item[0], false) &&
	       (!before.shown || would_show(&frame->item[0], true));
	(void)pull(frame, 0);
	memmove(&frame->item[i + 1], &frame->item[i],
		(size_t)(frame->items++ - i) * sizeof before);
	frame->item[i] = before;
	return does;
}

static bool is_parked(const struct item *item, int span)
{
	return item->span && item->parked && item->what == span;
}

/* What does not fit goes; of the rest the outermost comes in force. */
static bool resume(int span)
{
	struct item item;

	for (int f = 0; f < m.frames; f++)
		for (int i = m.frame[f].items - 1; i >= 0; i--)
			if (is_parked(&m.frame[f].item[i], span) &&
			    !fits(&m.frame[f], i))
				(void)pull(&m.frame[f], i);
	for (int f = 0; f < m.frames; f++)
		for (int i = m.frame[f].items - 1; i >= 0; i--)
			if (is_parked(&m.frame[f].item[i], span)) {
				item = pull(&m.frame[f], i);
				item.parked = false;
				push(&m.frame[f], item);
				return true;
			}
	return false;
}

static void enter_span(void)
{
	int span = 1 + (int)roll(SPANS);

	dctx_span_enter(m.span[span]);
	if (!resume(span))
		push(top(), (struct item){.what = span, .span = true});
	assert_ptr_equal(dctx_span_current(), m.span[span]);
}

static void leave_span(void)
{
	int span = 1 + (int)roll(SPANS);

	dctx_span_leave(m.span[span]);
	for (int f = m.frames - 1; f >= 0; f--)
		for (int i = 0; i < m.frame[f].items; i++) {
			struct item *item = &m.frame[f].item[i];

			if (!in_force(item, false) || item->what != span)
				continue;
			item->shown = would_show(item, true);
			item->top = top()->id;
			item->parked = true;
			return;
		}
}

/* A scope's trace takes the place of what it set before, not of spans'. */
static void put_trace(int what)
{
	struct frame *frame = top();

	for (int i = 0; i < frame->items; i++)
		if (!frame->item[i].span) {
			(void)pull(frame, i);
			break;
		}
	push(frame, (struct item){.what = what});
}

static void set_trace(void)
{
	const struct item *item;
	dctx_trace trace;

	if (roll(3) == 0) {
		if (visible(true, &item) == 0)
			return;
		assert_int_equal(dctx_trace_set(NULL), DCTX_OK);
		put_trace(0);
		return;
	}
	trace = trace_of(SPANS + 1 + ++m.traces);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	put_trace(SPANS + 1 + m.traces);
}

static void capture(void)
{
	uint32_t n = roll(SNAPSHOTS);
	const struct item *item;

	dctx_snapshot_unref(m.kept[n].snapshot);
	m.kept[n].snapshot = dctx_capture_here();
	assert_non_null(m.kept[n].snapshot);
	m.kept[n].span = visible(false, &item);
	m.kept[n].trace = visible(true, &item);
}

static void attach(void)
{
	uint32_t n = roll(SNAPSHOTS);
	dctx_guard guard;

	if (m.kept[n].snapshot == NULL || m.frames == FRAMES)
		return;
	assert_int_equal(dctx_attach(m.kept[n].snapshot, &guard), DCTX_OK);
	open_frame(guard, true, m.kept[n].span, m.kept[n].trace);
}

static void set_something(void)
{
	if (roll(2))
		dctx_set(k_num, roll(100));
	else
		dctx_set(k_text, "some text");
}

static void begin(uint32_t first)
{
	static const dctx_span_site site = {"s", NULL, DCTX_LEVEL_INFO,
					    __FILE__, __LINE__};

	memset(&m, 0, sizeof m);
	seed = first;
	for (int i = 1; i <= SPANS; i++)
		m.span[i] = dctx_span_open(&site, NULL, NULL, 0);
	open_frame((dctx_guard){NULL, 0}, false, 0, 0);
}

static void end(void)
{
	const struct item *item;

	for (int i = 1; i <= SPANS; i++)
		dctx_span_close(dctx_span_ref(m.span[i]));
	/* What is closed is left here, but what was attached shows it still. */
	for (int f = 0; f < m.frames; f++)
		m.frame[f].items = 0;
	assert_ptr_equal(dctx_span_current(), m.span[visible(false, &item)]);
	for (int i = 1; i <= SPANS; i++)
		dctx_span_unref(m.span[i]);
	for (int i = 0; i < SNAPSHOTS; i++)
		dctx_snapshot_unref(m.kept[i].snapshot);
	assert_int_equal(dctx_clear(), DCTX_OK);
}

static void random_schedules_are_as_the_model_has_them(void **state)
{
	static const struct {
		void (*play)(void);
		uint32_t weight;
	} acts[] = {
		{enter_span, 6},    {leave_span, 6},   {enter_scope, 4},
		{leave_scope, 3},   {retire_scope, 1}, {set_trace, 2},
		{set_something, 3}, {capture, 2},      {attach, 1},
	};

	(void)state;
	dctxt_spans_begin();
	for (uint32_t round = 0; round < 5000; round++) {
		begin(round);
		for (int i = 0; i < 60; i++) {
			uint32_t n = roll(28), act = 0;

			while (n >= acts[act].weight)
				n -= acts[act++].weight;
			acts[act].play();
			agree();
		}
		end();
	}
	dctxt_spans_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(random_schedules_are_as_the_model_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
