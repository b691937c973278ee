/* SPDX-License-Identifier: MIT */
/*
 * grpc-timeout: how much time a call has left (gRPC over HTTP2, "Requests",
 * TimeoutValue and TimeoutUnit).
 */
#ifndef DCTXI_GRPC_TIMEOUT_H
#define DCTXI_GRPC_TIMEOUT_H

#include "wire/found.h"

/* Reads it as nanoseconds: INT64_MAX for more than that; false, with *out as it
 * was, when it is empty or cannot be read. */
bool dctxi_grpc_timeout_read(dctx_bytes value, const struct dctxi_sink *sink,
			     int64_t *out);

/* Writes a time of at least 0, with no NUL, never as more than it is. Returns:
 * its length. */
#define DCTXI_GRPC_TIMEOUT_MAX 9
size_t dctxi_grpc_timeout_write(int64_t ns, char out[DCTXI_GRPC_TIMEOUT_MAX]);

#endif
