/* SPDX-License-Identifier: MIT */
/*
 * children.c - the processes whose parent we are, also by adoption.
 *
 * A child's number is its own until we have waited for it, so one that was seen
 * to be a child cannot be another's when it is killed. Where the kernel does
 * not tell whose parent we are, there is nobody to kill.
 */
#include "children.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_there(idtype_t type, id_t id)
{
	siginfo_t info;

	return waitid(type, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool children_are_there(void)
{
	return is_there(P_ALL, 0);
}

bool children_kill(void)
{
	char path[64];
	bool found = false;
	FILE *file;
	int pid;

	/* We have one thread. */
	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children",
		       (int)getpid());
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	/* The numbers may be those of another namespace's /proc. */
	while (fscanf(file, "%d", &pid) == 1)
		if (pid > 1 && is_there(P_PID, (id_t)pid) &&
		    kill(pid, SIGKILL) == 0)
			found = true;
	(void)fclose(file);
	return found;
}
