/* SPDX-License-Identifier: MIT */
/*
 * journal_fields.h - what a line says of its context, as fields of an entry in
 * a journal: an upper-case name, and any bytes; for the glue of who writes
 * such.
 *
 * Theory. It lives on its caller's stack and takes no memory. Values are copied
 * since a format of the user's that comes after them may change the store that
 * they are borrowed from. So it must be gathered before the caller has anything
 * to give back: a format may leave by longjmp.
 *
 * A name is what systemd takes (journal_field_valid): A-Z, 0-9 and _, at first
 * a letter, not too long. What cannot stand there is an underscore, and a name
 * that would not begin with a letter begins with DCTX_. Of several that come to
 * one name the first is told.
 *
 * Values are texts as in any line, not escaped: an entry knows their length.
 */
#ifndef DCTXI_JOURNAL_FIELDS_H
#define DCTXI_JOURNAL_FIELDS_H

#include <dctx/log.h>

/* The bytes of a name at most, and of a prefix. */
#define DCTXI_JOURNAL_NAME 64u
#define DCTXI_JOURNAL_PREFIX 32u
#define DCTXI_JOURNAL_FIELDS 64u

/* Name, a byte between them, value, NUL, one behind the other. */
struct dctxi_journal_field {
	const char *name;
	uint32_t name_len;
	uint32_t len;
};

struct dctxi_journal_fields {
	const char *prefix;
	char between;
	uint32_t n, used;
	uint32_t untold; /* for want of room */
	struct dctxi_journal_field at[DCTXI_JOURNAL_FIELDS + 1];
	char room[DCTX_LOG_BYTES];
};

/* Gathers those of the current context. Where some had no room, the last one
 * is DCTX_UNTOLD, their number. `prefix`: before each name, may be NULL. */
void dctxi_journal_gather(struct dctxi_journal_fields *fields,
			  const char *prefix, char between);

/* Whether `prefix` may stand there: a letter, A-Z, 0-9 and _. */
bool dctxi_journal_prefix_valid(const char *prefix);

static inline const char *
dctxi_journal_value(const struct dctxi_journal_field *field)
{
	return field->name + field->name_len + 1;
}

/* Whether a field has that name. */
static inline bool dctxi_journal_named(const struct dctxi_journal_field *field,
				       const char *name, size_t len)
{
	return field->name_len == len &&
	       __builtin_memcmp(field->name, name, len) == 0;
}

/* The length of a text without a character that was cut in two. */
size_t dctxi_journal_whole(const char *text, size_t len);

#endif
