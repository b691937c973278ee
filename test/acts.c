/* SPDX-License-Identifier: MIT */
/* acts.c - see acts.h. */
#include "acts.h"

#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

struct dctxt_acts dctxt_acts;

const dctx_store *dctxt_acts_store(void)
{
	return dctxt_acts.store != NULL ? dctxt_acts.store : dctx_abi1_current;
}

static void expect(char act, bool holds)
{
	if (!DCTXT_EXPECT(holds))
		fprintf(stderr, "act '%c' failed\n", act);
}

/* More than a thread's cache may have a block for. */
static dctx_status set_closed_to_much(void)
{
	static char large[3500];

	memset(large, 'x', sizeof(large) - 1);
	return dctx_set(dctxt_k_closed, large);
}

static void fail_a_set(char act)
{
	size_t limit = dctx_limit_get(DCTX_LIMIT_STORE_BYTES);
	dctx_status status;

	if (act == '!' || act == '-')
		dctxt_heap_fail(1, true);
	else
		expect(act, dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 1) == 0);
	if (act == '-')
		status = dctx_store_set_u64(dctx_current(), &dctxt_k_late, 8);
	else if (act == 'N')
		status = dctx_merge(dctxt_acts.snapshot);
	else
		status = set_closed_to_much();
	dctxt_heap_relent();
	expect(act, status == DCTX_NOMEM || status == DCTX_LIMIT ||
			    status == DCTX_DEAD_SCOPE);
	expect(act, dctx_limit_set(DCTX_LIMIT_STORE_BYTES, limit) == 0);
}

static void fill_the_log(void)
{
	for (int i = 0; i < 100; i++)
		dctx_store_unset_key(dctx_current(), &dctxt_k_late);
}

static void act_on_keys(struct dctxt_acts *a, char act)
{
	dctx_store *store = a->store != NULL ? a->store : dctx_current();

	if (act >= '1' && act <= '9')
		dctxt_view_set(store, act - '0');
	else if (act >= 'A' && act <= 'C')
		dctxt_view_replace(store, act - 'A' + 1);
	else if (act == 'u')
		dctxt_view_unset(store);
	else if (act == '+')
		dctx_store_set_u64(store, &dctxt_k_late, 7);
	else if (act == 'x')
		dctx_store_set(store, dctxt_k_closed, "x");
	else
		fail_a_set(act);
}

static void act_on_scopes(struct dctxt_acts *a, char act)
{
	dctx_guard *guard = &a->guards[a->entered++];
	dctx_status status = DCTX_OK;

	if (act == 'e')
		*guard = dctx_enter("entered");
	else if (act == 'E')
		*guard = dctx_enter_copy("copied");
	else if (act == 'a')
		status = dctx_attach(a->snapshot, guard);
	else if (act == 'b')
		status = dctx_attach_borrowed(a->snapshot, guard);
	else if (act == 'v')
		status = dctx_overlay(a->snapshot, guard);
	else if (act == 'h')
		status = dctx_attach(NULL, guard);
	else
		status = dctx_decode_here(a->message, a->message_len, guard);
	expect(act, status == DCTX_OK);
}

static void act_on_guards(struct dctxt_acts *a, char act)
{
	if (act == '@')
		a->mark = dctx_mark_here();
	else if (act == '<')
		expect(act, dctx_rewind(a->mark) == DCTX_OK);
	else if (act == 'L')
		dctx_leave(a->guards[0]);
	else if (act == 'l')
		dctx_leave(a->guards[--a->entered]);
	else if (act == 'r')
		expect(act, dctx_scope_retire(a->guards[0]) == DCTX_OK);
	else
		expect(act, dctx_scope_retire(a->guards[--a->entered]) == 0);
}

static void act_on_snapshot(struct dctxt_acts *a, char act)
{
	dctx_status status = DCTX_OK;

	if (act == 'c' || act == 'd')
		a->snapshot = dctx_snapshot_unref(a->snapshot);
	if (act == 'c')
		status = dctx_capture(&a->snapshot);
	else if (act == 'o')
		status = dctx_restore(a->snapshot);
	else if (act == 'M')
		status = dctx_merge(a->snapshot);
	else if (act == 'X')
		status = dctx_clear();
	else if (act == 's')
		status = dctx_encode_alloc(&a->message, &a->message_len);
	expect(act, status == DCTX_OK);
}

static void act_on_task(struct dctxt_acts *a, char act)
{
	if (act == 'f')
		expect(act, dctx_fork(&a->task) == DCTX_OK);
	else if (act == 'n')
		expect(act, dctx_task_new(NULL, &a->task) == DCTX_OK);
	else if (act == 'i')
		dctx_task_enter(a->task);
	else if (act == 'I')
		dctx_task_enter_checked(a->task);
	else if (act == 'j')
		dctx_task_leave(a->task);
	else if (act == 'k')
		a->task = dctx_task_free(a->task);
	else
		a->store = a->task;
}

static void act_once(struct dctxt_acts *a, char act)
{
	if (strchr("123456789ABCu+x!?-N", act) != NULL)
		act_on_keys(a, act);
	else if (strchr("eEabvhg", act) != NULL)
		act_on_scopes(a, act);
	else if (strchr("lLrR@<", act) != NULL)
		act_on_guards(a, act);
	else if (strchr("cdosMX", act) != NULL)
		act_on_snapshot(a, act);
	else if (strchr("fniIjkW", act) != NULL)
		act_on_task(a, act);
	else if (act == '#')
		fill_the_log();
	else if (act == 'D')
		expect(act, dctx_limit_set(DCTX_LIMIT_DEPTH, 1) == DCTX_OK);
	else if (act == 'm')
		dctxt_view_store(dctxt_acts_store(), &a->noted[a->notes++]);
	else
		expect(act, false);
}

void dctxt_act(const char *acts)
{
	for (; *acts != '\0'; acts++)
		act_once(&dctxt_acts, *acts);
}

void dctxt_acts_end(void)
{
	while (dctx_task_try() != NULL)
		dctx_task_leave(dctx_task_try());
	dctx_task_free(dctxt_acts.task);
	dctx_snapshot_unref(dctxt_acts.snapshot);
	free(dctxt_acts.message);
	memset(&dctxt_acts, 0, sizeof(dctxt_acts));
	expect('D', dctx_limit_set(DCTX_LIMIT_DEPTH, 1024) == DCTX_OK);
	expect('o', dctx_restore(NULL) == DCTX_OK);
}
