/* SPDX-License-Identifier: MIT */
/* Must fail under asan: signed integer overflow */
#include <limits.h>

int main(void)
{
	volatile int most = INT_MAX;

	most = most + 1;
	return 0;
}
