/* SPDX-License-Identifier: MIT */
/*
 * listening.h - tests that run below a source of their own, with a socket of
 * this machine that listens.
 */
#ifndef DCTXT_LISTENING_H
#define DCTXT_LISTENING_H

#include "below.h"

#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in in;
static int listener;

static inline int begin_listening(void **state, int backlog)
{
	socklen_t size = sizeof in;

	if (begin_below(state) != 0)
		return -1;
	in = (struct sockaddr_in){.sin_family = AF_INET};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&in, size) != 0 ||
	    listen(listener, backlog) != 0 ||
	    getsockname(listener, (void *)&in, &size) != 0)
		return -1;
	return 0;
}

static inline int end_listening(void **state)
{
	close(listener);
	return end_below(state);
}

#endif
