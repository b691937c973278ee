/* SPDX-License-Identifier: MIT */
/*
 * logged.h - the fields of a line as a test reads them.
 */
#ifndef DCTXT_LOGGED_H
#define DCTXT_LOGGED_H

#include "kit.h"

#include <jansson.h>

/* What the current store's lines have, in a style; static, overwritten by the
 * next call. Fails the test where the length is not the text's. */
const char *dctxt_logged(dctx_log_style style);

/* The same in the three styles, checked against what is expected. */
void dctxt_check_logged(const char *logfmt, const char *json,
			const char *syslog);

/*
 * A line's fields as a reader of the style finds them: by jansson, and by
 * parsers of the test's that know the formats from their specifications only.
 * Each fails the test for what is not exactly in the format.
 */
struct dctxt_field {
	char name[64];
	char value[4100]; /* a text as it was meant, a number as it stands */
	size_t len;
};

#define DCTXT_FIELDS 64
struct dctxt_fields {
	size_t n;
	struct dctxt_field field[DCTXT_FIELDS];
};

void dctxt_read_logfmt(const char *text, struct dctxt_fields *out);
void dctxt_read_json(const char *text, struct dctxt_fields *out);
void dctxt_read_syslog(const char *text, struct dctxt_fields *out);

#endif
