/* SPDX-License-Identifier: MIT */
/* The ready-made ways to make one value of two. */
#include "work/gather.h"

#include <math.h>

static bool is_float(dctx_kind kind)
{
	return kind == DCTX_KIND_F32 || kind == DCTX_KIND_F64;
}

static bool is_signed(dctx_kind kind)
{
	return kind >= DCTX_KIND_I8 && kind <= DCTX_KIND_I64;
}

/* Kinds of integers stand in the order of their widths. */
static int64_t most_signed(dctx_kind kind)
{
	return INT64_MAX >> (64 - (8 << (kind - DCTX_KIND_I8)));
}

static uint64_t most_unsigned(dctx_kind kind)
{
	return UINT64_MAX >> (64 - (8 << (kind - DCTX_KIND_U8)));
}

static int64_t sum_signed(dctx_kind kind, int64_t a, int64_t b)
{
	int64_t most = most_signed(kind), sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? -most - 1 : most;
	return sum > most ? most : sum < -most - 1 ? -most - 1 : sum;
}

static uint64_t sum_unsigned(dctx_kind kind, uint64_t a, uint64_t b)
{
	uint64_t most = most_unsigned(kind), sum;

	return __builtin_add_overflow(a, b, &sum) || sum > most ? most : sum;
}

/* A sum past what an f32 holds is infinite, as it would be in an f32. */
static double sum_float(dctx_kind kind, double a, double b)
{
	return kind == DCTX_KIND_F32 ? (double)(float)(a + b) : a + b;
}

static dctx_status sum(void *user, const dctx_any *have, const dctx_any *comes,
		       dctx_any *out)
{
	dctx_kind kind = comes->kind;

	(void)user;
	*out = *comes;
	if (have->kind == 0)
		return DCTX_OK;
	if (have->kind != kind)
		return DCTX_WRONG_TYPE;
	if (is_float(kind))
		out->as.f = sum_float(kind, have->as.f, comes->as.f);
	else if (is_signed(kind))
		out->as.i = sum_signed(kind, have->as.i, comes->as.i);
	else
		out->as.u = sum_unsigned(kind, have->as.u, comes->as.u);
	return DCTX_OK;
}

/* Whether a is to be taken before b when the least is wanted. */
static bool is_less(const dctx_any *a, const dctx_any *b)
{
	if (is_float(a->kind))
		return a->as.f < b->as.f || (isnan(b->as.f) && !isnan(a->as.f));
	return is_signed(a->kind) ? a->as.i < b->as.i : a->as.u < b->as.u;
}

static bool is_more(const dctx_any *a, const dctx_any *b)
{
	if (is_float(a->kind))
		return a->as.f > b->as.f || (isnan(b->as.f) && !isnan(a->as.f));
	return is_less(b, a);
}

static dctx_status choose(bool (*before)(const dctx_any *, const dctx_any *),
			  const dctx_any *have, const dctx_any *comes,
			  dctx_any *out)
{
	if (have->kind == 0) {
		*out = *comes;
		return DCTX_OK;
	}
	if (have->kind != comes->kind)
		return DCTX_WRONG_TYPE;
	*out = before(comes, have) ? *comes : *have;
	return DCTX_OK;
}

static dctx_status least(void *user, const dctx_any *have,
			 const dctx_any *comes, dctx_any *out)
{
	(void)user;
	return choose(is_less, have, comes, out);
}

static dctx_status greatest(void *user, const dctx_any *have,
			    const dctx_any *comes, dctx_any *out)
{
	(void)user;
	return choose(is_more, have, comes, out);
}

static dctx_status either(void *user, const dctx_any *have,
			  const dctx_any *comes, dctx_any *out)
{
	(void)user;
	*out = *comes;
	if (have->kind == 0)
		return DCTX_OK;
	if (have->kind != comes->kind)
		return DCTX_WRONG_TYPE;
	if (comes->kind == DCTX_KIND_BOOL)
		out->as.b = have->as.b || comes->as.b;
	else if (is_signed(comes->kind))
		out->as.i = have->as.i | comes->as.i;
	else
		out->as.u = have->as.u | comes->as.u;
	return DCTX_OK;
}

static dctx_status keep_first(void *user, const dctx_any *have,
			      const dctx_any *comes, dctx_any *out)
{
	(void)user;
	*out = have->kind == 0 ? *comes : *have;
	return DCTX_OK;
}

const dctx_gatherer dctx_gather_sum = {"sum", sum, NULL};
const dctx_gatherer dctx_gather_min = {"min", least, NULL};
const dctx_gatherer dctx_gather_max = {"max", greatest, NULL};
const dctx_gatherer dctx_gather_or = {"or", either, NULL};
const dctx_gatherer dctx_gather_union = {"union", dctxi_gather_lines, NULL};
const dctx_gatherer dctx_gather_first = {"first", keep_first, NULL};

bool dctxi_gatherer_is_ours(const dctx_gatherer *gatherer)
{
	return gatherer->merge == sum || gatherer->merge == least ||
	       gatherer->merge == greatest || gatherer->merge == either ||
	       gatherer->merge == dctxi_gather_lines ||
	       gatherer->merge == keep_first;
}

bool dctxi_gatherer_fits(const dctx_gatherer *gatherer, uint32_t kind)
{
	bool number = kind > DCTX_KIND_BOOL && kind <= DCTX_KIND_F64;

	if (gatherer->merge == dctxi_gather_lines)
		return kind == DCTX_KIND_STR;
	if (gatherer->merge == either)
		return kind <= DCTX_KIND_U64;
	if (gatherer->merge == sum || gatherer->merge == least ||
	    gatherer->merge == greatest)
		return number;
	return true;
}
