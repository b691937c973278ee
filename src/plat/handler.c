/* SPDX-License-Identifier: MIT */
#include "plat/handler.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

/* Nobody sends these to wake a call. */
static bool is_fault(int number)
{
	static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL,
				     SIGSEGV, SIGSYS, SIGTRAP};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i] == number)
			return true;
	return false;
}

bool dctxi_handlers_restart(void)
{
	int before = errno;
	bool any = false, restart = true;

	for (int number = 1; number <= SIGRTMAX && restart; number++) {
		struct sigaction action;

		/* Not those that the C library keeps to itself. */
		if (is_fault(number) || sigaction(number, NULL, &action) != 0)
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
