/* SPDX-License-Identifier: MIT */
/* Must fail under plain: Timeout */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
