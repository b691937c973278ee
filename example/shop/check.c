/* SPDX-License-Identifier: MIT */
/*
 * check.c - finds every mix-up in what a run left behind: shop_check FOLDER
 * reads FOLDER/answers and FOLDER/{gateway,pricing,stock}.log.
 *
 * The answers file says which tenant was sent with which id. Every part of an
 * answer and every log line must name that tenant, its own id, the trace that
 * began with the request and no other did, and the chain of the place it comes
 * from; and no line may be missing or too many. Links no dctx, so that it
 * cannot share a mistake with it.
 */
#include "check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far one came that was cut off nobody knows. */
#define ANY (~0u)

/* How many lines one request leaves, and where; one that posts a basket. */
static const struct place {
	const char *process;
	const char *chain;
	unsigned lines;
	unsigned of_basket;
} places[] = {
	{"gateway", "gateway > GET /checkout", 1, 0},
	{"gateway", CHECKED_OUT, 3, 0},
	{"pricing", CHECKED_OUT " > " PRICED, 1, 0},
	{"pricing", CHECKED_OUT " > " PRICED " > discount", 1, 0},
	{"stock", CHECKED_OUT " > " RESERVED, 1, 0},
	{"stock", CHECKED_OUT " > " RESERVED " > reserve", 1, 0},
	{"gateway", "gateway > POST /checkout", 0, 1},
	{"gateway", BASKET, 0, 1},
	{"gateway", BASKET " > item", 0, ANY},
	{"pricing", BASKET " > item > " PRICED, 0, ANY},
	{"pricing", BASKET " > item > " PRICED " > discount", 0, ANY},
	{"stock", BASKET " > item > " RESERVED, 0, ANY},
	{"stock", BASKET " > item > " RESERVED " > reserve", 0, ANY},
};
#define PLACES (sizeof(places) / sizeof(*places))
#define SHOWN 6

static unsigned mix_ups;

const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "(none)";
}

json_int_t number_of(const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);

	return json_is_integer(number) ? json_integer_value(number) : -1;
}

void mix_up(const json_t *sent, const char *where, const char *what,
	    const char *found)
{
	if (++mix_ups <= SHOWN)
		printf("mix-up: %s, sent with tenant %" PRId64 ": %s %s %s\n",
		       text_of(sent, "request_id"),
		       (int64_t)number_of(sent, "tenant"), where, what, found);
	else if (mix_ups == SHOWN + 1)
		printf("mix-up: ... and more\n");
}

/* What the gateway said; NULL when it was not heard. */
static const char *trace_of(const json_t *sent)
{
	return json_string_value(
		json_object_get(json_object_get(sent, "answer"), "trace"));
}

/* A guest has none: lines say so by leaving it out. */
static json_int_t tenant_of(const json_t *found)
{
	return json_object_get(found, "tenant") != NULL
		       ? number_of(found, "tenant") : 0;
}

void check_context(const json_t *sent, const char *where, const json_t *found,
		   const char *chain)
{
	const char *id = text_of(found, "request_id");
	json_int_t tenant = tenant_of(found);
	const char *trace = trace_of(sent);
	const char *its = json_object_get(found, "trace_id") != NULL
				  ? text_of(found, "trace_id")
				  : text_of(found, "trace");
	char number[24];

	if (strcmp(id, text_of(sent, "request_id")) != 0) {
		mix_up(sent, where, "bears request id", id);
	} else if (tenant != number_of(sent, "tenant")) {
		snprintf(number, sizeof(number), "%" PRId64, (int64_t)tenant);
		mix_up(sent, where, "bears tenant", number);
	} else if (trace != NULL && strcmp(trace, its) != 0) {
		mix_up(sent, where, "bears trace", its);
	} else if (chain != NULL &&
		   strcmp(chain, text_of(found, "chain")) != 0) {
		mix_up(sent, where, "bears chain", text_of(found, "chain"));
	}
}

/* One that must be cut off: 504, with the cause, from the gateway. */
static void check_cut_off(const json_t *sent)
{
	const json_t *answer = json_object_get(sent, "answer");
	const char *cause = text_of(answer, "error");

	if (number_of(sent, "status") != 504)
		mix_up(sent, "answer", "is no 504 but",
		       number_of(sent, "status") == 200 ? "200" : cause);
	if (strstr(cause, "too slow") == NULL &&
	    strstr(cause, "deadline") == NULL)
		mix_up(sent, "answer", "names no such cause:", cause);
	check_context(sent, "gateway's answer", answer, CHECKED_OUT);
}

static void check_answer(const json_t *sent)
{
	const json_t *answer = json_object_get(sent, "answer");

	if (json_is_true(json_object_get(sent, "slow"))) {
		check_cut_off(sent);
		return;
	}
	if (json_is_array(json_object_get(sent, "basket"))) {
		check_basket(sent);
		return;
	}
	if (number_of(sent, "status") != 200)
		mix_up(sent, "answer", "is no 200 but", json_is_object(answer)
				? text_of(answer, "error") : "nothing");
	check_context(sent, "gateway's answer", answer, CHECKED_OUT);
	check_context(sent, "pricing's answer",
		      json_object_get(answer, "pricing"),
		      CHECKED_OUT " > " PRICED " > discount");
	check_context(sent, "stock's answer", json_object_get(answer, "stock"),
		      CHECKED_OUT " > " RESERVED " > reserve");
	check_cost(sent, cost_of(sent, "book"));
}

