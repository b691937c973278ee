/* SPDX-License-Identifier: MIT */
/* Must fail under asan valgrind: 77 bytes? in 1 (object|blocks) */
#include <stdlib.h>

static void *volatile kept;

int main(void)
{
	kept = malloc(77);
	kept = NULL;
	return 0;
}
