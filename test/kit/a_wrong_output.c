/* SPDX-License-Identifier: MIT */
/* Must fail under plain asan tsan valgrind: \+it says another thing */
#include <stdio.h>

int main(void)
{
	puts("it says another thing");
	return 0;
}
