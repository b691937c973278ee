/* SPDX-License-Identifier: MIT */
/*
 * direct.h - the table of a sink in the hand of a test: dctx_sink_new is the
 * test's own here, which the loader takes before the library's.
 */
#ifndef DCTXT_OTLP_DIRECT_H
#define DCTXT_OTLP_DIRECT_H

#include "dctx_otlp.h"

#include "kit.h"
#include "stand_in.h"
#include "told.h"

/* What the last sink was made with. */
static struct direct {
	const dctx_sink_ops *ops;
	void *user;
	dctx_status refuse; /* it is not made */
	const dctx_sink_options *given;
	char url[64];
} direct;

DCTX_MUST_USE dctx_status dctx_sink_new(const dctx_sink_ops *ops, void *user,
					const dctx_sink_options *options,
					dctx_sink **out)
{
	if (direct.refuse != DCTX_OK)
		return direct.refuse;
	direct.ops = ops;
	direct.user = user;
	direct.given = options;
	*out = (dctx_sink *)&direct;
	return DCTX_OK;
}

static inline dctx_sink *direct_begin(const dctx_otlp_options *options)
{
	dctx_sink *sink = NULL;

	assert_int_equal(dctx_otlp_new(options, &sink), DCTX_OK);
	assert_non_null(sink);
	return sink;
}

/* To a stand-in, with what else `options` says. */
static inline dctx_sink *direct_to(const struct stand_in *s,
				   dctx_otlp_options options)
{
	(void)snprintf(direct.url, sizeof direct.url,
		       "http://127.0.0.1:%d/v1/traces", s->port);
	options.struct_size = DCTX_OTLP_OPTIONS_SIZE;
	options.endpoint = direct.url;
	return direct_begin(&options);
}

static inline void direct_end(void)
{
	direct.ops->free(direct.user);
}

/* Exports so many spans, with time enough. */
static inline dctx_status direct_export(size_t n)
{
	dctx_told_span spans[16];

	for (size_t i = 0; i < n; i++)
		spans[i] = told_plain();
	return direct.ops->export_spans(direct.user, spans, n,
					dctx_deadline_in(30 * DCTX_S));
}

static inline dctx_otlp_stats direct_stats(const dctx_sink *sink)
{
	dctx_otlp_stats stats = {.struct_size = sizeof stats};

	assert_int_equal(dctx_otlp_stats_read(sink, &stats), DCTX_OK);
	return stats;
}

#endif
