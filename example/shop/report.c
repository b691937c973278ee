/* SPDX-License-Identifier: MIT */
/* report.c - one request's log lines, a table of times, and some baskets. */
#include "check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASKETS 3 /* that are shown: one a policy */

/* Shows what the three processes logged for a request from the middle. */
void report_sample(const struct evidence *evidence)
{
	size_t middle = json_array_size(evidence->answers) / 2;
	const json_t *sent = json_array_get(evidence->answers, middle);
	size_t i;
	json_t *line;

	printf("the log lines of %s, out of %zu:\n",
	       text_of(sent, "request_id"), json_array_size(evidence->lines));
	json_array_foreach(evidence->lines, i, line) {
		if (strcmp(text_of(line, "request_id"),
			   text_of(sent, "request_id")) != 0)
			continue;
		printf("  %s %s %" PRId64 " | %s | %s\n",
		       text_of(line, "process"), text_of(line, "request_id"),
		       (int64_t)json_integer_value(
			       json_object_get(line, "tenant")),
		       text_of(line, "chain"), text_of(line, "message"));
	}
}

static int by_size(const void *left, const void *right)
{
	json_int_t a = *(const json_int_t *)left;
	json_int_t b = *(const json_int_t *)right;

	return (a > b) - (a < b);
}

static void print_ns(json_int_t ns)
{
	double value = (double)ns;

	if (ns < 1000)
		printf(" %8.0f ns", value);
	else if (ns < 1000000)
		printf(" %8.1f us", value / 1000);
	else
		printf(" %8.1f ms", value / 1000000);
}

/* Prints one row: how many there were, their median, their 99th percentile. */
static void print_row(const char *name, const json_t *list)
{
	size_t n = json_array_size(list);
	json_int_t *ns = calloc(n + 1, sizeof(*ns));

	if (ns == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		ns[i] = json_integer_value(json_array_get(list, i));
	qsort(ns, n, sizeof(*ns), by_size);
	if (n > 0) {
		printf("%-32s %8zu", name, n);
		print_ns(ns[n / 2]);
		print_ns(ns[n - 1 - n / 100]);
		printf("\n");
	}
	free(ns);
}

void report_times(const struct evidence *evidence)
{
	json_t *whole = json_array();
	const char *step;
	size_t i;
	json_t *each;

	json_array_foreach(evidence->answers, i, each)
		json_array_append(whole, json_object_get(each, "ns"));
	printf("\n%-32s %8s %11s %11s\n", "crossing", "count", "median",
	       "p99");
	json_object_foreach(evidence->timings, step, each)
		print_row(step, each);
	print_row("request, as its client sees it", whole);
	printf("\n");
	json_decref(whole);
}

/* Whatever came, and of the others who gave them up or what they failed by. */
static void print_basket(const json_t *sent)
{
	const json_t *answer = json_object_get(sent, "answer");
	size_t i;
	json_t *item;

	printf("the basket of %s, by policy %s: %" PRId64 " of %" PRId64
	       " came, for %.2f\n",
	       text_of(sent, "request_id"), text_of(sent, "policy"),
	       (int64_t)number_of(answer, "came"),
	       (int64_t)number_of(answer, "of"),
	       (double)number_of(answer, "cost") / 100);
	json_array_foreach(json_object_get(answer, "items"), i, item) {
		bool came = json_object_get(item, "why") == NULL;

		printf("  %-8s %8.1f ms  %s\n", text_of(item, "item"),
		       (double)number_of(item, "us") / 1000,
		       text_of(item, came ? "status" : "why"));
	}
}

void report_baskets(const struct evidence *evidence)
{
	size_t i, shown = 0;
	json_t *sent;

	json_array_foreach(evidence->answers, i, sent) {
		if (shown == BASKETS ||
		    !json_is_array(json_object_get(sent, "basket")))
			continue;
		print_basket(sent);
		shown++;
	}
	if (shown > 0)
		printf("\n");
}
