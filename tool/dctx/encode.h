/* SPDX-License-Identifier: MIT */
/* encode.h - descriptions of messages, as JSON and as lines. */
#ifndef ENCODE_H
#define ENCODE_H

#include "input.h"
#include "parts.h"

/* Read a description into parts. False after they said what is wrong. */
bool encode_json(const struct input *input, const struct text *text,
		 struct parts *parts);
bool encode_lines(const struct input *input, const struct text *text,
		  struct parts *parts);

#endif
