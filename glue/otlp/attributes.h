/* SPDX-License-Identifier: MIT */
/*
 * attributes.h - a list of names and values, each name once: the protocol takes
 * no other. Names and texts are borrowed, and made UTF-8.
 */
#ifndef DCTXI_OTLP_ATTRIBUTES_H
#define DCTXI_OTLP_ATTRIBUTES_H

#include "arena.h"
#include "otlp.pb-c.h"

#include <dctx/span.h>

struct attributes {
	struct arena *arena;
	Otlp__KeyValue **list;
	size_t n, room;
};

/*
 * Adds a name. Returns its value, with none in it yet, for the caller to set;
 * NULL when the name is there already, or is empty, and without memory.
 */
Otlp__AnyValue *dctxi_otlp_add(struct attributes *attributes, dctx_bytes name);

/* Add a name with its value, unless the name is there. */
void dctxi_otlp_add_text(struct attributes *attributes, const char *name,
			 dctx_bytes text);
void dctxi_otlp_add_string(struct attributes *attributes, const char *name,
			   const char *text);
void dctxi_otlp_add_int(struct attributes *attributes, const char *name,
			int64_t value);

/* Adds fields that are not empty, each with its kind: a number past int64 as
 * text, an object of the user's as its type shows it. */
void dctxi_otlp_add_fields(struct attributes *attributes,
			   const dctx_span_field *fields, size_t n);

#endif
