/* SPDX-License-Identifier: MIT */
/*
 * message.h - messages put together by hand, byte by byte, for the tests of
 * the envelope: they share no code with what they test.
 */
#ifndef TEST_MESSAGE_H
#define TEST_MESSAGE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct message {
	unsigned char bytes[65536];
	size_t len;
};

static inline void put_raw(struct message *m, const void *data, size_t len)
{
	assert(len <= sizeof m->bytes - m->len);
	if (len > 0)
		memcpy(m->bytes + m->len, data, len);
	m->len += len;
}

/* A little-endian number of `width` bytes. */
static inline void put_number(struct message *m, uint64_t v, size_t width)
{
	for (size_t i = 0; i < width; i++) {
		unsigned char byte = (unsigned char)(v >> 8 * i);

		put_raw(m, &byte, 1);
	}
}

/* The same in place of what stands at an offset. */
static inline void put_number_at(struct message *m, size_t at, uint64_t v,
				 size_t width)
{
	size_t len = m->len;

	m->len = at;
	put_number(m, v, width);
	m->len = len;
}

static inline void put_bytes(struct message *m, const void *data, size_t len)
{
	put_number(m, len, 8);
	put_raw(m, data, len);
}

/* A key or a name. */
static inline void put_text(struct message *m, const char *text)
{
	put_bytes(m, text, strlen(text));
}

/* Begins a message of so many entries. */
static inline void begin(struct message *m, uint64_t entries)
{
	m->len = 0;
	put_number(m, 2, 4);
	put_number(m, entries, 8);
}

/* An entry whose value is these bytes. */
static inline void put_versioned(struct message *m, const char *key,
				 uint32_t version, const void *value,
				 size_t len)
{
	put_text(m, key);
	put_number(m, version, 4);
	put_bytes(m, value, len);
}

/* The same of version 1. */
static inline void put_entry(struct message *m, const char *key,
			     const void *value, size_t len)
{
	put_versioned(m, key, 1, value, len);
}

/* An entry of version 1 whose value is a number of `width` bytes. */
static inline void put_scalar(struct message *m, const char *key, uint64_t v,
			      size_t width)
{
	put_text(m, key);
	put_number(m, 1, 4);
	put_number(m, width, 8);
	put_number(m, v, width);
}

/* An entry of version 1 whose value is a text or bytes. */
static inline void put_string(struct message *m, const char *key,
			      const void *data, size_t len)
{
	put_text(m, key);
	put_number(m, 1, 4);
	put_number(m, 8 + len, 8);
	put_bytes(m, data, len);
}

/* Ends a message without names. */
static inline void end(struct message *m)
{
	put_number(m, 0, 8);
}

#endif
