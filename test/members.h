/* SPDX-License-Identifier: MIT */
/* members.h - a baggage header for tests, and the findings about it as text. */
#ifndef DCTXT_MEMBERS_H
#define DCTXT_MEMBERS_H

#include "kit.h"

/* The lines of a request, with room for many. */
extern dctx_headers dctxt_lines;
extern dctx_header dctxt_line_list[2048];

/* All findings since dctxt_baggage_hop, as "RULE effect@line:offset(what) ". */
extern char dctxt_told[1024];

/* A hop by W3C's baggage alone; forgets all findings. */
dctx_hop dctxt_baggage_hop(dctx_trust trust);

/* Empties the lines, and gives a carrier of them. */
dctx_carrier dctxt_no_lines(void);

/* Adds a line of baggage; the text must stay. */
void dctxt_line(const char *value);

/* What an inject writes; "" for nothing. */
const char *dctxt_injected_by(const dctx_hop *hop);
const char *dctxt_injected(void);

/* Extracts one line. */
dctx_guard dctxt_extracted_by(const char *value, const dctx_hop *hop);
dctx_guard dctxt_extracted_line(const char *value);

#endif
