/* SPDX-License-Identifier: MIT */
/*
 * Lines of a baggage, one a line of the input: what is found lies inside, what
 * is written reads back as the same, values decode to UTF-8 that codes back,
 * and what goes on to the next hop arrives there as it left here.
 */
#include "data/utf8.h"
#include "wire/bag.h"
#include "wire/percent.h"

#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

#define LINES 40

DCTX_KEY_BOOL(k_bool, "bool", DCTX_BAGGAGE);
DCTX_KEY_I8(k_i8, "i8", DCTX_BAGGAGE);
DCTX_KEY_U64(k_u64, "u64", DCTX_BAGGAGE);
DCTX_KEY_F32(k_f32, "f32", DCTX_BAGGAGE);
DCTX_KEY_F64(k_f64, "f64", DCTX_BAGGAGE);
DCTX_KEY_STR(k_str, "str", DCTX_BAGGAGE | DCTX_TO_PARTNER);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_BAGGAGE);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dctx_header list[LINES + 1];
static size_t lines;
static char text[20000];

static void must(int condition)
{
	if (!condition)
		abort();
}

/* A line of exactly its size, for the sanitizer. */
static void add_line(const uint8_t *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	must(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	list[lines++] = (dctx_header){{"baggage", 7}, {copy, len}};
}

static void split(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;

	lines = 0;
	while (lines < LINES && data <= end) {
		const uint8_t *stop =
			data < end ? memchr(data, '\n', (size_t)(end - data))
				   : NULL;

		if (stop == NULL)
			stop = end;
		add_line(data, (size_t)(stop - data));
		data = stop + 1;
	}
}

static void found(void *user, const dctx_finding *finding)
{
	(void)user;
	must(strcmp(finding->header, "baggage") == 0 ||
	     finding->effect == DCTX_WITHHELD);
	must(finding->line <= lines);
	if (finding->line < lines)
		must(finding->offset <= list[finding->line].value.len);
	must(dctx_rule_name(finding->rule)[0] != '\0');
	must(dctx_rule_section(finding->rule)[0] != '\0');
}

static const dctx_findings findings = {found, NULL};

/* Whether a view lies in a line. */
static void must_be_in(dctx_bytes part, dctx_bytes line)
{
	uintptr_t from = (uintptr_t)line.data, at = (uintptr_t)part.data;

	if (part.len > 0)
		must(at >= from && at + part.len <= from + line.len);
}

static void value_codes_back(dctx_bytes coded)
{
	char *plain = malloc(coded.len + 1), *again, *back;
	dctx_bytes value;
	size_t n;

	must(plain != NULL);
	value = (dctx_bytes){plain, dctxi_percent_decode(coded, plain).len};
	must(value.len <= coded.len);
	must(dctxi_utf8_valid(value.data, value.len));
	n = dctxi_percent_size(value);
	again = malloc(n + 1);
	back = malloc(n + 1);
	must(again != NULL && back != NULL);
	must(dctxi_percent_encode(value, again) == again + n);
	must(dctxi_percent_decode((dctx_bytes){again, n}, back).len ==
	     value.len);
	must(memcmp(back, plain, value.len) == 0);
	free(plain);
	free(again);
	free(back);
}

static void member_reads_back(const struct dctxi_member *member)
{
	char *out = malloc(member->size);
	struct dctxi_baggage_walk walk;
	struct dctxi_member again;

	must(out != NULL);
	must(dctxi_member_write(member, out) == out + member->size);
	walk = dctxi_baggage_walk((dctx_bytes){out, member->size}, NULL);
	must(dctxi_baggage_next(&walk, &again));
	must(again.size == member->size && again.offset == 0);
	must(again.key.len == member->key.len);
	must(again.value.len == member->value.len);
	must(memcmp(again.value.data, member->value.data, again.value.len) ==
	     0);
	must(!dctxi_baggage_next(&walk, &again));
	free(out);
}

static void walk_line(size_t i)
{
	const struct dctxi_sink sink = {&findings, "baggage", i};
	dctx_bytes line = list[i].value;
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(line, &sink);
	struct dctxi_member member;

	while (dctxi_baggage_next(&walk, &member)) {
		must_be_in(member.key, line);
		must_be_in(member.value, line);
		must_be_in(member.properties, line);
		must(dctxi_baggage_is_key(member.key));
		value_codes_back(member.value);
		member_reads_back(&member);
	}
}

static void lines_make_one(void)
{
	static char once[DCTXI_BAG_BYTES], twice[DCTXI_BAG_BYTES];
	static struct dctxi_bag bag;
	struct dctxi_sink sink = {&findings, "baggage", 0};
	size_t len;

	dctxi_bag_begin(&bag);
	for (; sink.line < lines; sink.line++)
		dctxi_bag_add(&bag, list[sink.line].value, &sink);
	must(bag.count <= DCTXI_BAG_MEMBERS);
	len = dctxi_bag_write(&bag, once);
	must(len == (bag.count > 0 ? bag.bytes + bag.count - 1 : 0));
	must(len <= sizeof once);
	must(dctxi_bag_clean((dctx_bytes){once, len}, NULL, twice) == len);
	must(memcmp(once, twice, len) == 0);
}

/* Extracts what a list has; what is injected then is appended to it, in the
 * place of its one set header. */
static dctx_bytes hop(dctx_headers *headers, dctx_trust trust)
{
	const dctx_propagator *const formats[] = {dctx_w3c_baggage()};
	const dctx_hop over = {.struct_size = sizeof over,
			       .propagators = formats,
			       .propagator_count = 1,
			       .trust = trust,
			       .findings = &findings};
	dctx_carrier carrier = dctx_headers_carrier(headers);
	dctx_guard guard;

	must(dctx_extract(&carrier, &over, &guard) == DCTX_OK);
	headers->count = 0;
	must(dctx_inject(&carrier, &over, NULL) == DCTX_OK);
	dctx_leave(guard);
	must(headers->count <= 1);
	if (headers->count == 0)
		return (dctx_bytes){NULL, 0};
	must(headers->list[0].value.len <= DCTX_BAGGAGE_BYTES);
	return headers->list[0].value;
}

/* What left once leaves always so: after a value was read and written in its
 * own way, it is the same. */
static void goes_on(dctx_trust trust)
{
	dctx_headers headers = {list, lines, LINES + 1, text, sizeof text, 0};
	dctx_header first[2] = {{{"baggage", 7}, {NULL, 0}}};
	dctx_bytes once = hop(&headers, trust), again;

	if (once.data == NULL)
		return;
	first[0].value = once;
	headers.list = first;
	headers.count = 1;
	headers.max = 2;
	lines = 1;
	again = hop(&headers, trust);
	must(again.len == once.len);
	must(memcmp(again.data, once.data, once.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_header kept[LINES];
	size_t n;

	split(data, size);
	n = lines;
	for (size_t i = 0; i < lines; i++)
		walk_line(i);
	lines_make_one();
	memcpy(kept, list, n * sizeof *kept);
	goes_on(DCTX_INTERNAL);
	memcpy(list, kept, n * sizeof *kept);
	lines = n;
	goes_on(DCTX_PARTNER);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)kept[i].value.data);
	return 0;
}
