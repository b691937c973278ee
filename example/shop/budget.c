/* SPDX-License-Identifier: MIT */
/*
 * budget.c - work that takes too long, and what is said when it is cut off.
 *
 * Nobody here knows the time that is left: the context that runs along does.
 */
#include "shop.h"

#include <string.h>

#define TOO_LONG (30 * DCTX_S)

bool shop_toil(const char *item)
{
	if (strcmp(item, "snail") == 0)
		(void)dctx_wait(dctx_deadline_in(TOO_LONG));
	return dctx_done() == DCTX_OK;
}

/* A deadline is noticed by this very call, a cancel perhaps by an earlier one
 * of this process. */
bool shop_cut_off(struct shop_answer *answer)
{
	dctx_cause_info cause;
	char text[256];

	if (dctx_cause(&cause) == DCTX_OK)
		return false;
	shop_late((uint64_t)cause.noticed_after);
	dctx_cause_text(&cause, text, sizeof(text));
	shop_log("cut off: %s", text);
	answer->status = 504;
	answer->body = shop_context();
	json_object_set_new(answer->body, "error", json_string(text));
	return true;
}
