/* SPDX-License-Identifier: MIT */
/* Must fail under plain asan tsan valgrind: Subprocess aborted */
#include <stdlib.h>

/* After every test has passed: a crash in a destructor. */
int main(void)
{
	atexit(abort);
	return 0;
}
