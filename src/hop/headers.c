/* SPDX-License-Identifier: MIT */
/* The library's own carrier: a list of names and values. */
#include <dctx/carrier.h>

#include <string.h>

/* Letters without regard to case, ASCII only, whatever the locale. */
static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool begins(dctx_bytes name, const char *prefix, size_t len)
{
	const unsigned char *at = name.data;

	if (name.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(at[i]) != lower((unsigned char)prefix[i]))
			return false;
	return true;
}

static bool is(dctx_bytes name, const char *other, size_t len)
{
	return name.len == len && begins(name, other, len);
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	const dctx_headers *headers = user;
	size_t len = strlen(name), n = 0;

	for (size_t i = 0; i < headers->count; i++) {
		if (!is(headers->list[i].name, name, len))
			continue;
		if (n < room)
			values[n] = headers->list[i].value;
		n++;
	}
	return n;
}

/* Copies a text behind those that are there; the room was looked at. */
static dctx_bytes keep(dctx_headers *headers, const void *text, size_t len)
{
	char *at = headers->text + headers->text_used;

	if (len > 0)
		memcpy(at, text, len);
	headers->text_used += len;
	return (dctx_bytes){at, len};
}

/* Takes a name off the list. */
static void drop(dctx_headers *headers, const char *name, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < headers->count; i++)
		if (!is(headers->list[i].name, name, len))
			headers->list[kept++] = headers->list[i];
	headers->count = kept;
}

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	dctx_headers *headers = user;
	size_t len = strlen(name), left;
	bool there = get(user, name, NULL, 0) > 0;

	left = headers->text_size - headers->text_used;
	if (len > left || value.len > left - len ||
	    (!there && headers->count >= headers->max))
		return DCTX_TOO_SMALL;
	drop(headers, name, len);
	headers->list[headers->count].name = keep(headers, name, len);
	headers->list[headers->count].value =
		keep(headers, value.data, value.len);
	headers->count++;
	return DCTX_OK;
}

static void each(void *user, const char *prefix,
		 void (*fn)(void *arg, dctx_bytes name, dctx_bytes value),
		 void *arg)
{
	const dctx_headers *headers = user;
	size_t len = strlen(prefix);

	for (size_t i = 0; i < headers->count; i++)
		if (begins(headers->list[i].name, prefix, len))
			fn(arg, headers->list[i].name, headers->list[i].value);
}

dctx_carrier dctx_headers_carrier(dctx_headers *headers)
{
	return (dctx_carrier){sizeof(dctx_carrier), get, set, each, headers};
}
