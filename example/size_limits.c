/* SPDX-License-Identifier: MIT */
/*
 * A limit on the size of a message holds for both ends: a context past it is
 * not written, a message past it is not read, and in both cases nothing
 * changes. The error has both numbers. A limit of 0 is none.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

DCTX_KEY_STR(k_payload, "payload", DCTX_WIRE);

static void explain(const char *what, dctx_status status, size_t len)
{
	const dctx_error *error = dctx_last_error();

	if (status == DCTX_OK)
		printf("%s: %zu bytes\n", what, len);
	else if (status == DCTX_LIMIT)
		printf("%s: refused, %zu bytes are more than %zu\n", what,
		       error->size, error->limit);
	else
		printf("%s: %s\n", what, dctx_strerror(status));
}

/* Encodes a context of one payload; the caller frees the message. */
static void *encode(const char *what, const char *payload, size_t *len)
{
	void *message = NULL;
	dctx_status status;

	*len = 0;
	DCTX_SCOPE_UNNAMED;
	dctx_set(k_payload, payload);
	status = dctx_encode_alloc(&message, len);
	explain(what, status, *len);
	return message;
}

static void decode(const char *what, const void *message, size_t len)
{
	dctx_guard guard = {0};
	dctx_status status = dctx_decode_here(message, len, &guard);

	explain(what, status, len);
	printf("%s: %zu characters of payload\n", what,
	       strlen(dctx_get(k_payload, "")));
	if (status == DCTX_OK)
		dctx_leave(guard);
}

int main(void)
{
	size_t before = dctx_limit_get(DCTX_LIMIT_MESSAGE_BYTES);
	char large[201];
	void *message;
	size_t len;

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';

	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 60);
	free(encode("small", "small", &len)); /* just fits */
	free(encode("large", large, &len));

	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 0);
	message = encode("large, no limit", large, &len);
	if (message == NULL)
		return 1;

	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 254);
	decode("received, limit 254", message, len);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 255);
	decode("received, limit 255", message, len);

	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, before);
	free(message);
	return 0;
}
