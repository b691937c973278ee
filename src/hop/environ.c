/* SPDX-License-Identifier: MIT */
/*
 * environ.c - a context of an environment.
 *
 * DCTX is the envelope as a header, but for two things, for which it is walked
 * before it is decoded: the deadline that is meant for environments, and
 * entries that nobody here knows. Where there is no DCTX that can be read, an
 * envelope of the hop's propagators takes its place.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "hop/border.h"
#include "hop/cross.h"
#include "hop/envelope_header.h"
#include "hop/kept.h"
#include "wire/found.h"
#include "wire/scratch.h"
#include "wire/until.h"

#include <dctx/deadline.h>
#include <dctx/environ.h>

#include <string.h>

/* What is read of DCTX besides what any envelope has. */
struct reading {
	struct dctxi_look look; /* first */
	const dctx_hop *hop;
	struct dctxi_scratch *scratch;
	dctx_status status;
	int64_t until;
	dctx_bytes kept; /* entries that no key has, as they came */
};

static const dctx_propagator format = {.struct_size = sizeof format,
				       .name = "dctx"};

/* One that says nothing to us, or nothing at all, leaves the budget. That times
 * do not come in is told of that. */
static void read_until(struct reading *r, const dctx_entry *entry)
{
	const struct dctxi_sink sink = {r->hop->findings, format.name, 0};
	struct dctxi_boot boot;
	int64_t until;

	if (!dctxi_border_open(r->hop, DCTX_CROSS_LIMITS, true) ||
	    !dctxi_boot(&boot))
		return;
	if (dctxi_until_read(entry, &boot, &until) != DCTX_OK)
		dctxi_found(&sink, DCTX_RULE_ENVELOPE_MESSAGE, DCTX_SKIPPED, 0,
			    entry->key);
	else if (until < r->until)
		r->until = until;
}

static bool is_unknown(const struct reading *r, const dctx_entry *entry)
{
	return !entry->reserved &&
	       dctxi_registry_find(r->hop->registry, entry->key.data,
				   entry->key.len) == NULL;
}

/* Keeps an entry's own bytes; there is room for all of the message. */
static void keep(struct reading *r, const dctx_entry *entry,
		 const unsigned char *start)
{
	unsigned char *to = (unsigned char *)(uintptr_t)r->kept.data;
	size_t size = DCTXI_ENTRY_BYTES + entry->key.len + entry->value.len;

	memcpy(to + r->kept.len, start + entry->offset, size);
	r->kept.len += size;
}

static void look(struct dctxi_look *self, const dctx_hop *hop,
		 const dctx_message *message)
{
	struct reading *r = (struct reading *)(void *)self;
	dctx_message walk = *message;
	bool asked = false, admitted = false;
	dctx_entry entry;

	r->hop = hop;
	r->kept.data = dctxi_scratch_room(&r->scratch, message->len);
	if (r->kept.data == NULL) {
		r->status = DCTX_NOMEM;
		return;
	}
	while (dctx_message_entry(&walk, &entry)) {
		if (dctxi_until_has(entry.key))
			read_until(r, &entry);
		if (!is_unknown(r, &entry))
			continue;
		if (!asked)
			admitted = dctxi_border_crosses(hop, DCTX_CROSS_UNKNOWN,
							true);
		asked = true;
		if (admitted)
			keep(r, &entry, message->start);
	}
}

/* A message that is refused says nothing. */
static dctx_status read_message(struct reading *r,
				const dctx_extraction *extraction,
				dctx_snapshot **out)
{
	dctx_status status =
		dctxi_envelope_read(&format, extraction, &r->look, out);

	if (status == DCTX_OK)
		status = r->status;
	if (*out != NULL)
		return status;
	r->until = INT64_MAX;
	r->kept.len = 0;
	if (status != DCTX_OK)
		return status;
	return dctxi_envelope_header_read(extraction, out);
}

/* Attaches what DCTX said and has the propagators fill it up. */
static dctx_status fill(const struct reading *r, dctx_extraction *extraction,
			dctx_snapshot *base, dctx_snapshot **out)
{
	dctx_guard guard;
	dctx_status status = dctx_store_attach(dctx_current(), base, &guard);

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
	struct reading r = {.look = {look}, .until = INT64_MAX};
	dctx_snapshot *base = NULL, *snapshot = NULL;
	const dctx_propagator *w3c[2];
	dctx_extraction extraction;
	dctx_status status;
	dctx_hop hop;

	if (out == NULL || !dctxi_hop_of(given, &hop, w3c))
		return dctxi_fail(DCTX_INVALID, "environment");
	hop.flags |= DCTX_HOP_ENVIRON;
	extraction = (dctx_extraction){.from = &carrier, .hop = &hop};
	status = read_message(&r, &extraction, &base);
	if (status == DCTX_OK)
		status = fill(&r, &extraction, base, &snapshot);
	dctx_snapshot_unref(base);
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
