/* SPDX-License-Identifier: MIT */
/*
 * How and by which ratio are one word, so that no span is decided by one of
 * them from before a change and the other from after.
 */
#include "trace/sampling.h"

#include "data/fail.h"

/* The random bits of a trace id are its last 56 (W3C Trace Context Level 2,
 * 2.2.3); a trace is sampled when as a number they are not below a threshold,
 * as in OpenTelemetry's consistent probability sampling. */
#define RANDOM_BITS 56
#define HOW 60 /* above: a dctx_sampling */

static uint64_t setting; /* as the parent was; a root always */

static uint64_t random_bits(const dctx_trace *trace)
{
	uint64_t bits = 0;

	for (int i = DCTX_TRACE_ID - RANDOM_BITS / 8; i < DCTX_TRACE_ID; i++)
		bits = bits << 8 | trace->trace_id[i];
	return bits;
}

bool dctxi_sampled(const dctx_trace *trace, enum dctxi_parent parent)
{
	uint64_t is = __atomic_load_n(&setting, __ATOMIC_RELAXED);
	uint64_t threshold = is & ((UINT64_C(1) << HOW) - 1);

	if (parent == DCTXI_PARENT_HERE)
		return trace->flags & DCTX_TRACE_SAMPLED;
	if (parent == DCTXI_PARENT_REMOTE && trace->flags & DCTX_TRACE_DEBUG)
		return true;
	switch ((dctx_sampling)(is >> HOW)) {
	case DCTX_SAMPLE_ALWAYS:
		return true;
	case DCTX_SAMPLE_NEVER:
		return false;
	case DCTX_SAMPLE_PARENT:
		if (parent == DCTXI_PARENT_REMOTE &&
		    !(trace->flags & DCTX_TRACE_UNDECIDED))
			return trace->flags & DCTX_TRACE_SAMPLED;
		break;
	case DCTX_SAMPLE_RATIO:
		break;
	}
	return threshold == 0 || random_bits(trace) >= threshold;
}

dctx_status dctx_span_sampling(dctx_sampling how, double ratio)
{
	uint64_t all = UINT64_C(1) << RANDOM_BITS, threshold;

	/* Also false of what is no number. */
	if ((unsigned)how > DCTX_SAMPLE_RATIO || !(ratio >= 0 && ratio <= 1))
		return dctxi_fail(DCTX_INVALID, "sampling");
	threshold = all - (uint64_t)(ratio * (double)all);
	__atomic_store_n(&setting, (uint64_t)how << HOW | threshold,
			 __ATOMIC_RELAXED);
	return DCTX_OK;
}
