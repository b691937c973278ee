/* SPDX-License-Identifier: MIT */
/* check.h - what shop_check's two halves share. */
#ifndef SHOP_CHECK_H
#define SHOP_CHECK_H

#include <jansson.h>

/* What a run left behind, as read from its files. */
struct evidence {
	json_t *answers; /* array of what load.c wrote, in order */
	json_t *timings; /* step -> array of ns, of all processes */
	json_t *lines;   /* array of every process's log lines */
};

/* report.c: for the reader; checks nothing. */
void report_sample(const struct evidence *evidence);
void report_times(const struct evidence *evidence);

#endif
