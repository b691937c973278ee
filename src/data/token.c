/* SPDX-License-Identifier: MIT */
#include "data/token.h"

const bool dctxi_tchar[256] = {
	/* Sixteen a line, from the space on: none of "(),/:;<=>?@[\]{}. */
	[' '] = 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1,
};

bool dctxi_is_token(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && dctxi_is_tchar(text[i]))
		i++;
	return len > 0 && i == len;
}
