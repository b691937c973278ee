/* SPDX-License-Identifier: MIT */
/*
 * rows.h - a container of notes as a user might write one, and as
 * ContextTracking.jl tests it: a vector of strings. A note's text is appended;
 * what reads it back is its number.
 */
#ifndef DCTXT_ROWS_H
#define DCTXT_ROWS_H

#include "kit.h"

enum { ROWS = 6 };

struct rows {
	int n;
	char row[ROWS][24];
};

/* What its functions shall do, and how many containers there are. */
struct rows_do {
	atomic_int alive;
	dctx_status refuse;   /* of make and copy */
	const char *in;       /* "put": where `during` is called, once */
	void (*during)(void);
};

extern struct rows_do rows_do;
extern const dctx_container rows_container;

/* Puts one in place of the library's own, in the current store. */
dctx_status rows_use(void);

/* Appends a row, as a note. */
dctx_status rows_push(const char *text);

/* The visible notes' texts, with spaces between. */
const char *rows_shown(void);

/* Around a test: as DCTXT_TEST; at the end no container is alive. */
#define ROWS_TEST(f) cmocka_unit_test_setup_teardown(f, rows_begin, rows_end)
int rows_begin(void **state);
int rows_end(void **state);

#endif
