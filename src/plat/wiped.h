/* SPDX-License-Identifier: MIT */
/*
 * For tests: children that the C library does not know of, and whether the
 * system wipes a page for them, by which we do (fork.c). Emulators and old
 * kernels do not; that is asked without our own count.
 */
#ifndef DCTXI_WIPED_H
#define DCTXI_WIPED_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static inline pid_t dctxi_fork_by_the_system(void)
{
#ifdef SYS_fork
	return (pid_t)syscall(SYS_fork);
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

static inline bool dctxi_system_wipes(void)
{
	volatile uint32_t *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = 1;
	pid_t child;

	assert_true(page != MAP_FAILED);
	*page = 1;
	if (madvise((void *)page, sizeof *page, MADV_WIPEONFORK) == 0) {
		child = dctxi_fork_by_the_system();
		assert_true(child >= 0);
		if (child == 0)
			_exit(*page != 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	assert_int_equal(munmap((void *)page, sizeof *page), 0);
	return status == 0;
}

#endif
