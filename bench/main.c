/* SPDX-License-Identifier: MIT */
/*
 * main.c - measures one row a process; ./run puts them together.
 *
 *     dctx-bench --list                             every row, one a line
 *     dctx-bench --floors                           this machine's floors
 *     dctx-bench --op NAME --params P               a row, as JSON
 *     dctx-bench --op NAME --params P --loops N     its loop only, to count
 *     dctx-bench --op NAME --params P --without N   what is taken off it
 *     dctx-bench --op NAME --params P --calls       system calls per turn
 *     dctx-bench-heap --op NAME --params P --allocs allocations per turn
 */
#include "bench.h"
#include "calls.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct op *const tables[] = {
	read_ops,    exported_ops, scope_ops, snapshot_ops,    attach_ops,
	task_ops,    wire_ops,	   done_ops,  child_ops,       cancel_ops,
	thread_ops,  memory_ops,   timer_ops, traceparent_ops, header_ops,
	request_ops, bulk_ops,	   sign_ops,  exec_ops,	       work_ops,
	span_ops,    layer_ops,	   log_ops,
};

struct beside beside;
bool bad_headers_are_meant;

void must_be(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "dctx-bench: failed: %s\n", what);
	exit(2);
}

static void each_row(row_fn *row, void *arg)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct op *op = tables[i]; op->name != NULL; op++)
			params_expand(op, row, arg);
}

/* Name, parameters ("-" for none) and how it is measured. */
static void list_row(const struct op *op, const char *params, void *unused)
{
	const char *how = op->measure != NULL	? "once"
			  : op->without != NULL ? "minus"
						: "loop";

	(void)unused;
	printf("%s %s %s\n", op->name, *params != '\0' ? params : "-", how);
}

struct search {
	const char *name;
	const char *params;
	const struct op *found;
};

static void match_row(const struct op *op, const char *params, void *arg)
{
	struct search *search = arg;

	if (strcmp(op->name, search->name) == 0 &&
	    strcmp(params, search->params) == 0)
		search->found = op;
}

static void print_count(const char *name, int count)
{
	printf(", \"%s\": ", name);
	printf(count != ANY ? "%d" : "null", count);
}

/* The limit in the row's unit, and how it is made up. */
static void print_limit(const struct limit *limit, const double *floors)
{
	double sum = limit->fixed + beside.limit;
	char formula[64] = "";
	size_t len = (size_t)snprintf(formula, sizeof(formula), "%s",
				      beside.formula);

	for (int i = 0; i < FLOORS; i++) {
		sum += limit->of[i] * floors[i];
		if (limit->of[i] > 0)
			len += (size_t)snprintf(formula + len,
						sizeof(formula) - len,
						"%s%g %c", len > 0 ? " + " : "",
						limit->of[i], FLOOR_LETTERS[i]);
	}
	printf(", \"limit\": ");
	printf(sum > 0 ? "%.3f" : "null", sum);
	printf(", \"formula\": \"%s\"", formula);
}

static void measure(const struct op *op)
{
	struct timing timing = {0};

	if (op->measure != NULL)
		timing.ns = op->measure();
	else
		engine_time(op->loop, op->without, REPEATS, &timing);
	for (int i = 0; i < FLOORS; i++)
		if (beside.floors[i] > 0)
			timing.floors[i] = beside.floors[i];
	printf("{\"op\": \"%s\", \"params\": ", op->name);
	params_print();
	printf(", \"ns\": %.3f, \"floors\": ", timing.ns);
	floors_print(timing.floors);
	print_limit(&op->limit, timing.floors);
	print_count("max_allocs", op->max_allocs);
	print_count("max_instructions", op->max_instructions);
	puts("}");
}

static double calls_a_turn(const struct op *op)
{
	must_be(heap_calls_a_turn != NULL, "a heap that is counted");
	return heap_calls_a_turn(op->loop) - heap_calls_a_turn(op->without);
}

/* Of the loop, and what is taken off it: each in a process of its own, where
 * it is set up. */
static void print_calls(const struct op *op)
{
	double calls, without = 0;

	calls = system_calls_a_turn(op->setup, op->loop);
	if (op->without != NULL)
		without = system_calls_a_turn(op->setup, op->without);
	printf(calls >= 0 && without >= 0 ? "%.3f\n" : "null\n",
	       calls - without);
}

/* A figure for what quietly failed would be a lie. */
static void nothing_went_wrong(void)
{
	for (int i = 0; i < DCTX_EVENTS; i++)
		must_be(dctx_counter((dctx_event)i) == 0 ||
				(i == DCTX_EV_BAD_HEADER &&
				 bad_headers_are_meant),
			dctx_event_name((dctx_event)i));
}

static void floors(void)
{
	struct timing timing;

	engine_time(NULL, NULL, REPEATS, &timing);
	timing.floors[W] = floor_wake();
	timing.floors[B] = floor_both();
	must_be(timing.floors[W] > 0, "a thread to wake");
	floors_print(timing.floors);
	putchar('\n');
}

static int usage(void)
{
	fputs("usage: dctx-bench --list | --floors | --op NAME [--params P]\n"
	      "                  [--loops N | --without N | --allocs |\n"
	      "                   --calls]\n",
	      stderr);
	return 2;
}

/* Whose instructions are counted, and not those of other threads: by name. */
static __attribute__((noinline)) void counted(loop_fn *loop, uint64_t turns)
{
	loop(turns);
	BARRIER();
}

static void run(const struct op *op, int how, uint64_t turns)
{
	op->setup();
	if (how == 'n')
		counted(op->loop, turns);
	else if (how == 'w')
		counted(op->without, turns);
	else if (how == 'a')
		printf("%.3f\n", calls_a_turn(op));
	else
		measure(op);
	nothing_went_wrong();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"floors", no_argument, NULL, 'f'},
		{"op", required_argument, NULL, 'o'},
		{"params", required_argument, NULL, 'p'},
		{"loops", required_argument, NULL, 'n'},
		{"without", required_argument, NULL, 'w'},
		{"allocs", no_argument, NULL, 'a'},
		{"calls", no_argument, NULL, 's'},
		{0},
	};
	struct search search = {"", "", NULL};
	uint64_t turns = 0;
	int how = 'm', c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			search.name = optarg;
		else if (c == 'p')
			search.params = optarg;
		else if (c == '?')
			return usage();
		else
			how = c;
		if (c == 'n' || c == 'w')
			turns = strtoull(optarg, NULL, 10);
	}
	if (how == 'l') {
		each_row(list_row, NULL);
		return 0;
	}
	if (how == 'f' || how == 'm')
		must_be(engine_company(), "a thread");
	if (how == 'f') {
		floors();
		return 0;
	}
	each_row(match_row, &search);
	if (search.found == NULL)
		return usage();
	params_choose(search.params);
	if (how == 's') {
		print_calls(search.found);
		return 0;
	}
	run(search.found, how, turns);
	return 0;
}
