/* SPDX-License-Identifier: MIT */
/* text.c - what may be in a text that came from outside. */
#include "shop.h"

#include <stdlib.h>
#include <string.h>

bool shop_is_word(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz"
				  "0123456789-_.");

	return len > 0 && len <= 64 && text[len] == '\0';
}

bool shop_is_number(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18 || text[digits] != '\0')
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}
