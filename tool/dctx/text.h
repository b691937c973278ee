/* SPDX-License-Identifier: MIT */
/* text.h - bytes that grow. Without memory the program ends. */
#ifndef TEXT_H
#define TEXT_H

#include <dctx/codec.h>

#include <stddef.h>

struct text {
	char *at; /* with a NUL behind `len`, once something was added */
	size_t len, room;
};

void text_add(struct text *text, const void *data, size_t len);
void text_str(struct text *text, const char *s);
void text_char(struct text *text, char c);
void text_hex(struct text *text, dctx_bytes bytes);
void text_free(struct text *text);

/* Makes room for so many more bytes, which are not counted yet. */
char *text_room(struct text *text, size_t more);

/* Reads hexadecimal digits of either case, in pairs, to bytes; `out` may be the
 * digits themselves. False for what is none. */
bool unhex(const char *digits, size_t n, void *out);

/* malloc, realloc that end the program. */
void *grown(void *old, size_t size);

/* A list of `count` things of `size`, with one more, zeroed, at its end. */
void *grown_by_one(void *list, size_t count, size_t *room, size_t size);

#endif
