/* SPDX-License-Identifier: MIT */
/*
 * share.c - what a service gathered goes back beside its answer, and adds up
 * with what its caller has.
 *
 * Nobody here knows what is gathered: keys.c says that of the keys.
 */
#include "shop.h"

#include <string.h>

#define MAX_SHARE 512

bool shop_give_share(char *text, size_t size)
{
	unsigned char bytes[MAX_SHARE];
	size_t len;
	dctx_status status =
		dctx_gather_encode(NULL, bytes, sizeof(bytes), &len);

	if (status == DCTX_OK)
		status = dctx_base64_encode(DCTX_BASE64, bytes, len, text,
					    size, NULL);
	if (status != DCTX_OK)
		shop_log("cannot say what was gathered: %s",
			 dctx_strerror(status));
	return status == DCTX_OK;
}

void shop_join_share(const char *text)
{
	unsigned char bytes[MAX_SHARE];
	size_t len;
	dctx_status status = dctx_base64_decode(
		DCTX_BASE64, text, strlen(text), bytes, sizeof(bytes), &len);

	if (status == DCTX_OK)
		status = dctx_gather_decode(bytes, len, NULL);
	if (status != DCTX_OK)
		shop_log("what was gathered is lost: %s",
			 dctx_strerror(status));
}
