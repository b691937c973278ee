/* SPDX-License-Identifier: MIT */
/*
 * Lines of a tracestate, divided by line feeds: read as if commas joined them;
 * what is kept is written and read as the same, member by member, and a vendor
 * finds in it what it put there.
 */
#include "data/trace.h"
#include "wire/tracestate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 64, ROOM = DCTXI_STATE_MEMBERS * 514 };

static dctx_bytes lines[LINES];
static size_t count;
static size_t told;

static void must(int condition)
{
	if (!condition)
		abort();
}

static void hear(void *user, const dctx_finding *finding)
{
	const dctx_bytes *of = user;

	must(finding->line < count || of != lines);
	must(finding->offset <= of[finding->line].len);
	must(finding->what.len <= DCTXI_STATE_KEY);
	told++;
}

static bool reads(const dctx_bytes *of, size_t n, struct dctxi_tracestate *out)
{
	const dctx_findings listener = {hear, (void *)(uintptr_t)of};
	const struct dctxi_sink sink = {&listener, "tracestate", 0};
	bool good;

	told = 0;
	good = dctxi_tracestate_read(of, n, &sink, out);
	must(good || told > 0);
	if (good) {
		must(out->count <= out->seen &&
		     out->seen <= DCTXI_STATE_MEMBERS);
		dctxi_tracestate_cut(out, &sink);
		must(dctxi_tracestate_len(out) <= DCTXI_STATE_MAX);
	}
	return good;
}

/* Each line in a block of its own, for the sanitizer. */
static void divide(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *stop;

	count = 0;
	for (const uint8_t *at = data; count < LINES; at = stop + 1) {
		size_t left = (size_t)(end - at);
		char *copy;

		stop = left > 0 ? memchr(at, '\n', left) : NULL;
		if (stop == NULL || count == LINES - 1)
			stop = end;
		left = (size_t)(stop - at);
		copy = malloc(left + 1);
		must(copy != NULL);
		if (left > 0)
			memcpy(copy, at, left);
		lines[count++] =
			(dctx_bytes){realloc(copy, left > 0 ? left : 1), left};
		if (stop == end)
			break;
	}
}

static char *joined(size_t *out_len)
{
	size_t len = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		len += lines[i].len + 1;
	text = malloc(len);
	must(text != NULL);
	len = 0;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text[len++] = ',';
		if (lines[i].len > 0)
			memcpy(text + len, lines[i].data, lines[i].len);
		len += lines[i].len;
	}
	*out_len = len;
	return text;
}

static void must_be_the_same(const struct dctxi_tracestate *a,
			     const struct dctxi_tracestate *b)
{
	must(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const dctx_bytes *x = &a->member[i].text;
		const dctx_bytes *y = &b->member[i].text;

		must(a->member[i].key_len == b->member[i].key_len);
		must(x->len == y->len && memcmp(x->data, y->data, x->len) == 0);
	}
}

/* A vendor's member goes in front and is found, and so are the others. */
static void a_vendor_finds_its_member(dctx_bytes state)
{
	char buf[ROOM], back[ROOM];
	size_t len = 0, end = 0;
	dctx_bytes value;

	must(dctx_tracestate_set(state, "me@fuzz", "1 2", buf, sizeof buf,
				 &len) == DCTX_OK);
	must(len <= DCTXI_STATE_MAX && memcmp(buf, "me@fuzz=1 2", 11) == 0);
	must(dctxi_tracestate_valid((dctx_bytes){buf, len}));
	must(dctx_tracestate_get((dctx_bytes){buf, len}, "me@fuzz", &value));
	must(value.len == 3 && memcmp(value.data, "1 2", 3) == 0);
	must(dctx_tracestate_set((dctx_bytes){buf, len}, "me@fuzz", NULL, back,
				 sizeof back, &end) == DCTX_OK);
	must(end == (len > 11 ? len - 12 : 0));
	must(end == 0 || memcmp(back, buf + 12, end) == 0);
	must(!dctx_tracestate_get((dctx_bytes){back, end}, "me@fuzz", &value));
}

static void what_is_kept_is_sound(const struct dctxi_tracestate *state)
{
	size_t len = dctxi_tracestate_len(state);
	struct dctxi_tracestate again;
	char *text = malloc(len > 0 ? len : 1);
	dctx_bytes one = {text, len}, view;

	must(text != NULL);
	dctxi_tracestate_write(state, text);
	must(reads(&one, 1, &again) && told == 0);
	must_be_the_same(state, &again);
	must(dctxi_tracestate_view(&again, &view) && view.len == len);
	must(len == 0 || view.data == text);
	must(dctxi_tracestate_valid(one));
	if (dctxi_tracestate_view(state, &view)) {
		must(view.len == len);
		must(len == 0 || memcmp(view.data, text, len) == 0);
	}
	a_vendor_finds_its_member(one);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dctxi_tracestate state, other;
	dctx_bytes one;
	char *text;
	bool good;

	divide(data, size);
	text = joined(&one.len);
	one.data = text;
	good = reads(lines, count, &state);
	must(reads(&one, 1, &other) == good);
	if (good) {
		must_be_the_same(&state, &other);
		what_is_kept_is_sound(&state);
	}
	free(text);
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)lines[i].data);
	return 0;
}
