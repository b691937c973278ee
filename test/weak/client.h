/* SPDX-License-Identifier: MIT */
/* client.h - a library that honours limits and does not depend on dctx. */
#ifndef WEAK_CLIENT_H
#define WEAK_CLIENT_H

#include <stdint.h>

/* What it sees of its caller's context. */
struct seen {
	int64_t remaining;
	int milliseconds;
	int done;
	int fd;
	int readable;
};

struct seen client_look(void);

#endif
