/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <string.h>

/* w3c is the trace alone: baggage is a standard of its own, and a format of its
 * own here. */
static const struct {
	const char *name;
	const dctx_propagator *(*get)(void);
} formats[] = {
	{"w3c", dctx_w3c_trace},
	{"baggage", dctx_w3c_baggage},
	{"b3", dctx_b3},
	{"b3m", dctx_b3_multi},
	{"jaeger", dctx_jaeger},
	{"grpc-timeout", dctx_grpc_timeout},
	{"x-dctx", dctx_envelope_text},
	{"x-dctx-bin", dctx_envelope_grpc},
};

const dctx_propagator *format_named(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strlen(formats[i].name) == len &&
		    memcmp(formats[i].name, name, len) == 0)
			return formats[i].get();
	return NULL;
}

bool formats_read(const char *names, struct formats *out)
{
	out->count = 0;
	for (const char *at = names;; at++) {
		size_t len = strcspn(at, ",");
		const dctx_propagator *found = format_named(at, len);

		if (found == NULL || out->count == FORMATS_MAX)
			return false;
		out->list[out->count++] = found;
		at += len;
		if (*at == '\0')
			return true;
	}
}

dctx_hop hop_of(const struct formats *list)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = list->list,
			  .propagator_count = list->count,
			  .flags = DCTX_HOP_SAME_SPAN};
}
