/* SPDX-License-Identifier: MIT */
/* Must fail under plain asan tsan valgrind: exit status 3 */
#include <stdio.h>

int main(void)
{
	puts("the right output");
	return 3;
}
