/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *grown(void *old, size_t size)
{
	void *p = realloc(old, size > 0 ? size : 1);

	if (p == NULL) {
		fputs("dctx: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *grown_by_one(void *list, size_t count, size_t *room, size_t size)
{
	if (count == *room) {
		*room = 2 * *room + 64;
		list = grown(list, *room * size);
	}
	memset((char *)list + count * size, 0, size);
	return list;
}

char *text_room(struct text *text, size_t more)
{
	if (more >= text->room - text->len) {
		text->room = 2 * text->room + more + 64;
		text->at = grown(text->at, text->room);
	}
	return text->at + text->len;
}

void text_add(struct text *text, const void *data, size_t len)
{
	char *at = text_room(text, len);

	if (len > 0)
		memcpy(at, data, len);
	at[len] = '\0';
	text->len += len;
}

void text_str(struct text *text, const char *s)
{
	text_add(text, s, strlen(s));
}

void text_char(struct text *text, char c)
{
	text_add(text, &c, 1);
}

void text_hex(struct text *text, dctx_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes.data;
	char *at = text_room(text, 2 * bytes.len);

	for (size_t i = 0; i < bytes.len; i++) {
		*at++ = digits[from[i] >> 4];
		*at++ = digits[from[i] & 15];
	}
	*at = '\0';
	text->len += 2 * bytes.len;
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){NULL, 0, 0};
}

/* 16 and more for what is no digit. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

bool unhex(const char *digits, size_t n, void *out)
{
	unsigned char *to = out;

	if (n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		unsigned high = digit(digits[i]), low = digit(digits[i + 1]);

		if (high > 15 || low > 15)
			return false;
		to[i / 2] = (unsigned char)(high << 4 | low);
	}
	return true;
}
