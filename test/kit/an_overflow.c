/* SPDX-License-Identifier: MIT */
/* Must fail under asan: heap-buffer-overflow */
#include <stdlib.h>

static char *volatile p;

int main(void)
{
	p = malloc(8);
	p[8] = 1;
	free(p);
	return 0;
}
