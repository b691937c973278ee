/* SPDX-License-Identifier: MIT */
/* lines.h - a case a line, an answer a line: `dctx convert --lines`. */
#ifndef LINES_H
#define LINES_H

/* Answers all of stdin; returns the exit code. */
int lines_run(void);

#endif
