/* SPDX-License-Identifier: MIT */
/* gzip.h - a message as HTTP's content-encoding gzip has it. */
#ifndef DCTXI_OTLP_GZIP_H
#define DCTXI_OTLP_GZIP_H

#include "arena.h"

#include <dctx/status.h>
#include <protobuf-c/protobuf-c.h>

/* Returns: DCTX_OK, *out is the arena's; DCTX_NOMEM. */
dctx_status dctxi_otlp_gzip(struct arena *arena, ProtobufCBinaryData in,
			    ProtobufCBinaryData *out);

#endif
