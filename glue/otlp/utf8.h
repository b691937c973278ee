/* SPDX-License-Identifier: MIT */
/* utf8.h - texts as a collector takes them. */
#ifndef DCTXI_OTLP_UTF8_H
#define DCTXI_OTLP_UTF8_H

#include "arena.h"

#include <protobuf-c/protobuf-c.h>

/*
 * Makes a text UTF-8: each byte that is part of no character becomes U+FFFD.
 * One such byte, and a collector would refuse all of the message. Borrows from
 * `text` where nothing is to be done; empty without memory.
 */
ProtobufCBinaryData dctxi_otlp_utf8(struct arena *arena, const void *text,
				    size_t len);

/* The same of a C string; empty for NULL. */
ProtobufCBinaryData dctxi_otlp_utf8_of(struct arena *arena, const char *text);

/* Writes a character as UTF-8, one that is none as U+FFFD. Returns its bytes,
 * at most 4. */
size_t dctxi_otlp_utf8_put(unsigned char *out, unsigned long c);

#endif
