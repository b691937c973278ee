/* SPDX-License-Identifier: MIT */
/* consoles.h - for white-box tests: a terminal. Wants _GNU_SOURCE. */
#ifndef DCTXI_CONSOLES_H
#define DCTXI_CONSOLES_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* One of so many columns, which takes bytes as they are; the other end, which
 * waits for none, in *out_master. */
static inline int terminal(unsigned short columns, int *out_master)
{
	struct winsize size = {.ws_col = columns, .ws_row = 24};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	struct termios as;
	int slave;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(tcgetattr(slave, &as), 0);
	cfmakeraw(&as);
	assert_int_equal(tcsetattr(slave, TCSANOW, &as), 0);
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
	*out_master = master;
	return slave;
}

#endif
