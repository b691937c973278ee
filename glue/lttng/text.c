/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *dctxi_lttng_hex(const void *data, size_t len, char *buf)
{
	const unsigned char *from = data;
	char *to = buf;

	if (len > (DCTXI_LTTNG_TEXT - 1) / 2)
		len = (DCTXI_LTTNG_TEXT - 1) / 2;
	for (size_t i = 0; i < len; i++) {
		*to++ = "0123456789abcdef"[from[i] >> 4];
		*to++ = "0123456789abcdef"[from[i] & 15];
	}
	*to = '\0';
	return buf;
}

static const char *copy(dctx_bytes text, char *buf)
{
	const char *from = text.data;
	size_t len = strnlen(from, text.len);

	if (len >= DCTXI_LTTNG_TEXT) {
		len = DCTXI_LTTNG_TEXT - 1;
		/* Not before a byte that continues a character of UTF-8. */
		for (int i = 0; i < 3 && (from[len] & 0xc0) == 0x80; i++)
			len--;
	}
	memcpy(buf, from, len);
	buf[len] = '\0';
	return buf;
}

const char *dctxi_lttng_text(const dctx_any *value, char *buf)
{
	const size_t size = DCTXI_LTTNG_TEXT;

	switch ((int)value->kind) {
	case 0:
		*buf = '\0';
		return buf;
	case DCTX_KIND_BOOL:
		return strcpy(buf, value->as.b ? "true" : "false");
	case DCTX_KIND_U8:
	case DCTX_KIND_U16:
	case DCTX_KIND_U32:
	case DCTX_KIND_U64:
		snprintf(buf, size, "%" PRIu64, value->as.u);
		return buf;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		snprintf(buf, size, "%.17g", value->as.f);
		return buf;
	case DCTX_KIND_STR:
		return copy(value->as.bytes, buf);
	case DCTX_KIND_BYTES:
		return dctxi_lttng_hex(value->as.bytes.data,
				       value->as.bytes.len, buf);
	case DCTX_KIND_TYPE:
		snprintf(buf, size, "<%s>",
			 value->type != NULL ? value->type->name : "object");
		return buf;
	default:
		snprintf(buf, size, "%" PRId64, value->as.i);
		return buf;
	}
}
