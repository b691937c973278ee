/* SPDX-License-Identifier: MIT */
/* Must fail under valgrind: depends on uninitialised value */
#include <stdlib.h>

static char *volatile p;
static volatile int taken;

int main(void)
{
	p = malloc(8);
	if (p[3])
		taken = 1;
	free(p);
	return 0;
}
