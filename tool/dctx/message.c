/* SPDX-License-Identifier: MIT */
/*
 * message.c - a message held against the envelope's rules. No key is known
 * here, so nothing is said of values but of those that are dctx's own.
 */
#include "message.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#define ENVELOPE "dctx, envelope"

enum { CORRUPT, VERSION, LIMIT, TRAILING, TWICE, UNKNOWN, VALUE };

static const struct fault_rule rules[] = {
	[CORRUPT] = {"MESSAGE_CORRUPT",
		     "it ends early, or is malformed, where this is to be",
		     ENVELOPE},
	[VERSION] = {"MESSAGE_VERSION", "the version is neither 1 nor 2",
		     ENVELOPE},
	[LIMIT] = {"MESSAGE_LIMIT", "it is past a limit", ENVELOPE},
	[TRAILING] = {"MESSAGE_TRAILING", "bytes follow the message", ENVELOPE},
	[TWICE] = {"MESSAGE_TWICE", "a key comes again, and the last counts",
		   ENVELOPE},
	[UNKNOWN] = {"MESSAGE_RESERVED",
		     "names that begin with dctx. are reserved, and this is "
		     "none of those in use",
		     ENVELOPE},
	[VALUE] = {"MESSAGE_VALUE", "the value of a reserved entry is bad",
		   ENVELOPE},
};

struct check {
	dctx_bytes message;
	struct faults *faults;
};

static void add(const struct check *check, int rule, const char *effect,
		size_t offset, dctx_bytes what)
{
	faults_add(check->faults,
		   &(struct fault){.rule = rules[rule],
				   .effect = effect,
				   .header = (char[]){""},
				   .offset = offset,
				   .whole = check->message,
				   .what = (char *)(uintptr_t)what.data,
				   .what_len = what.len});
}

static void add_failure(const struct check *check, dctx_status status)
{
	const dctx_error *error = dctx_last_error();
	int rule = status == DCTX_LIMIT		? LIMIT
		   : status == DCTX_UNSUPPORTED ? VERSION
						: CORRUPT;

	add(check, rule, dctx_effect_name(DCTX_IGNORED), error->offset,
	    (dctx_bytes){error->what, strlen(error->what)});
}

static int by_key(const void *a, const void *b)
{
	const dctx_entry *x = a, *y = b;
	size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
	int order = len > 0 ? memcmp(x->key.data, y->key.data, len) : 0;

	if (order != 0)
		return order;
	if (x->key.len != y->key.len)
		return x->key.len < y->key.len ? -1 : 1;
	return x->offset < y->offset ? -1 : 1;
}

static bool is_same(dctx_bytes a, dctx_bytes b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_in_use(dctx_bytes key)
{
	static const char *const names[] = {"dctx.auth",   "dctx.baggage",
					    "dctx.cancel", "dctx.deadline",
					    "dctx.trace",  "dctx.until"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_same(key, (dctx_bytes){names[i], strlen(names[i])}))
			return true;
	return false;
}

static void check_entries(const struct check *check, dctx_message message)
{
	dctx_entry *entries = grown(NULL, message.entries * sizeof *entries);
	size_t n = 0;

	while (dctx_message_entry(&message, &entries[n]))
		n++;
	if (n > 0)
		qsort(entries, n, sizeof *entries, by_key);
	for (size_t i = 0; i < n; i++) {
		const dctx_entry *entry = &entries[i];

		if (i > 0 && is_same(entry[-1].key, entry->key))
			add(check, TWICE, dctx_effect_name(DCTX_REPLACED),
			    entry->offset, entry->key);
		if (entry->reserved && !is_in_use(entry->key))
			add(check, UNKNOWN, dctx_effect_name(DCTX_SKIPPED),
			    entry->offset, entry->key);
	}
	free(entries);
}

static void bad_value(void *user, const dctx_bad_entry *bad)
{
	add(user, VALUE, dctx_effect_name(DCTX_SKIPPED), bad->entry.offset,
	    bad->entry.key);
}

/* What a decode would say of values that are dctx's. */
static void check_values(struct check *check)
{
	dctx_decode_options options = {.struct_size = sizeof options,
				       .flags = DCTX_DECODE_SKIP_BAD,
				       .report = bad_value,
				       .user = check};
	dctx_snapshot *snapshot;
	dctx_status status = dctx_decode_with(
		check->message.data, check->message.len, &options, &snapshot);

	if (status == DCTX_OK)
		(void)dctx_snapshot_unref(snapshot);
	else
		add_failure(check, status);
}

void message_check(dctx_bytes bytes, struct faults *faults)
{
	struct check check = {bytes, faults};
	dctx_message message;
	dctx_status status = dctx_message_open(bytes.data, bytes.len, &message);

	if (status != DCTX_OK) {
		add_failure(&check, status);
		return;
	}
	check_entries(&check, message);
	check_values(&check);
	if (message.trailing > 0)
		add(&check, TRAILING, dctx_effect_name(DCTX_KEPT), message.len,
		    (dctx_bytes){NULL, 0});
}
