/* SPDX-License-Identifier: MIT */
/*
 * environ.c - a context of an environment.
 *
 * DCTX is walked before it is decoded: for what may not come in by this hop,
 * for the deadline that is meant for environments, and for entries that nobody
 * here knows. When something may not come in, what is decoded is a message
 * without it. What was told is not undone by a later failure, which is one of
 * memory only.
 */
#include "data/fail.h"
#include "data/limit.h"
#include "data/registry.h"
#include "data/trace.h"
#include "hop/border.h"
#include "hop/cross.h"
#include "hop/kept.h"
#include "wire/found.h"
#include "wire/limits.h"
#include "wire/part.h"
#include "wire/scratch.h"
#include "wire/until.h"

#include <dctx/base64.h>
#include <dctx/deadline.h>
#include <dctx/envelope.h>
#include <dctx/environ.h>

#include <string.h>

#define HEADER "dctx"

struct reading {
	const dctx_hop *hop;
	struct dctxi_scratch *scratch;
	struct dctxi_sink sink;
	unsigned asked, refused; /* of DCTX_CROSS_ */
	bool knows_boot;
	struct dctxi_boot boot;
	int64_t until;
	dctx_entry *entry; /* those that come in; room for all */
	size_t entries;
	dctx_bytes kept; /* of these, as they came, those that no key has */
	dctx_snapshot *base;
};

/* A message that cannot be read is none. Only memory is a failure. */
static dctx_status ignored(struct reading *r, dctx_rule rule,
			   dctx_status status, size_t offset)
{
	if (status == DCTX_NOMEM)
		return status;
	dctxi_found(&r->sink, rule, DCTX_IGNORED, offset,
		    (dctx_bytes){NULL, 0});
	return DCTX_OK;
}

/* Whether something comes in, told once where it does not. */
static bool admits(struct reading *r, unsigned what)
{
	if (!(r->asked & what)) {
		r->asked |= what;
		if (!dctxi_border_crosses(r->hop, what, true))
			r->refused |= what;
	}
	return !(r->refused & what);
}

static void read_until(struct reading *r, const dctx_entry *entry)
{
	int64_t until;

	if (!r->knows_boot || !admits(r, DCTX_CROSS_LIMITS))
		return;
	if (dctxi_until_read(entry, &r->boot, &until) != DCTX_OK)
		dctxi_found(&r->sink, DCTX_RULE_ENVELOPE_MESSAGE, DCTX_SKIPPED,
			    0, entry->key);
	else if (until < r->until)
		r->until = until;
}

static bool is_known(const struct reading *r, dctx_bytes name)
{
	return dctxi_registry_find(r->hop->registry, name.data, name.len) !=
	       NULL;
}

/* Keeps an entry's own bytes. */
static void keep(struct reading *r, const dctx_entry *entry,
		 const unsigned char *start)
{
	unsigned char *to = (unsigned char *)(uintptr_t)r->kept.data;
	size_t size = DCTXI_ENTRY_BYTES + entry->key.len + entry->value.len;

	memcpy(to + r->kept.len, start + entry->offset, size);
	r->kept.len += size;
}

/* Whether an entry is to be decoded. */
static bool comes_in(struct reading *r, const dctx_entry *entry,
		     const unsigned char *start)
{
	const dctx_key *key = dctxi_trace_key_named(entry->key);

	if (dctxi_until_has(entry->key)) {
		read_until(r, entry);
		return false;
	}
	if (dctxi_limits_have(entry->key))
		return admits(r, DCTX_CROSS_LIMITS);
	if (key != NULL)
		return admits(r, key == &dctxi_trace_key ? DCTX_CROSS_TRACE
							 : DCTX_CROSS_UNKNOWN);
	if (!entry->reserved && !is_known(r, entry->key)) {
		if (admits(r, DCTX_CROSS_UNKNOWN))
			keep(r, entry, start);
		return false;
	}
	return true;
}

static dctx_status decode(struct reading *r, const void *data, size_t len)
{
	const dctx_decode_options options = {
		.struct_size = sizeof options,
		.registry = r->hop->registry,
		.flags = DCTX_DECODE_SKIP_BAD,
		.received_at = r->hop->received_at,
		.policy = DCTX_ENV,
		.policy_any = dctxi_border_bits(r->hop),
	};
	dctx_status status = dctx_decode_with(data, len, &options, &r->base);

	return status == DCTX_OK
		       ? DCTX_OK
		       : ignored(r, DCTX_RULE_ENVELOPE_MESSAGE, status, 0);
}

/* Decodes a message of the entries that come in, and of the names if they
 * do. It is no longer than the one that came. */
static dctx_status decode_rest(struct reading *r, dctx_message *message)
{
	dctx_message_parts parts = {
		.struct_size = sizeof parts,
		.version = message->version,
		.entries = r->entry,
		.entry_count = r->entries,
	};
	size_t len = message->len, n = message->names;
	dctx_bytes *names = NULL;
	void *room = dctxi_scratch_room(&r->scratch, len);
	dctx_status status;

	if (n > 0 && admits(r, DCTX_CROSS_CHAIN))
		names = dctxi_scratch_room(&r->scratch, n * sizeof *names);
	if (room == NULL ||
	    (names == NULL && n > 0 && !(r->refused & DCTX_CROSS_CHAIN)))
		return dctxi_fail(DCTX_NOMEM, HEADER);
	for (size_t i = 0; names != NULL && i < n; i++)
		(void)dctx_message_name(message, &names[i]);
	parts.names = names;
	parts.name_count = names != NULL ? n : 0;
	status = dctx_message_write(&parts, room, len, &len);
	if (status != DCTX_OK)
		return ignored(r, DCTX_RULE_ENVELOPE_MESSAGE, status, 0);
	return decode(r, room, len);
}

