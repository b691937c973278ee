/* SPDX-License-Identifier: MIT */
#include "hop/limits.h"

#include "data/fail.h"
#include "data/snapshot.h"
#include "data/utf8.h"
#include "life/ask.h"
#include "life/source.h"
#include "plat/clock.h"

/* A cancel is told with its cause. The budget is then 0, for those who read no
 * more than that; if there was a deadline. */
static void of_cancel(const struct dctxi_end *end, struct dctxi_limits *out)
{
	const struct dctxi_cause *cause = dctxi_cell_cause(end->by);

	out->status = end->status;
	out->code = cause->code;
	out->message = dctxi_text(cause->message);
}

const struct dctxi_limits *dctxi_limits_now(const struct dctx_cell *cell,
					    int64_t deadline,
					    const dctx_encode_options *options,
					    struct dctxi_limits *out)
{
	int64_t cost = 0, now;
	struct dctxi_end end;

	/* Options that are not sound are refused soon. */
	if (options != NULL && (options->struct_size < sizeof *options ||
				options->flags & DCTX_ENCODE_NO_LIMITS))
		return NULL;
	if (options != NULL)
		cost = options->hop_cost;
	*out = DCTXI_NO_LIMITS;
	end = dctxi_end_now(cell, deadline, &now);
	if (end.status != DCTX_OK && end.by != NULL)
		of_cancel(&end, out);
	else if (end.at == DCTXI_NO_DEADLINE)
		return NULL;
	if (end.status != DCTX_OK)
		out->remaining = deadline != DCTXI_NO_DEADLINE ? 0 : INT64_MAX;
	else
		out->remaining = end.at - now > cost ? end.at - now - cost : 0;
	return out;
}

int64_t dctxi_received_at(int64_t said)
{
	int64_t now = dctxi_clock();

	return said == 0 || said > now ? now : said;
}

/* A source that is cancelled, by nobody in this process: what strangers send
 * makes nobody else's questions slower. */
static struct dctxi_cell *cancelled(const struct dctxi_limits *limits)
{
	char text[DCTXI_MESSAGE_MAX + 4];
	size_t len = limits->message.len;
	struct dctxi_cause *cause;
	struct dctxi_cell *cell;

	if (len >= sizeof text)
		len = sizeof text - 1;
	if (len > 0)
		memcpy(text, limits->message.data, len);
	text[len] = '\0';
	cause = dctxi_cause_new(text);
	if (cause == NULL)
		return NULL;
	cause->status = limits->status;
	cause->code = limits->code;
	cell = dctxi_source_ended(cause);
	if (cell == NULL)
		dctxi_cause_free(cause);
	return cell;
}

/* A budget that came with nothing left is over when it came. */
static int64_t deadline_of(const struct dctxi_limits *limits, int64_t received)
{
	if (limits->remaining == 0)
		dctxi_deadline_passed(received);
	return dctxi_clock_plus(received, limits->remaining);
}

/* What ended the sender's work ends this for the same reason, so its deadline,
 * which may have come meanwhile, is not looked at then. */
dctx_status dctxi_limits_apply(const struct dctxi_limits *limits,
			       int64_t received, dctx_snapshot **snapshot)
{
	int64_t deadline = DCTXI_NO_DEADLINE;
	struct dctxi_cell *cell = NULL;
	dctx_snapshot *over;

	if (limits->status == DCTX_OK)
		deadline = deadline_of(limits, received);
	else
		cell = cancelled(limits);
	if (cell == NULL && deadline == DCTXI_NO_DEADLINE)
		return limits->status == DCTX_OK
			       ? DCTX_OK
			       : dctxi_fail(DCTX_NOMEM, "message");
	if (*snapshot != &dctxi_snapshot_none) {
		(*snapshot)->cell = cell != NULL ? &cell->abi : NULL;
		(*snapshot)->deadline = deadline;
		return DCTX_OK;
	}
	over = dctxi_snapshot_over(*snapshot, NULL,
				   cell != NULL ? &cell->abi : NULL, deadline);
	if (over == NULL) {
		dctxi_cell_drop(cell);
		return dctxi_fail(DCTX_NOMEM, "message");
	}
	*snapshot = over;
	return DCTX_OK;
}
