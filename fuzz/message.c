/* SPDX-License-Identifier: MIT */
/*
 * Bytes from outside, walked entry by entry in a process that knows no key:
 * what opens, a decode takes that skips bad values (only dctx's own can be bad
 * here), and its parts put together again are the same bytes. Sent along with a
 * context of nothing, the entries come out sorted, if no name comes twice.
 */
#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* Room for `n` of something, of a number that the message was checked for. */
static void *room(size_t n, size_t size)
{
	void *memory = calloc(n + 1, size);

	must(memory != NULL);
	return memory;
}

static dctx_message_parts parts_of(const dctx_message *message,
				   const uint8_t *data)
{
	dctx_message m = *message;
	dctx_entry *entries = room(m.entries, sizeof *entries);
	dctx_bytes *names = m.has_chain ? room(m.names, sizeof *names) : NULL;
	size_t i = 0, end = 12;

	for (; dctx_message_entry(&m, &entries[i]); i++) {
		must(entries[i].offset == end);
		must((const uint8_t *)entries[i].key.data == data + end + 8);
		end += 20 + entries[i].key.len + entries[i].value.len;
	}
	must(i == m.entries);
	for (i = 0; m.has_chain && dctx_message_name(&m, &names[i]); i++)
		end += 8 + names[i].len;
	must(i == m.names);
	must(end + (m.has_chain ? 8 : 0) == m.len);
	return (dctx_message_parts){sizeof(dctx_message_parts),
				    m.version,
				    entries,
				    m.entries,
				    names,
				    m.names};
}

static void must_be_written_again(const dctx_message_parts *parts,
				  const uint8_t *data, size_t size)
{
	unsigned char *again = room(size, 1);
	size_t len = 0;

	must(dctx_message_write(parts, NULL, 0, &len) == DCTX_TOO_SMALL);
	must(len == size);
	must(dctx_message_write(parts, again, size, &len) == DCTX_OK);
	must(len == size && memcmp(again, data, size) == 0);
	must(dctx_message_write(parts, again, size - 1, &len) ==
	     DCTX_TOO_SMALL);
	free(again);
}

static int order(const dctx_entry *a, const dctx_entry *b)
{
	size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
	int first = memcmp(a->key.data, b->key.data, len);

	if (first != 0)
		return first;
	return a->key.len < b->key.len ? -1 : a->key.len > b->key.len;
}

/* A strict reader that skips bad values refuses exactly what cannot be sent
 * along: a name twice. */
static void must_be_sorted(const dctx_message_parts *parts, bool is_strict)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_ENCODE_NO_LIMITS |
						      DCTX_ENCODE_NO_TRACE,
					     .entries = parts->entries,
					     .entry_count = parts->entry_count};
	dctx_entry before, entry;
	unsigned char *sorted;
	dctx_message m;
	size_t len = 0;
	dctx_status status = dctx_snapshot_encode_with(dctx_snapshot_empty(),
						       &options, NULL, 0, &len);

	must(status == (is_strict ? DCTX_TOO_SMALL : DCTX_CONFLICT));
	if (!is_strict)
		return;
	sorted = room(len, 1);
	must(dctx_snapshot_encode_with(dctx_snapshot_empty(), &options, sorted,
				       len, &len) == DCTX_OK);
	must(dctx_message_open(sorted, len, &m) == DCTX_OK);
	must(m.entries == parts->entry_count && m.trailing == 0);
	for (size_t i = 0; dctx_message_entry(&m, &entry); i++) {
		must(i == 0 || order(&before, &entry) < 0);
		before = entry;
	}
	free(sorted);
}

static bool is_ours(const dctx_entry *entry)
{
	static const char *const names[] = {"dctx.deadline", "dctx.cancel",
					    "dctx.trace", "dctx.baggage"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (entry->key.len == strlen(names[i]) &&
		    memcmp(entry->key.data, names[i], entry->key.len) == 0)
			return true;
	return false;
}

/* What ends a context is read by a process that knows no key, too. */
static void must_be_taken(const dctx_message_parts *parts, const uint8_t *data,
			  size_t size)
{
	dctx_snapshot *s = NULL;
	dctx_status status = dctx_decode(data, size, &s);
	bool any = false;

	for (size_t i = 0; i < parts->entry_count; i++)
		any = any || is_ours(&parts->entries[i]);
	must(status == DCTX_OK ||
	     (any && (status == DCTX_CORRUPT || status == DCTX_UNSUPPORTED)));
	dctx_snapshot_unref(s);
}

static dctx_status decode(const uint8_t *data, size_t size, unsigned flags)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags};
	dctx_snapshot *s = NULL;
	dctx_status status = dctx_decode_with(data, size, &options, &s);

	dctx_snapshot_unref(s);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_message message;
	dctx_message_parts parts;
	dctx_status status = dctx_message_open(data, size, &message);

	must(decode(data, size, DCTX_DECODE_SKIP_BAD) == status);
	if (status != DCTX_OK)
		return 0;
	must(message.len + message.trailing == size);
	parts = parts_of(&message, data);
	must_be_taken(&parts, data, size);
	must_be_written_again(&parts, data, message.len);
	status = decode(data, message.len,
			DCTX_DECODE_STRICT | DCTX_DECODE_SKIP_BAD);
	must_be_sorted(&parts, status == DCTX_OK);
	free((void *)(uintptr_t)parts.entries);
	free((void *)(uintptr_t)parts.names);
	return 0;
}
