/* SPDX-License-Identifier: MIT */
#include "plat/handler.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

bool dctxi_handlers_restart(void)
{
	int before = errno;
	bool any = false, restart = true;

	for (int number = 1; number <= SIGRTMAX && restart; number++) {
		struct sigaction action;

		/* Not those that the C library keeps to itself. */
		if (sigaction(number, NULL, &action) != 0)
			continue;
		if (action.sa_handler == SIG_DFL ||
		    action.sa_handler == SIG_IGN)
			continue;
		any = true;
		restart = (action.sa_flags & SA_RESTART) != 0;
	}
	errno = before;
	return any && restart;
}
