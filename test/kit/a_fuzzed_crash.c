/* SPDX-License-Identifier: MIT */
/* Must fail under fuzz: heap-buffer-overflow */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads past the end of what it is given when that begins with 'd'. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	volatile uint8_t past = 0;

	if (size > 0 && data[0] == 'd')
		past = data[size];
	(void)past;
	return 0;
}
