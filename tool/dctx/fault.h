/* SPDX-License-Identifier: MIT */
/* fault.h - what was found wrong with an input, and how that is told. */
#ifndef FAULT_H
#define FAULT_H

#include "headers.h"

#include <dctx/finding.h>

#include <jansson.h>
#include <stdio.h>

/* A rule that something was held against. */
struct fault_rule {
	const char *name, *text, *section;
};

struct fault {
	struct fault_rule rule;
	const char *effect;
	char *header;	  /* its name; "" for a message */
	size_t line;	  /* of the input, from 1; 0: a message */
	size_t column;	  /* in that line, in bytes, from 0 */
	size_t offset;	  /* in the value, or the message, from 0 */
	dctx_bytes whole; /* the line, or the message */
	char *what;	  /* the member's or key's name, perhaps empty */
	size_t what_len;
};

struct faults {
	const struct headers *headers; /* that findings are about */
	struct fault *list;
	size_t count, room;
};

/* Adds one; the header's name and `what` are copied. */
void faults_add(struct faults *faults, const struct fault *fault);

/* Is told of findings about the headers, and keeps them. */
dctx_findings faults_findings(struct faults *faults);

/* Adds the lines that are no headers. */
void faults_add_lines(struct faults *faults);

/* In the order of the input. */
void faults_sort(struct faults *faults);

/* Tells all of them, with carets the line and the place below each. */
void faults_print(const struct faults *faults, const char *file, bool carets,
		  FILE *to);
json_t *faults_json(const struct faults *faults);
void faults_free(struct faults *faults);

#endif
