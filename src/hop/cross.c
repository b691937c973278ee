/* SPDX-License-Identifier: MIT */
/*
 * Inject and extract: each propagator in its turn.
 *
 * What comes is put into a level of its own, as an attach makes one, so that
 * nothing of the host shows through and a failure leaves nothing behind.
 */
#include "hop/cross.h"

#include "data/fail.h"
#include "data/trace.h"
#include "flow/attach.h"
#include "hop/border.h"
#include "hop/envelope_header.h"
#include "hop/trace.h"
#include "wire/auth.h"

/* What a usual request's values take in the store. */
#define ROOM 2048u

#define KNOWN                                                                  \
	(DCTX_CROSS_TRACE | DCTX_CROSS_LIMITS | DCTX_CROSS_CHAIN |             \
	 DCTX_CROSS_UNKNOWN)

#define FLAGS (DCTX_HOP_SAME_SPAN | DCTX_HOP_DOWNGRADE | DCTX_HOP_ENVIRON)

static bool are_sound(const dctx_propagator *const *propagators, size_t n)
{
	if (propagators == NULL)
		return n == 0;
	for (size_t i = 0; i < n; i++)
		if (propagators[i] == NULL ||
		    propagators[i]->struct_size < sizeof **propagators ||
		    propagators[i]->name == NULL)
			return false;
	return true;
}

bool dctxi_hop_of(const dctx_hop *given, dctx_hop *out,
		  const dctx_propagator *w3c[2])
{
	if (given != NULL && given->struct_size < sizeof *given)
		return false;
	*out = given != NULL ? *given : (dctx_hop){.struct_size = sizeof *out};
	if ((unsigned)out->trust > DCTX_PUBLIC ||
	    ((out->also | out->never) & ~KNOWN) != 0 ||
	    (out->flags & ~FLAGS) != 0 || out->hop_cost < 0 ||
	    out->received_at < 0 ||
	    !are_sound(out->propagators, out->propagator_count) ||
	    (out->auth != NULL && !dctxi_auth_valid(out->auth)))
		return false;
	if (out->propagators != NULL)
		return true;
	w3c[0] = dctx_w3c_trace();
	w3c[1] = dctx_w3c_baggage();
	out->propagators = w3c;
	out->propagator_count = 2;
	return true;
}

/* What the next hop is told of the trace: that it is a child of the span that
 * is entered, or else of one that nobody is told of. */
static bool trace_out(const dctx_store *store, const dctx_hop *hop,
		      dctx_trace *out)
{
	if (!dctx_store_trace(store, out) ||
	    !dctxi_border_crosses(hop, DCTX_CROSS_TRACE, false))
		return false;
	if (!(hop->flags & DCTX_HOP_SAME_SPAN) &&
	    !dctxi_traced_has(store->dir, out))
		dctx_random_id(out->span_id, sizeof out->span_id);
	return true;
}

dctx_status dctx_store_inject(const dctx_store *store, const dctx_carrier *to,
			      const dctx_hop *given, dctx_trace *out_trace)
{
	const dctx_propagator *w3c[2];
	dctx_status first = DCTX_OK;
	dctx_injection injection;
	dctx_trace trace;
	dctx_hop hop;

	if (store == NULL || to == NULL || to->struct_size < sizeof *to ||
	    to->set == NULL || !dctxi_hop_of(given, &hop, w3c))
		return dctxi_fail(DCTX_INVALID, "inject");
	injection = (dctx_injection){store, to, &hop, NULL};
	if (trace_out(store, &hop, &trace))
		injection.trace = &trace;
	for (size_t i = 0; i < hop.propagator_count; i++) {
		const dctx_propagator *p = hop.propagators[i];
		dctx_status status = DCTX_OK;

		if (p->inject != NULL)
			status = p->inject(p, &injection);
		if (first == DCTX_OK)
			first = status;
	}
	if (first != DCTX_OK)
		return dctxi_fail(first, "inject");
	if (out_trace != NULL)
		*out_trace = injection.trace != NULL ? trace : (dctx_trace){0};
	return DCTX_OK;
}

dctx_status dctx_inject(const dctx_carrier *to, const dctx_hop *hop,
			dctx_trace *out_trace)
{
	return dctx_store_inject(dctx_current(), to, hop, out_trace);
}

dctx_status dctx_snapshot_inject(dctx_snapshot *snapshot,
				 const dctx_carrier *to, const dctx_hop *hop,
				 dctx_trace *out_trace)
{
	dctx_guard guard;
	dctx_status status = dctx_attach_borrowed(snapshot, &guard);

	if (status != DCTX_OK)
		return status;
	status = dctx_inject(to, hop, out_trace);
	dctx_leave(guard);
	return status;
}

/* Sets that fail are kept as the scope's status. */
dctx_status dctxi_cross_fill(const dctx_extraction *extraction)
{
	const dctx_hop *hop = extraction->hop;

	for (size_t i = 0; i < hop->propagator_count; i++) {
		const dctx_propagator *p = hop->propagators[i];
		dctx_status status = DCTX_OK;

		if (p->extract != NULL)
			status = p->extract(p, extraction);
		if (status == DCTX_OK)
			status = dctx_store_status(extraction->into);
		if (status != DCTX_OK)
			return status;
	}
	return DCTX_OK;
}

dctx_status dctx_store_extract(dctx_store *store, const dctx_carrier *from,
			       const dctx_hop *given, dctx_guard *out)
{
	const dctx_propagator *w3c[2];
	dctx_extraction extraction;
	dctx_snapshot *base = NULL;
	dctx_status status;
	dctx_guard guard;
	dctx_hop hop;

	if (store == NULL || out == NULL || from == NULL ||
	    from->struct_size < sizeof *from || from->get == NULL ||
	    !dctxi_hop_of(given, &hop, w3c))
		return dctxi_fail(DCTX_INVALID, "extract");
	extraction = (dctx_extraction){from, store, &hop};
	status = dctxi_envelope_header_read(&extraction, &base);
	if (status == DCTX_OK)
		status = dctxi_attach_room(store, base, ROOM, &guard);
	dctx_snapshot_unref(base);
	if (status != DCTX_OK)
		return status;
	extraction.into = guard.store;
	status = dctxi_cross_fill(&extraction);
	if (status != DCTX_OK) {
		dctx_leave(guard);
		return dctxi_fail(status, "extract");
	}
	*out = guard;
	return DCTX_OK;
}

dctx_status dctx_extract(const dctx_carrier *from, const dctx_hop *hop,
			 dctx_guard *out)
{
	return dctx_store_extract(dctx_current(), from, hop, out);
}

dctx_status dctx_snapshot_extract(const dctx_carrier *from, const dctx_hop *hop,
				  dctx_snapshot **out)
{
	dctx_snapshot *snapshot;
	dctx_status status;
	dctx_guard guard;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "extract");
	status = dctx_extract(from, hop, &guard);
	if (status != DCTX_OK)
		return status;
	status = dctx_store_capture(guard.store, &snapshot);
	dctx_leave(guard);
	if (status == DCTX_OK)
		*out = snapshot;
	return status;
}
