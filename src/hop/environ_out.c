/* SPDX-License-Identifier: MIT */
/*
 * environ_out.c - the environment of a child.
 *
 * What the context calls for is collected first, on a scratch, since codecs and
 * propagators are the user's code; then all of it is laid out in one block.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "flow/store.h"
#include "hop/border.h"
#include "hop/cross.h"
#include "hop/envelope.h"
#include "hop/envelope_header.h"
#include "hop/kept.h"
#include "hop/limits.h"
#include "hop/variable.h"
#include "life/ask.h"
#include "plat/heap.h"
#include "wire/part.h"
#include "wire/scratch.h"
#include "wire/sort.h"
#include "wire/until.h"

#include <dctx/base64.h>
#include <dctx/environ.h>

#include <string.h>

/* What execve takes in one text, its NUL included: Linux, MAX_ARG_STRLEN. */
#define VARIABLE_MAX ((size_t)131072)

struct variable {
	struct variable *next;
	size_t name_len;
	char text[];
};

struct writing {
	const dctx_store *store;
	const dctx_hop *hop;
	struct dctxi_scratch *scratch;
	struct variable *first;
	struct dctxi_border border;
	unsigned char until[DCTXI_UNTIL_BYTES];
};

/* Adds a variable, whose value is to be filled in; NULL without memory. */
static struct variable *add(struct writing *w, const char *header, size_t len)
{
	size_t name_len = dctxi_variable_len(header);
	size_t size = name_len + 1 + len;
	struct variable *v =
		dctxi_scratch_room(&w->scratch, sizeof *v + size + 1);

	if (v == NULL)
		return NULL;
	*v = (struct variable){w->first, name_len};
	dctxi_variable_name(header, v->text);
	v->text[name_len] = '=';
	v->text[size] = '\0';
	w->first = v;
	return v;
}

/* Takes a variable off the list that was set before. */
static void drop(struct writing *w, const char *header)
{
	struct variable **at = &w->first;

	while (*at != NULL)
		if (dctxi_variable_value((*at)->text, header) != NULL)
			*at = (*at)->next;
		else
			at = &(*at)->next;
}

static dctx_status set(void *user, const char *header, dctx_bytes value)
{
	struct writing *w = user;
	struct variable *v;

	if (value.len > 0 && memchr(value.data, '\0', value.len) != NULL)
		return DCTX_INVALID;
	drop(w, header);
	v = add(w, header, value.len);
	if (v == NULL)
		return DCTX_NOMEM;
	if (value.len > 0)
		memcpy(v->text + v->name_len + 1, value.data, value.len);
	return DCTX_OK;
}

/* Whether headers tell the trace and the members of a baggage: who changes
 * these shall not find them unchanged in DCTX. */
static bool told_by_headers(const dctx_hop *hop)
{
	bool trace = false, baggage = false;

	for (size_t i = 0; i < hop->propagator_count; i++) {
		trace |= hop->propagators[i] == dctx_w3c_trace();
		baggage |= hop->propagators[i] == dctx_w3c_baggage();
	}
	return trace && baggage;
}

/* What stays behind, told where it is there. */
static unsigned flags_of(const struct writing *w, bool has_limits)
{
	const dctx_hop *hop = w->hop;
	unsigned flags = 0;

	if (told_by_headers(hop))
		flags |= DCTX_ENCODE_NO_TRACE;
	if (dctx_store_chain(w->store, NULL, 0) > 0 &&
	    !dctxi_border_crosses(hop, DCTX_CROSS_CHAIN, false))
		flags |= DCTX_ENCODE_NO_CHAIN;
	if (has_limits && !dctxi_border_crosses(hop, DCTX_CROSS_LIMITS, false))
		flags |= DCTX_ENCODE_NO_LIMITS;
	return flags;
}

/* Of entries with one name the one that came last, for the registry may not
 * have it, and no message has it twice. */
static size_t sort_kept(const struct writing *w, dctx_entry *entry,
			struct dctxi_sorted *sorted, size_t n)
{
	size_t out = 0;

	dctxi_sort(sorted, n, dctxi_key_before);
	for (size_t i = 0; i < n; i++) {
		const dctx_entry *e = sorted[i].what;

		if (dctxi_registry_find(w->hop->registry, e->key.data,
					e->key.len))
			continue;
		if (out == 0 || dctxi_key_compare(entry[out - 1].key, e->key))
			entry[out++] = *e;
		else if (e->offset > entry[out - 1].offset)
			entry[out - 1] = *e;
	}
	return out;
}

