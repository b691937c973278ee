/* SPDX-License-Identifier: MIT */
/* What the process's signal handlers want of a call that they interrupt. */
#ifndef DCTXI_HANDLER_H
#define DCTXI_HANDLER_H

#include <stdbool.h>

/*
 * Whether a call that a handler interrupted just now is to go on: there are
 * handlers, those for faults left out, and each of them was installed with
 * SA_RESTART.
 *
 * poll(2) ends with EINTR whatever the handler's flags are, and does not tell
 * which signal it was (signal(7)); the calls we stand in for go on after a
 * handler with SA_RESTART. Where there is one without it, the program must
 * expect EINTR from any such call; where there is none, it need not. So an
 * EINTR that somebody waits for is never kept back, and nobody who never met
 * one meets it here. But for a handler without SA_RESTART and with
 * SA_RESETHAND, which is gone by then: it is told only if it was the last.
 */
bool dctxi_handlers_restart(void);

#endif
