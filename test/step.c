/* SPDX-License-Identifier: MIT */
/* step.c - see step.h. */
#include "step.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#ifdef __x86_64__
#define CAN true
#define TRAP_FLAG 0x100ull
#define FLAGS() __builtin_ia32_readeflags_u64()
#define SET_FLAGS(flags) __builtin_ia32_writeeflags_u64(flags)
#else
#define CAN false
#define TRAP_FLAG 0ull
#define FLAGS() 0ull
#define SET_FLAGS(flags) ((void)(flags))
#endif

static void (*look_around)(void);
static struct sigaction before;
static long steps;

/* The kernel clears the flag while the handler runs. */
static void on_trap(int number)
{
	int saved = errno;

	(void)number;
	steps++;
	look_around();
	errno = saved;
}

bool dctxt_step_can(void)
{
	return CAN;
}

void dctxt_step_begin(void (*look)(void))
{
	struct sigaction action = {.sa_handler = on_trap};

	look_around = look;
	steps = 0;
	sigaction(SIGTRAP, &action, &before);
	SET_FLAGS(FLAGS() | TRAP_FLAG);
}

long dctxt_step_end(void)
{
	SET_FLAGS(FLAGS() & ~TRAP_FLAG);
	sigaction(SIGTRAP, &before, NULL);
	return steps;
}
