/* SPDX-License-Identifier: MIT */
/* config.h - what a sink was made with: options, environment, defaults. */
#ifndef DCTXI_OTLP_CONFIG_H
#define DCTXI_OTLP_CONFIG_H

#include "dctx_otlp.h"
#include "pairs.h"

#include <dctx/deadline.h>

struct config {
	struct arena arena; /* what all of these are of */
	const char *url;
	struct pair *headers;	  /* such as HTTP takes */
	const char *service;	  /* NULL: as the resource says */
	struct pair *resource[2]; /* the options', the environment's */
	bool gzip;
	const char *ca_file, *client_certificate, *client_key; /* or NULL */
	int64_t timeout;
	unsigned ignored; /* variables */
};

/*
 * Reads all of it; libcurl must be there.
 * Returns: DCTX_OK; as dctx_otlp_new says. On a failure there is nothing to
 * free.
 */
dctx_status dctxi_otlp_configure(struct config *config,
				 const dctx_otlp_options *options);

#endif
