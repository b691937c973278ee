/* SPDX-License-Identifier: MIT */
/* Must fail under asan valgrind: 77 byte.* in 1 (object|block) */
#include <stdlib.h>

static void *volatile kept;

int main(void)
{
	kept = malloc(77);
	kept = NULL;
	return 0;
}
