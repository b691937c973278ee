/* SPDX-License-Identifier: MIT */
#include "gzip.h"

#include <limits.h>
#include <zlib.h>

#define WINDOW (15 + 16) /* 32 KiB, and gzip's header */
#define MEMORY 8	 /* zlib's default */

dctx_status dctxi_otlp_gzip(struct arena *arena, ProtobufCBinaryData in,
			    ProtobufCBinaryData *out)
{
	z_stream z = {.next_in = in.data, .avail_in = (uInt)in.len};
	unsigned long bound;
	int result = Z_MEM_ERROR;

	if (in.len > UINT_MAX / 2 ||
	    deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return DCTX_NOMEM;
	bound = deflateBound(&z, in.len);
	out->data = dctxi_otlp_take(arena, bound);
	if (out->data != NULL) {
		z.next_out = out->data;
		z.avail_out = (uInt)bound;
		result = deflate(&z, Z_FINISH);
	}
	out->len = z.total_out;
	(void)deflateEnd(&z);
	return result == Z_STREAM_END ? DCTX_OK : DCTX_NOMEM;
}