/* What is kept of the context's own environment, and room for one more entry;
 * *out_n is how many. NULL without memory. */
static dctx_entry *kept_of(struct writing *w, size_t *out_n)
{
	dctx_bytes all = dctxi_kept_in(w->store), left = all;
	struct dctxi_sorted *sorted;
	dctx_entry *entry, *own, e;
	size_t n = 0;

	while (dctxi_kept_next(&left, &e))
		n++;
	if (n > 0 && !dctxi_border_crosses(w->hop, DCTX_CROSS_UNKNOWN, false))
		n = 0;
	entry = dctxi_scratch_room(&w->scratch, (n + 1) * sizeof *entry);
	own = dctxi_scratch_room(&w->scratch, (n + 1) * sizeof *own);
	sorted = dctxi_scratch_room(&w->scratch, (n + 1) * sizeof *sorted);
	if (entry == NULL || own == NULL || sorted == NULL)
		return NULL;
	left = all;
	for (size_t i = 0; i < n && dctxi_kept_next(&left, &own[i]); i++) {
		own[i].offset = i;
		sorted[i] = dctxi_sorted_key(&own[i].key);
	}
	*out_n = sort_kept(w, entry, sorted, n);
	return entry;
}

/* By when the context ends, as a point on the clock; nothing when it is over,
 * or never will be, or nobody could read it. */
static size_t put_until(struct writing *w, dctx_entry *entry)
{
	struct dctxi_boot boot;
	int64_t now;
	struct dctxi_end end =
		dctxi_end_now(w->store->cell, w->store->deadline, &now);

	if (end.status != DCTX_OK || end.at == INT64_MAX || !dctxi_boot(&boot))
		return 0;
	*entry = dctxi_until_write(end.at - w->hop->hop_cost, &boot, w->until);
	return 1;
}

/* The message, as long as the scratch; again when a codec writes more than it
 * did the last time. */
static dctx_status encode(struct writing *w, const dctx_encode_options *options,
			  dctx_bytes *out)
{
	size_t len;
	dctx_status status = dctxi_store_encode(w->store, options,
						&w->border.gate, NULL, 0, &len);

	while (status == DCTX_TOO_SMALL) {
		size_t size = len;
		void *room = dctxi_scratch_room(&w->scratch, size);

		if (room == NULL)
			return dctxi_fail(DCTX_NOMEM, "DCTX");
		status = dctxi_store_encode(w->store, options, &w->border.gate,
					    room, size, &len);
		*out = (dctx_bytes){room, len};
	}
	return status;
}

static dctx_status put_text(struct writing *w, dctx_bytes message)
{
	size_t size = DCTX_BASE64_SIZE(message.len);
	struct variable *v;

	if (sizeof "DCTX=" - 1 + size > VARIABLE_MAX)
		return dctxi_fail_limit("DCTX", sizeof "DCTX=" - 1 + size,
					VARIABLE_MAX);
	v = add(w, "dctx", size);
	if (v == NULL)
		return dctxi_fail(DCTX_NOMEM, "DCTX");
	return dctx_base64_encode(DCTX_BASE64_URL, message.data, message.len,
				  v->text + v->name_len + 1, size, NULL);
}

static dctx_status put_envelope(struct writing *w)
{
	const dctx_auth *auth = w->hop->auth;
	dctx_encode_options options = {
		.struct_size = sizeof options,
		.registry = w->hop->registry,
		.hop_cost = w->hop->hop_cost,
		.auth = auth != NULL && auth->sign != NULL ? auth : NULL,
	};
	dctx_bytes message = {NULL, 0};
	struct dctxi_limits limits;
	dctx_status status;
	dctx_entry *entry;
	bool has_limits = dctxi_limits_of(w->store->cell, w->store->deadline,
					  NULL, &limits) != NULL;

	entry = kept_of(w, &options.entry_count);
	if (entry == NULL)
		return dctxi_fail(DCTX_NOMEM, "DCTX");
	options.flags = flags_of(w, has_limits);
	if (has_limits && !(options.flags & DCTX_ENCODE_NO_LIMITS))
		options.entry_count +=
			put_until(w, &entry[options.entry_count]);
	options.entries = entry;
	status = encode(w, &options, &message);
	if (status != DCTX_OK || message.len <= DCTXI_ENVELOPE_EMPTY)
		return status;
	return put_text(w, message);
}

