/* SPDX-License-Identifier: MIT */
#include "life/rung.h"

#include "life/timers.h"
#include "plat/heap.h"
#include "plat/local.h"

/* Links that were rung, on the way to be seen to. */
struct round {
	struct dctxi_keep keep; /* first */
	struct dctxi_link *list;
};

static void round_go(struct round *round)
{
	while (round->list != NULL) {
		struct dctxi_link *link = round->list;

		round->list = link->next;
		link->waiting->more(link);
	}
}

/* What a function left that did not come back. */
static void round_end(struct dctxi_keep *keep)
{
	struct round *round = (void *)keep;

	if (dctxi_keep(keep)) {
		round_go(round);
		dctxi_let_go(&keep->next);
	}
	dctxi_free(round, sizeof *round);
}

/* Merges two lists, nearer ones first. */
static struct dctxi_link *merge(struct dctxi_link *a, struct dctxi_link *b)
{
	struct dctxi_link *list = NULL, **tail = &list;

	while (a != NULL && b != NULL) {
		struct dctxi_link **from = a->distance <= b->distance ? &a : &b;

		*tail = *from;
		*from = (*from)->next;
		tail = &(*tail)->next;
	}
	*tail = a != NULL ? a : b;
	return list;
}

/* Sorts by the distance from what was cancelled: one list of each power of two
 * (as counting in binary). */
static struct dctxi_link *sort(struct dctxi_link *list)
{
	struct dctxi_link *run[32] = {NULL}, *sorted = NULL;

	while (list != NULL) {
		struct dctxi_link *one = list;
		int i = 0;

		list = list->next;
		one->next = NULL;
		for (; i < 31 && run[i] != NULL; i++) {
			one = merge(run[i], one);
			run[i] = NULL;
		}
		run[i] = i == 31 ? merge(run[i], one) : one;
	}
	for (int i = 0; i < 32; i++)
		sorted = merge(run[i], sorted);
	return sorted;
}

void dctxi_rung_call(struct dctxi_link *list)
{
	struct round here = {.keep.end = round_end, .list = sort(list)};
	struct round *round;

	if (list == NULL)
		return;
	round = dctxi_alloc(sizeof *round);
	/* Without memory they are called all the same, and may not jump. */
	if (round == NULL || !(*round = here, dctxi_keep(&round->keep))) {
		dctxi_free(round, sizeof *round);
		round_go(&here);
		return;
	}
	round_go(round);
	dctxi_let_go(&round->keep.next);
	dctxi_free(round, sizeof *round);
}

/* A stack of lists that signal handlers left: pushed by compare-and-swap, taken
 * as a whole, so that no node can come back between. Pushed with release, taken
 * with acquire: the links, of all who pushed. */
static struct dctxi_link *left;

static void push_left(struct dctxi_link *list)
{
	struct dctxi_link *last = list;
	struct dctxi_link *older = __atomic_load_n(&left, __ATOMIC_RELAXED);

	while (last->next != NULL)
		last = last->next;
	do
		last->next = older;
	while (!__atomic_compare_exchange_n(&left, &older, list, false,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	dctxi_timers_kick();
}

static void call_left(void)
{
	dctxi_rung_call(__atomic_exchange_n(&left, NULL, __ATOMIC_ACQUIRE));
}

__attribute__((constructor)) static void begin(void)
{
	dctxi_hall_more = push_left;
	dctxi_timers_deferred = call_left;
}