static dctx_status read_message(struct reading *r, const void *data, size_t len)
{
	dctx_message message;
	dctx_status status = dctx_message_open(data, len, &message);
	dctx_entry entry;

	if (status != DCTX_OK)
		return ignored(r, DCTX_RULE_ENVELOPE_MESSAGE, status,
			       dctx_last_error()->offset / 3 * 4);
	r->kept.data = dctxi_scratch_room(&r->scratch, message.len);
	r->entry = dctxi_scratch_room(&r->scratch,
				      (message.entries + 1) * sizeof *r->entry);
	if (r->kept.data == NULL || r->entry == NULL)
		return dctxi_fail(DCTX_NOMEM, HEADER);
	while (dctx_message_entry(&message, &entry))
		if (comes_in(r, &entry, data))
			r->entry[r->entries++] = entry;
	return decode_rest(r, &message);
}

static dctx_status read_text(struct reading *r, dctx_bytes text)
{
	size_t most = dctxi_limit(DCTX_LIMIT_MESSAGE_BYTES), len = 0;
	dctx_status status;
	void *room;

	if (most != 0 && text.len / 4 > most / 3 + 1)
		return ignored(r, DCTX_RULE_ENVELOPE_MESSAGE, DCTX_LIMIT, 0);
	room = dctxi_scratch_room(&r->scratch, text.len);
	if (room == NULL)
		return dctxi_fail(DCTX_NOMEM, HEADER);
	status = dctx_base64_decode(DCTX_BASE64_URL, text.data, text.len, room,
				    text.len, &len);
	if (status != DCTX_OK)
		return ignored(r, DCTX_RULE_ENVELOPE_BASE64, status,
			       dctx_last_error()->offset);
	r->knows_boot = dctxi_boot(&r->boot);
	return read_message(r, room, len);
}

/* Attaches what DCTX said and has the propagators fill it up. */
static dctx_status fill(const struct reading *r, dctx_extraction *extraction,
			dctx_snapshot **out)
{
	dctx_guard guard;
	dctx_status status = dctx_store_attach(dctx_current(), r->base, &guard);

	if (status != DCTX_OK)
		return status;
	extraction->into = guard.store;
	if (r->until != INT64_MAX)
		status = dctx_store_set_deadline(guard.store, r->until);
	if (status == DCTX_OK && r->kept.len > 0)
		status = dctxi_kept_put(guard.store, r->kept);
	if (status == DCTX_OK)
		status = dctxi_cross_fill(extraction);
	if (status == DCTX_OK)
		status = dctx_store_capture(guard.store, out);
	dctx_leave(guard);
	return status;
}

dctx_status dctx_environ_extract(char *const *envp, const dctx_hop *given,
				 dctx_snapshot **out)
{
	dctx_carrier carrier = dctx_environ_carrier(envp);
	const dctx_propagator *w3c[2];
	dctx_snapshot *snapshot = NULL;
	dctx_extraction extraction = {.from = &carrier};
	dctx_status status = DCTX_OK;
	struct reading r;
	dctx_bytes text;
	dctx_hop hop;

	if (out == NULL || !dctxi_hop_of(given, &hop, w3c))
		return dctxi_fail(DCTX_INVALID, "environment");
	hop.flags |= DCTX_HOP_ENVIRON;
	extraction.hop = &hop;
	r = (struct reading){.hop = &hop, .until = INT64_MAX};
	r.sink = (struct dctxi_sink){hop.findings, HEADER, 0};
	if (carrier.get(carrier.user, HEADER, &text, 1) > 0 && text.len > 0)
		status = read_text(&r, text);
	if (status == DCTX_OK)
		status = fill(&r, &extraction, &snapshot);
	dctx_snapshot_unref(r.base);
	dctxi_scratch_end(r.scratch);
	if (status != DCTX_OK)
		return dctxi_fail(status, "environment");
	*out = snapshot;
	return DCTX_OK;
}

/* The process's own. Threads may read at once; the first to have a context
 * publishes it (release), which makes it everybody's (acquire). It is never
 * freed, and a fork's child has it, too. */
static dctx_snapshot *own;

dctx_snapshot *dctx_environ(void)
{
	dctx_snapshot *snapshot = __atomic_load_n(&own, __ATOMIC_ACQUIRE);
	dctx_snapshot *fresh = NULL;

	if (snapshot != NULL)
		return snapshot;
	if (dctx_environ_extract(NULL, NULL, &fresh) != DCTX_OK)
		return dctx_snapshot_empty();
	if (__atomic_compare_exchange_n(&own, &snapshot, fresh, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fresh;
	dctx_snapshot_unref(fresh);
	return snapshot;
}
