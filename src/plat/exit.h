/* SPDX-License-Identifier: MIT */
/* What runs when the process ends by exit(3) or by the return of main. */
#ifndef DCTXI_EXIT_H
#define DCTXI_EXIT_H

#include <stdbool.h>

/* Has it call a function then, before those that were asked for earlier; false
 * when there is no memory for that. */
bool dctxi_at_exit(void (*fn)(void));

#endif
