/* SPDX-License-Identifier: MIT */
/* message.h - what is wrong with a message, by place and by rule. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "fault.h"

/* Adds all that is wrong. */
void message_check(dctx_bytes message, struct faults *faults);

/* Adds that a text is no message in any form, and why not. */
void message_no_form(const char *wrong, struct faults *faults);

#endif
