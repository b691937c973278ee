/* SPDX-License-Identifier: MIT */
/*
 * Base64 both ways: bytes come back as they were, and a text that is taken is
 * the one text of its bytes. The first byte chooses the alphabet.
 */
#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void *block(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	must(p != NULL);
	return p;
}

static void bytes_come_back(dctx_base64 alphabet, const void *data, size_t len)
{
	size_t text_len = 0, got = 0, size = DCTX_BASE64_SIZE(len);
	unsigned char *back = block(len);
	char *text = block(size);

	must(dctx_base64_encode(alphabet, data, len, text, size, &text_len) ==
	     DCTX_OK);
	must(text[text_len] == '\0');
	must(dctx_base64_decode(alphabet, text, text_len, back, len, &got) ==
	     DCTX_OK);
	must(got == len && memcmp(back, data, len) == 0);
	free(back);
	free(text);
}

static void a_text_is_the_only_one(dctx_base64 alphabet, const char *text,
				   size_t len)
{
	size_t got = 0, again_len = 0;
	char *copy = block(len), *again = block(len + 1);

	memcpy(copy, text, len);
	if (dctx_base64_decode(alphabet, copy, len, copy, len, &got) ==
	    DCTX_OK) {
		must(dctx_base64_encode(alphabet, copy, got, again, len + 1,
					&again_len) == DCTX_OK);
		must(memcmp(again, text, again_len) == 0);
		/* The URL-safe text may have had padding. */
		for (size_t i = again_len; i < len; i++)
			must(alphabet == DCTX_BASE64_URL && text[i] == '=');
	} else {
		must(memcmp(copy, text, len) == 0);
	}
	free(copy);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_base64 alphabet;

	if (size == 0)
		return 0;
	alphabet = data[0] & 1 ? DCTX_BASE64_URL : DCTX_BASE64;
	bytes_come_back(alphabet, data + 1, size - 1);
	a_text_is_the_only_one(alphabet, (const char *)data + 1, size - 1);
	return 0;
}
