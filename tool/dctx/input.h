/* SPDX-License-Identifier: MIT */
/* input.h - what a command reads: files, and messages in whatever form. */
#ifndef INPUT_H
#define INPUT_H

#include "text.h"

/* The forms of a message. As one of them is meant, a message is told by how it
 * begins. */
enum form { FORM_AUTO, FORM_RAW, FORM_HEX, FORM_BASE64 };

/* Reads a file, or stdin for "-", in place of what was there. False after it
 * said why not. */
bool input_read(const char *path, struct text *out);

/* Makes bytes of a message that may be in a text form, in place. Returns NULL,
 * or what is wrong. */
const char *input_message(struct text *message, enum form form);

#endif
