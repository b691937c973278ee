/* SPDX-License-Identifier: MIT */
/*
 * layered.h - tests under layers: each begins with some mounted, and ends with
 * none.
 */
#ifndef DCTXT_LAYERED_H
#define DCTXT_LAYERED_H

#include "kit.h"

/* A test under the sync layer, the async one, or both, mounted in that order
 * with DCTX_LAYER_INFO. */
#define DCTXT_LAYERED(f, which)                                                \
	cmocka_unit_test_setup_teardown(f, dctxt_begin_##which,                \
					dctxt_layers_end)

int dctxt_begin_sync(void **state);
int dctxt_begin_async(void **state);
int dctxt_begin_both(void **state);
int dctxt_layers_end(void **state);

/* Mounts them by name: "sync", "async", "both", "". */
void dctxt_layers_mount(const char *which, unsigned flags);
void dctxt_layers_unmount(void);

/* A span of a name with one field, entered; and left and closed. The value may
 * be NULL: the field is declared and empty. A field that is NULL: none. */
dctx_span *dctxt_span_begin(const dctx_span_site *site, const char *field,
			    const dctx_any *value);
void dctxt_span_end(dctx_span *span);

/* What is recorded into spans while it is mounted: by whom, it cannot tell. */
struct dctxt_recorded {
	int times;
	char name[32];
	char text[64]; /* of a text; of a number, as decimal */
	dctx_kind kind;
};
extern struct dctxt_recorded dctxt_recorded;

#endif
