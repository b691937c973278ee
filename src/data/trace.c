/* SPDX-License-Identifier: MIT */
#include "data/trace.h"

#include "data/any.h"
#include "data/box.h"
#include "data/registry.h"

#include <string.h>

dctx_key dctxi_trace_key = {
	.kind = DCTX_KIND_BYTES,
	.policy = DCTX_WIRE,
	.version = 1,
	.name = "dctx.trace",
};

dctx_key dctxi_members_key = {
	.kind = DCTX_KIND_BYTES,
	.policy = DCTX_WIRE,
	.version = 1,
	.name = "dctx.baggage",
};

static void span_end(void *span)
{
	((struct dctxi_traced *)span)->end(span);
}

const dctx_type dctxi_span_type = {
	.struct_size = sizeof dctxi_span_type,
	.name = "dctx.span",
	.size = sizeof(struct dctxi_traced),
	.destroy = span_end,
};

dctx_key dctxi_span_key = {
	.kind = DCTX_KIND_TYPE,
	.name = "dctx.span",
	.type = &dctxi_span_type,
};

static bool is_zero(const unsigned char *id, size_t size)
{
	while (size > 0 && id[size - 1] == 0)
		size--;
	return size == 0;
}

bool dctxi_is_header_text(dctx_bytes text)
{
	const unsigned char *at = text.data;

	for (size_t i = 0; i < text.len; i++)
		if (at[i] < 0x20 || at[i] > 0x7e)
			return false;
	return true;
}

bool dctxi_trace_valid(const dctx_trace *trace)
{
	return !is_zero(trace->trace_id, DCTX_TRACE_ID) &&
	       !is_zero(trace->span_id, DCTX_SPAN_ID) &&
	       (trace->flags & ~DCTXI_TRACE_FLAGS) == 0 &&
	       trace->state.len <= DCTXI_STATE_MAX &&
	       (trace->state.data != NULL || trace->state.len == 0) &&
	       dctxi_is_header_text(trace->state);
}

void dctxi_trace_pack(const dctx_trace *trace, unsigned char *out)
{
	memcpy(out, trace->trace_id, DCTX_TRACE_ID);
	out += DCTX_TRACE_ID;
	memcpy(out, trace->span_id, DCTX_SPAN_ID);
	out += DCTX_SPAN_ID;
	for (int i = 0; i < 4; i++)
		*out++ = (unsigned char)(trace->flags >> 8 * i);
	if (trace->state.len > 0)
		memcpy(out, trace->state.data, trace->state.len);
}

/* What was packed here, or looked at before it came into the slot. */
static bool unpack_good(dctx_bytes packed, dctx_trace *out)
{
	const unsigned char *at = packed.data;
	dctx_trace trace = {.flags = 0};

	if (packed.len < DCTXI_TRACE_HEAD)
		return false;
	memcpy(trace.trace_id, at, DCTX_TRACE_ID);
	at += DCTX_TRACE_ID;
	memcpy(trace.span_id, at, DCTX_SPAN_ID);
	at += DCTX_SPAN_ID;
	for (int i = 0; i < 4; i++)
		trace.flags |= (uint32_t)*at++ << 8 * i;
	if (packed.len > DCTXI_TRACE_HEAD)
		trace.state = (dctx_bytes){at, packed.len - DCTXI_TRACE_HEAD};
	*out = trace;
	return true;
}

bool dctxi_trace_unpack(dctx_bytes packed, dctx_trace *out)
{
	dctx_trace trace;

	if (!unpack_good(packed, &trace) || !dctxi_trace_valid(&trace))
		return false;
	*out = trace;
	return true;
}

static bool is(dctx_bytes name, const dctx_key *key)
{
	return name.len == strlen(key->name) &&
	       memcmp(name.data, key->name, name.len) == 0;
}

dctx_key *dctxi_trace_key_named(dctx_bytes name)
{
	if (is(name, &dctxi_trace_key))
		return &dctxi_trace_key;
	return is(name, &dctxi_members_key) ? &dctxi_members_key : NULL;
}

bool dctxi_trace_bytes_valid(const dctx_key *key, dctx_bytes bytes)
{
	dctx_trace trace;

	if (key == &dctxi_trace_key)
		return dctxi_trace_unpack(bytes, &trace);
	return bytes.len <= DCTXI_MEMBERS_MAX && dctxi_is_header_text(bytes);
}

static dctx_bytes bytes_in(const struct dctx_dir *dir, const dctx_key *key)
{
	const struct dctx_box *box = dctxi_box(dctx_abi_key_word(dir, key));

	return box != NULL ? dctx_abi_bytes(box) : (dctx_bytes){NULL, 0};
}

bool dctxi_trace_in(const struct dctx_dir *dir, dctx_trace *out)
{
	return unpack_good(bytes_in(dir, &dctxi_trace_key), out);
}

dctx_bytes dctxi_members_in(const struct dctx_dir *dir)
{
	return bytes_in(dir, &dctxi_members_key);
}

struct dctxi_traced *dctxi_traced_in(const struct dctx_dir *dir)
{
	const struct dctx_box *box =
		dctxi_box(dctx_abi_key_word(dir, &dctxi_span_key));

	return box != NULL ? (struct dctxi_traced *)(uintptr_t)box->value.p
			   : NULL;
}

bool dctxi_traced_has(const struct dctx_dir *dir, const dctx_trace *trace)
{
	const struct dctxi_traced *span = dctxi_traced_in(dir);

	return span != NULL &&
	       memcmp(span->trace.span_id, trace->span_id, DCTX_SPAN_ID) == 0 &&
	       memcmp(span->trace.trace_id, trace->trace_id, DCTX_TRACE_ID) ==
		       0;
}
