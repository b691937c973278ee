/* SPDX-License-Identifier: MIT */
/*
 * dctx/field.h - how a key's value is told outside of contexts: under which
 * name in a log line and in a span, from which field of a span it comes, and
 * how it looks there.
 *
 *     static const dctx_field rid = {DCTX_FIELD_SIZE, .flags = DCTX_FIELD_LOG |
 *                                    DCTX_FIELD_EXTRACT, .name = "rid"};
 *     dctx_field_set(&request_id.key, &rid);
 *
 * Keys with DCTX_LOG are told without this, by their own names.
 */
#ifndef DCTX_FIELD_H
#define DCTX_FIELD_H

#include <dctx/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a key is told, and where from. Since: 0.1. */
#define DCTX_FIELD_LOG 1u     /* in log lines */
#define DCTX_FIELD_RECORD 2u  /* into a span's declared and empty field */
#define DCTX_FIELD_EXTRACT 4u /* from a span's field into the context */

/* Of one key. Zeroed but for struct_size: it is told nowhere. Since: 0.1. */
typedef struct dctx_field {
	size_t struct_size; /* DCTX_FIELD_SIZE */
	unsigned flags;
	const char *name;	/* in log lines; NULL: the key's */
	const char *record_as;	/* into which field; NULL: `name` */
	const char *extract_as; /* from which field; NULL: the key's name */
	/* Writes a value of the key's kind as snprintf does, with a NUL, on
	 * whatever thread; (size_t)-1: it cannot, and the field is left out.
	 * NULL: as dumps do. What does not fit into `size` is cut, between
	 * characters. It is asked once as long as the values stay: let it show
	 * nothing else. It may use dctx, but lines that it logs have no fields,
	 * and what it sets may be what the logger has borrowed. A secret's
	 * value is never shown to it. For log lines; and for spans, where NULL
	 * means as for log lines. */
	size_t (*format)(const dctx_any *value, char *buf, size_t size);
	size_t (*format_span)(const dctx_any *value, char *buf, size_t size);
	/* Makes of a field's value one of the key's kind; *out may borrow from
	 * `from`. Not DCTX_OK: it is passed over. NULL: what has the key's
	 * kind, or fits it (dctx_set_any). */
	dctx_status (*extract)(const dctx_any *from, dctx_any *out);
} dctx_field;
#define DCTX_FIELD_SIZE sizeof(dctx_field)

/*
 * Sets how a key is told, from the next line and the next span on, wherever
 * that is; NULL: by its policy alone again. `field` is copied; its names must
 * stay.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL key, a smaller struct_size and
 * unknown flags; DCTX_NOMEM; DCTX_SYSTEM when the loader cannot keep what it
 * points at; as dctx_key_register. Threads: any. Blocks: while another sets
 * one. Allocates: for what was not said of this key before. Since: 0.1.
 */
DCTX_API dctx_status dctx_field_set(dctx_key *key, const dctx_field *field);

/*
 * Tells how a key is told now; struct_size is the library's.
 * Returns: whether it was set; false, with nothing written, for a NULL and for
 * NULL having been set since. Threads: any. Signal-safe. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API bool dctx_field_get(const dctx_key *key, dctx_field *out);

#ifdef __cplusplus
}
#endif
#endif
