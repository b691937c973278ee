/* SPDX-License-Identifier: MIT */
/* bench.h - what a row of the benchmark is, and what its parts share. */
#ifndef BENCH_H
#define BENCH_H

#include "engine.h"
#include "heap.h"

#include <dctx/dctx.h>

/* A count that the speed table does not limit. */
#define ANY (-1)

/* At most how much: a sum of floors, and a fixed number in the row's unit. All
 * zero: the row is only told. */
struct limit {
	double of[FLOORS];
	double fixed;
};

/*
 * An operation. Its axes make its rows: "depth=1,32 keys=8,64" is four. Each
 * row has a process of its own, so nothing needs to be torn down.
 */
struct op {
	const char *name;
	const char *axes;
	struct limit limit;
	int max_allocs;
	int max_instructions;
	void (*setup)(void);
	loop_fn *loop;
	/* What of the loop is not the operation: taken off it, or NULL. */
	loop_fn *without;
	/* For what is no loop, instead of it: gives the figure. */
	double (*measure)(void);
};

/* What a measure took beside its figure, in turn with it: floors that are no
 * loop, and the limit, where that is no sum of floors. All zero: nothing. */
struct beside {
	double floors[FLOORS];
	double limit;
	char formula[32];
};
extern struct beside beside;

/* Tables of operations, each ended by one without a name. */
extern const struct op read_ops[], exported_ops[], scope_ops[];
extern const struct op snapshot_ops[], attach_ops[], task_ops[], wire_ops[];
extern const struct op done_ops[], child_ops[], cancel_ops[];
extern const struct op thread_ops[], memory_ops[], timer_ops[];
extern const struct op traceparent_ops[], header_ops[], request_ops[],
	bulk_ops[];
extern const struct op sign_ops[], exec_ops[], work_ops[], span_ops[];
extern const struct op layer_ops[], log_ops[];

/* The row is about headers that are bad: that they were is not its failure. */
extern bool bad_headers_are_meant;

/* main.c: ends the program when what it measures does not hold. */
void must_be(bool holds, const char *what);

/* params.c: the row's place on its axes. */
typedef void row_fn(const struct op *op, const char *params, void *arg);
void params_expand(const struct op *op, row_fn *row, void *arg);
void params_choose(const char *text);
long param(const char *name);
bool param_is(const char *name, const char *value);
void params_print(void);

/* keys.c: names of 12 bytes, texts of 16. */
#define MAX_KEYS 512
#define TEXT "sixteen bytes..."
extern dctx_key_u64 num[MAX_KEYS];
extern dctx_key_str text[MAX_KEYS];
void register_nums(long count);
void register_texts(long count);
/* Sets `count` of the registered numbers, spread evenly, the last included. */
void set_nums(long count);

static inline void must(dctx_status status)
{
	if (__builtin_expect(status != DCTX_OK, 0))
		must_be(false, dctx_strerror(status));
}

#endif
