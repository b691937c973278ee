/* SPDX-License-Identifier: MIT */
/* check.h - what shop_check's parts share. */
#ifndef SHOP_CHECK_H
#define SHOP_CHECK_H

#include <jansson.h>

/* What a run left behind, as read from its files. */
struct evidence {
	json_t *answers; /* array of what load.c wrote, in order */
	json_t *timings; /* step -> array of ns, of all processes */
	json_t *lines;   /* array of every process's log lines */
};

/* The chains that answers and lines come from; a span is a scope, too. */
#define CHECKED_OUT "gateway > GET /checkout > checkout"
#define BASKET "gateway > POST /checkout > checkout"
#define PRICED "GET /price > pricing > GET /price"
#define RESERVED "GET /reserve > stock > GET /reserve"

/* check.c: a member of an object; "(none)" and -1 when there is none. */
const char *text_of(const json_t *object, const char *name);
json_int_t number_of(const json_t *object, const char *name);

/* Counts what is not as it was sent, and shows the first few. */
void mix_up(const json_t *sent, const char *where, const char *what,
	    const char *found);
/* Compares what was found somewhere with what was sent; counts one mix-up at
 * most. A NULL chain is checked by the caller. */
void check_context(const json_t *sent, const char *where, const json_t *found,
		   const char *chain);

/* check_bill.c: what each item costs, and what becomes of a basket. */
void check_cost(const json_t *sent, json_int_t cents);
json_int_t cost_of(const json_t *sent, const char *item);
void check_basket(const json_t *sent);

/* report.c: for the reader; checks nothing. */
void report_sample(const struct evidence *evidence);
void report_times(const struct evidence *evidence);
void report_baskets(const struct evidence *evidence);

#endif