/* What the library's formats write, which may be old in what a child would
 * inherit. */
static const struct {
	const char *propagator; /* NULL: ours in any case */
	const char *header;
} formats[] = {
	{NULL, "dctx"},
	{NULL, "traceparent"},
	{NULL, "tracestate"},
	{NULL, "baggage"},
	{"b3", "b3"},
	{"b3multi", "x-b3-traceid"},
	{"b3multi", "x-b3-spanid"},
	{"b3multi", "x-b3-parentspanid"},
	{"b3multi", "x-b3-sampled"},
	{"b3multi", "x-b3-flags"},
	{"jaeger", "uber-trace-id"},
	{"grpc-timeout", "grpc-timeout"},
	{"x-dctx", "x-dctx"},
	{"x-dctx-bin", "x-dctx-bin"},
};

static bool has_format(const dctx_hop *hop, const char *name)
{
	for (size_t i = 0; i < hop->propagator_count; i++)
		if (strcmp(hop->propagators[i]->name, name) == 0)
			return true;
	return false;
}

/* Whether a variable of the base makes way. */
static bool is_ours(const struct writing *w, const char *variable)
{
	const struct variable *v = w->first;

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (dctxi_variable_value(variable, formats[i].header) &&
		    (formats[i].propagator == NULL ||
		     has_format(w->hop, formats[i].propagator)))
			return true;
	if (dctxi_variable_begins(variable, "uberctx-") != NULL &&
	    has_format(w->hop, "jaeger"))
		return true;
	for (; v != NULL; v = v->next)
		if (strncmp(variable, v->text, v->name_len + 1) == 0)
			return true;
	return false;
}

/* The new environment; while there is no list it is counted only. */
struct layout {
	char **list;
	char *text;
	size_t n;
	size_t used;
};

static void place(struct layout *to, const char *text)
{
	size_t size = strlen(text) + 1;

	if (to->list != NULL)
		to->list[to->n] = memcpy(to->text + to->used, text, size);
	to->n++;
	to->used += size;
}

static void lay(const struct writing *w, char *const *base, struct layout *to)
{
	to->n = to->used = 0;
	for (; *base != NULL; base++)
		if (!is_ours(w, *base))
			place(to, *base);
	for (const struct variable *v = w->first; v != NULL; v = v->next)
		place(to, v->text);
}

static dctx_status make(const struct writing *w, char *const *base, char ***out)
{
	struct layout to = {.list = NULL};
	char **list;

	lay(w, base, &to);
	list = dctxi_raw_alloc((to.n + 1) * sizeof *list + to.used);
	if (list == NULL)
		return dctxi_fail(DCTX_NOMEM, "environment");
	to.list = list;
	to.text = (char *)(list + to.n + 1);
	list[to.n] = NULL;
	lay(w, base, &to);
	*out = list;
	return DCTX_OK;
}

dctx_status dctx_store_environ(const dctx_store *store, char *const *base,
			       const dctx_hop *given, char ***out)
{
	struct writing w = {.store = store};
	const dctx_propagator *w3c[2];
	dctx_carrier carrier = {
		.struct_size = sizeof carrier, .set = set, .user = &w};
	dctx_status status;
	dctx_hop hop;

	if (store == NULL || out == NULL || !dctxi_hop_of(given, &hop, w3c))
		return dctxi_fail(DCTX_INVALID, "environment");
	hop.flags |= DCTX_HOP_ENVIRON;
	w.hop = &hop;
	w.border = dctxi_border_gate(&hop, false);
	status = dctx_store_inject(store, &carrier, &hop, NULL);
	if (status == DCTX_OK)
		status = put_envelope(&w);
	if (status == DCTX_OK)
		status = make(&w, dctxi_variables(base), out);
	dctxi_scratch_end(w.scratch);
	if (status == DCTX_OK && w.border.gate.withheld > 0)
		dctxi_envelope_tell(&w.border, store);
	return status;
}

dctx_status dctx_snapshot_environ(dctx_snapshot *snapshot, char *const *base,
				  const dctx_hop *hop, char ***out)
{
	dctx_guard guard;
	dctx_status status = dctx_attach_borrowed(snapshot, &guard);

	if (status != DCTX_OK)
		return status;
	status = dctx_store_environ(guard.store, base, hop, out);
	dctx_leave(guard);
	return status;
}
