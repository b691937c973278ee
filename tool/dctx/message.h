/* SPDX-License-Identifier: MIT */
/* message.h - what is wrong with a message, by place and by rule. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "fault.h"

/* Adds all that is wrong. */
void message_check(dctx_bytes message, struct faults *faults);

#endif
