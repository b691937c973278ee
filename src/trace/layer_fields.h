/* SPDX-License-Identifier: MIT */
/*
 * Between a span's fields and the context, as the keys' mappings say
 * (trace/field.h). The user's extract and format run in here, with no lock
 * held and every store whole.
 */
#ifndef DCTXI_LAYER_FIELDS_H
#define DCTXI_LAYER_FIELDS_H

#include "flow/store.h"

#include <dctx/span.h>

/* What a span that has just got its scope brings into it: with DCTX_LAYER_INFO
 * what it is called; its fields. */
void dctxi_layer_info_in(dctx_store *store, const dctx_span *span);
void dctxi_layer_fields_in(dctx_store *store, dctx_span *span);

/* The same of one field. */
void dctxi_layer_field_in(dctx_store *store, dctx_span *span, const char *name);

/* What the context has for the span's fields that are declared and empty. */
void dctxi_layer_fields_out(const dctx_store *store, dctx_span *span);

#endif
