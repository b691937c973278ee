/* SPDX-License-Identifier: MIT */
/*
 * ops_bulk.c - what a byte of a long header costs: good ones, and those that
 * somebody wrote to be slow. The limit is twice a byte's cost in the shortest
 * of the same kind: the longest must not cost more, or time is not linear.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 1024
#define LONGEST 8192
/* Of one line: the shortest there are. */
#define LINE 8

/* A header in one line or many. */
struct bulk {
	char text[LONGEST + 64];
	dctx_bytes line[LONGEST / LINE + 1];
	size_t lines;
};

static struct bulk shortest, asked, *at;
static const dctx_propagator *format;
static bool with_parent;

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	static const char parent[] =
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

	(void)user;
	if (with_parent && name[5] == 'p') {
		*values = (dctx_bytes){parent, sizeof(parent) - 1};
		return 1;
	}
	for (size_t i = 0; i < at->lines && i < room; i++)
		values[i] = at->line[i];
	return at->lines;
}

static void parse(uint64_t turns)
{
	const dctx_carrier from = {.struct_size = sizeof(from), .get = get};
	const dctx_hop hop = {.struct_size = sizeof(hop),
			      .propagators = &format,
			      .propagator_count = 1};

	while (turns--) {
		dctx_guard guard;

		must(dctx_extract(&from, &hop, &guard));
		dctx_leave(guard);
	}
}

static void parse_shortest(uint64_t turns)
{
	at = &shortest;
	parse(turns);
}

static void parse_asked(uint64_t turns)
{
	at = &asked;
	parse(turns);
}

/* Fills a text with what `piece` makes of 0, 1, 2..., each of them whole. */
static void fill(struct bulk *bulk, size_t size,
		 int (*piece)(char *out, size_t left, int i))
{
	size_t len = 0;

	for (int i = 0;; i++) {
		int more = piece(bulk->text + len, LONGEST + 64 - len, i);

		if (len + (size_t)more > size)
			break;
		len += (size_t)more;
	}
	bulk->line[0] = (dctx_bytes){bulk->text, len};
	bulk->lines = 1;
}

static int a_member(char *out, size_t left, int i)
{
	return snprintf(out, left, "%sbench.x.%04d=sixteen-bytes-..",
			i > 0 ? "," : "", i);
}

static int a_coded_member(char *out, size_t left, int i)
{
	return snprintf(out, left, "%sbench.s.%04d=%%41%%42%%c3%%a9%%20%%2C",
			i > 0 ? "," : "", i % 8);
}

static int a_short_member(char *out, size_t left, int i)
{
	return snprintf(out, left, "%sk%03d=v", i > 0 ? "," : "", i % 1000);
}

static int the_same_member(char *out, size_t left, int i)
{
	(void)i;
	return snprintf(out, left, "same=%d,", i % 10);
}

static int a_property(char *out, size_t left, int i)
{
	return snprintf(out, left, i > 0 ? ";p%d" : "key=value", i % 10);
}

static int a_comma(char *out, size_t left, int i)
{
	(void)i;
	return snprintf(out, left, ",");
}

static int a_percent(char *out, size_t left, int i)
{
	return snprintf(out, left, i > 0 ? "%%" : "bench.s.0000=");
}

static int a_space(char *out, size_t left, int i)
{
	return snprintf(out, left, i > 0 ? " " : "key");
}

static int a_line(char *out, size_t left, int i)
{
	return snprintf(out, left, "k%03d=v  ", i % 1000);
}

/* As many lines as there are pieces of LINE bytes. */
static void cut_to_lines(struct bulk *bulk)
{
	size_t len = bulk->line[0].len;

	for (bulk->lines = 0; bulk->lines < len / LINE; bulk->lines++)
		bulk->line[bulk->lines] =
			(dctx_bytes){bulk->text + bulk->lines * LINE, LINE};
}

/* Always 32 members, with values that are longer and longer. */
static void fill_state(struct bulk *bulk, size_t size)
{
	size_t len = 0, value = size / 32 - sizeof("vendor-00=");

	for (int i = 0; i < 32; i++) {
		len += (size_t)snprintf(bulk->text + len, LONGEST + 64 - len,
					"%svendor-%02d=", i > 0 ? "," : "", i);
		memset(bulk->text + len, 'v', value);
		len += value;
	}
	bulk->line[0] = (dctx_bytes){bulk->text, len};
	bulk->lines = 1;
}

static const struct kind {
	const char *name;
	int (*piece)(char *out, size_t left, int i);
} kinds[] = {
	{"members", a_member},	    {"coded", a_coded_member},
	{"short", a_short_member},  {"same", the_same_member},
	{"properties", a_property}, {"commas", a_comma},
	{"percents", a_percent},    {"spaces", a_space},
	{"lines", a_line},
};

static void make(struct bulk *bulk, size_t size)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (param_is("input", kinds[i].name))
			fill(bulk, size, kinds[i].piece);
	if (param_is("input", "lines"))
		cut_to_lines(bulk);
	if (param_is("input", "state"))
		fill_state(bulk, size);
	must_be(bulk->lines > 0, "an input");
}

static void bulk_setup(void)
{
	size_t size = (size_t)param("kib") * 1024;

	must_be(size >= SHORTEST && size <= LONGEST, "such a length");
	register_texts(8);
	with_parent = param_is("input", "state");
	format = with_parent ? dctx_w3c_trace() : dctx_w3c_baggage();
	bad_headers_are_meant = true;
	make(&shortest, SHORTEST);
	make(&asked, size);
}

static size_t bytes_of(const struct bulk *bulk)
{
	size_t bytes = 0;

	for (size_t i = 0; i < bulk->lines; i++)
		bytes += bulk->line[i].len;
	return bytes;
}

/* Both lengths in turn. */
static double a_byte(void)
{
	double ns[REPEATS], least[REPEATS];
	struct timing timing;

	for (int i = 0; i < REPEATS; i++) {
		engine_time(parse_shortest, NULL, 1, &timing);
		least[i] = timing.ns / (double)bytes_of(&shortest);
		engine_time(parse_asked, NULL, 1, &timing);
		ns[i] = timing.ns / (double)bytes_of(&asked);
	}
	beside.limit = 2 * median(least, REPEATS);
	snprintf(beside.formula, sizeof(beside.formula), "2 x of 1 KiB");
	return median(ns, REPEATS);
}

#define INPUTS                                                                 \
	"members,coded,short,state,same,properties,commas,percents,spaces,"    \
	"lines"

const struct op bulk_ops[] = {
	{"header_byte",
	 "input=" INPUTS " kib=1,2,4,8 unit=ns_a_byte",
	 {{0}, 0},
	 ANY,
	 ANY,
	 bulk_setup,
	 NULL,
	 NULL,
	 a_byte},
	{0},
};
