/* SPDX-License-Identifier: MIT */
/* case.h - one case of a corpus, and what it comes to. */
#ifndef CASE_H
#define CASE_H

#include "text.h"

/*
 * Adds the answer to a case, with its line end: `id TAB format TAB name=hex...`
 * becomes `id TAB trace TAB tracestate TAB members TAB headers`. More columns
 * are not looked at. The line is overwritten.
 */
void case_answer(char *line, size_t len, struct text *out);

/* Adds `id TAB error TAB reason` in place of an answer. */
void case_refuse(const char *line, size_t len, const char *reason,
		 struct text *out);

#endif