static size_t place_of(const json_t *line)
{
	const char *process = text_of(line, "process");
	const char *chain = text_of(line, "chain");
	size_t i = 0;

	while (i < PLACES && (strcmp(places[i].process, process) != 0 ||
			      strcmp(places[i].chain, chain) != 0))
		i++;
	return i;
}

/* Checks one line, and counts it for its request and place. */
static void check_line(const json_t *line, const json_t *index,
		       const json_t *answers, unsigned (*counts)[PLACES])
{
	const char *id = text_of(line, "request_id");
	const json_t *at = json_object_get(index, id);
	size_t place = place_of(line);

	if (at == NULL) {
		mix_up(NULL, text_of(line, "process"),
		       "logs for a request that nobody sent:", id);
		return;
	}
	size_t i = (size_t)json_integer_value(at);
	const json_t *sent = json_array_get(answers, i);
	check_context(sent, text_of(line, "process"), line, NULL);
	if (place == PLACES)
		mix_up(sent, text_of(line, "process"), "logs under chain",
		       text_of(line, "chain"));
	else
		counts[i][place]++;
}

static void check_counts(const json_t *sent, const unsigned counts[PLACES])
{
	bool basket = json_is_array(json_object_get(sent, "basket"));
	char found[64];

	if (json_is_true(json_object_get(sent, "slow")))
		return;
	for (size_t i = 0; i < PLACES; i++) {
		unsigned lines = basket ? places[i].of_basket : places[i].lines;

		if (counts[i] == lines || lines == ANY)
			continue;
		snprintf(found, sizeof(found), "%u, not %u", counts[i], lines);
		mix_up(sent, places[i].chain, "has lines:", found);
	}
}

/* No two requests are in one trace, since none came in one. */
static void check_traces(const json_t *answers)
{
	json_t *seen = json_object();
	const char *trace;
	size_t i;
	json_t *each;

	json_array_foreach(answers, i, each) {
		trace = trace_of(each);
		if (trace == NULL)
			continue;
		if (json_object_get(seen, trace) != NULL)
			mix_up(each, "answer", "is in a trace of another:",
			       trace);
		json_object_set_new(seen, trace, json_true());
	}
	json_decref(seen);
}

static void check(const struct evidence *evidence)
{
	size_t n = json_array_size(evidence->answers);
	unsigned (*counts)[PLACES] = calloc(n, sizeof(*counts));
	json_t *index = json_object();
	size_t i;
	json_t *each;

	if (counts == NULL || index == NULL)
		abort();
	json_array_foreach(evidence->answers, i, each) {
		json_object_set_new(index, text_of(each, "request_id"),
				    json_integer((json_int_t)i));
		check_answer(each);
	}
	json_array_foreach(evidence->lines, i, each)
		check_line(each, index, evidence->answers, counts);
	json_array_foreach(evidence->answers, i, each)
		check_counts(each, counts[i]);
	check_traces(evidence->answers);
	json_decref(index);
	free(counts);
}

/* Reads one file of JSON lines; what is no JSON counts as an empty line. */
static void read_lines(const char *folder, const char *name, json_t *out)
{
	char path[4096];
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (file == NULL) {
		perror(path);
		exit(2);
	}
	while (getline(&text, &size, file) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		json_array_append_new(out, line != NULL ? line : json_object());
	}
	free(text);
	fclose(file);
}

/* Parts the answers from the timings, which stand in the same file. */
static void sort_out(const json_t *all, struct evidence *out)
{
	size_t i;
	json_t *each;

	json_array_foreach(all, i, each) {
		json_t *steps = json_object_get(each, "timings_of") != NULL
					? json_object_get(each, "ns") : NULL;
		const char *step;
		json_t *list;

		if (json_object_get(each, "request_id") != NULL)
			json_array_append(out->answers, each);
		json_object_foreach(steps, step, list) {
			if (json_object_get(out->timings, step) == NULL)
				json_object_set_new(out->timings, step,
						    json_array());
			json_array_extend(json_object_get(out->timings, step),
					  list);
		}
	}
}

int main(int argc, char **argv)
{
	struct evidence evidence = {json_array(), json_object(), json_array()};
	json_t *all = json_array();
	size_t requests, cut_off = 0, i;
	json_t *each;

	if (argc != 2) {
		fprintf(stderr, "usage: shop_check FOLDER\n");
		return 2;
	}
	read_lines(argv[1], "answers", all);
	sort_out(all, &evidence);
	read_lines(argv[1], "gateway.log", evidence.lines);
	read_lines(argv[1], "pricing.log", evidence.lines);
	read_lines(argv[1], "stock.log", evidence.lines);
	requests = json_array_size(evidence.answers);
	report_sample(&evidence);
	report_times(&evidence);
	report_baskets(&evidence);
	check(&evidence);
	json_array_foreach(evidence.answers, i, each)
		cut_off += json_is_true(json_object_get(each, "slow"));
	if (cut_off > 0)
		printf("to be cut off: %zu, after 1 s\n", cut_off);
	printf("requests: %zu, mix-ups: %u\n", requests, mix_ups);
	json_decref(all);
	json_decref(evidence.answers);
	json_decref(evidence.timings);
	json_decref(evidence.lines);
	return requests > 0 && mix_ups == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
