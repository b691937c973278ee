/* SPDX-License-Identifier: MIT */
/* input.h - what a command reads: files, and messages in whatever form. */
#ifndef INPUT_H
#define INPUT_H

#include "text.h"

#include <stdbool.h>

/* The forms of a message. As one of them is meant, a message is told by how it
 * begins. */
enum form { FORM_AUTO, FORM_RAW, FORM_HEX, FORM_BASE64 };

struct input {
	const char *path; /* or "-": stdin */
	bool json;	  /* what goes wrong is told as JSON, too */
};

/* Reads it in place of what was there. False after it said why not. */
bool input_read(const struct input *input, struct text *out);

/* Says on stderr what is wrong with it, and perhaps as an object on stdout.
 * Returns false. */
bool input_refuse(const struct input *input, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes bytes of a message that may be in a text form, in place. Returns NULL,
 * or what is wrong. */
const char *input_message(struct text *message, enum form form);

#endif
