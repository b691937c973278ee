/* SPDX-License-Identifier: MIT */
/*
 * Which layers are mounted, and what each step of a span tells them.
 *
 * Theory. A list of mounted layers never changes once it was published;
 * mounting publishes another. So a span goes on with the list it was opened
 * under by keeping its address, without counting. Lists stay for ever, but one
 * that was there already is used again, so that mounting and unmounting the
 * same layers over and over takes no more and more memory. Writers hold the
 * process's lock.
 */
#ifndef DCTXI_LAYER_H
#define DCTXI_LAYER_H

#include <dctx/layer.h>

struct dctxi_layers {
	const struct dctxi_layers *next; /* of all lists there were */
	unsigned n;
	unsigned flags[DCTX_LAYERS];
	const dctx_layer *layer[DCTX_LAYERS];
};

/* Those that are mounted now; NULL for none. */
const struct dctxi_layers *dctxi_layers_now(void);

/* Tell each layer of a list, which may be NULL. */
void dctxi_layers_open(const struct dctxi_layers *layers, dctx_span *span);
void dctxi_layers_record(const struct dctxi_layers *layers, dctx_span *span,
			 const char *name, const dctx_any *value);
void dctxi_layers_event(const struct dctxi_layers *layers, dctx_span *span,
			const char *name, const dctx_span_field *fields,
			size_t n);
void dctxi_layers_enter(const struct dctxi_layers *layers, dctx_span *span);
void dctxi_layers_leave(const struct dctxi_layers *layers, dctx_span *span);
void dctxi_layers_close(const struct dctxi_layers *layers, dctx_span *span);

#endif
