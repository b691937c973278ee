/* SPDX-License-Identifier: MIT */
/*
 * Names and values of a line's fields, each a byte of length and so many bytes,
 * behind two bytes that are the buffer's size: in each style what was written
 * reads back, by readers that know the format only, as the fields that were
 * given, from the first on, and nothing else.
 */
#include "data/utf8.h"
#include "trace/line.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct field {
	char name[256];
	size_t len;
	const uint8_t *value;
	char read[3 * 256];
	size_t read_len;
};

static struct field given[FIELDS];
static size_t fields;

static void must(int condition)
{
	if (!condition)
		abort();
}

/* What readers get of a value: U+FFFD for each byte that is of no character. */
static void clean(struct field *f)
{
	f->read_len = 0;
	for (size_t i = 0, step; i < f->len; i += step) {
		const void *from = f->value + i;

		step = dctxi_utf8_sequence(from, f->len - i);
		if (step == 0)
			from = "\xef\xbf\xbd";
		memcpy(f->read + f->read_len, from, step > 0 ? step : 3);
		f->read_len += step > 0 ? step : 3;
		step += step == 0;
	}
}

static void take(const uint8_t *data, size_t size)
{
	fields = 0;
	while (size >= 2 && fields < FIELDS) {
		struct field *f = &given[fields++];
		size_t name = data[0], value = data[1];

		data += 2;
		size -= 2;
		name = name < size ? name : size;
		value = value < size - name ? value : size - name;
		memcpy(f->name, data, name);
		f->name[name] = '\0';
		f->value = data + name;
		f->len = value;
		data += name + value;
		size -= name + value;
		clean(f);
	}
}

static unsigned hex(const char *at)
{
	unsigned code = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];

		must((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
		code = code << 4 |
		       (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return code;
}

static size_t put_utf8(unsigned code, char *to)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 63));
	to[2] = (char)(0x80 | (code & 63));
	return 3;
}

/* A JSON string behind its quote; gives what follows its end. */
static const char *read_string(const char *at, char *out, size_t *len)
{
	*len = 0;
	while (*at != '"') {
		must((unsigned char)*at >= 0x20 && *at != 0x7f);
		if (*at != '\\') {
			out[(*len)++] = *at++;
			continue;
		}
		switch (*++at) {
		case 'n':
			out[(*len)++] = '\n';
			break;
		case 'r':
			out[(*len)++] = '\r';
			break;
		case 't':
			out[(*len)++] = '\t';
			break;
		case '"':
		case '\\':
			out[(*len)++] = *at;
			break;
		default:
			must(*at == 'u');
			*len += put_utf8(hex(at + 1), out + *len);
			at += 4;
		}
		at++;
	}
	return at + 1;
}

/* RFC 5424, 6.3.3. What has no escape there is compared as it is shown. */
static const char *read_param(const char *at, char *out, size_t *len)
{
	*len = 0;
	while (*at != '"') {
		must((unsigned char)*at >= 0x20 && *at != 0x7f && *at != ']');
		if (*at == '\\') {
			at++;
			must(*at == '"' || *at == '\\' || *at == ']');
		}
		out[(*len)++] = *at++;
	}
	return at + 1;
}

static bool is_shown_so(const char *value, size_t len)
{
	return memchr(value, '\\', len) != NULL;
}

static void check(const struct field *f, const char *read, size_t len,
		  dctx_log_style style)
{
	if (style == DCTX_LOG_SYSLOG && is_shown_so(read, len))
		return;
	must(len == f->read_len && memcmp(read, f->read, len) == 0);
}

static const char *read_value(const char *at, dctx_log_style style,
			      const struct field *f)
{
	static char read[8 * 1024];
	size_t len = 0;

	if (style == DCTX_LOG_SYSLOG) {
		must(*at == '"');
		at = read_param(at + 1, read, &len);
	} else if (*at == '"') {
		at = read_string(at + 1, read, &len);
	} else {
		must(style == DCTX_LOG_LOGFMT);
		for (; *at != '\0' && *at != ' '; at++) {
			must((unsigned char)*at > 0x20 && *at != 0x7f);
			must(*at != '"' && *at != '=' && *at != '\\');
			read[len++] = *at;
		}
		must(len > 0);
	}
	check(f, read, len, style);
	return at;
}

static const char *read_name(const char *at, dctx_log_style style)
{
	static char name[4 * 1024];
	const char *from = at;
	size_t len;

	if (style == DCTX_LOG_JSON) {
		must(*at == '"');
		at = read_string(at + 1, name, &len);
		must(*at == ':');
		return at + 1;
	}
	for (; *at != '='; at++) {
		must((unsigned char)*at > 0x20 && *at != 0x7f && *at != '"');
		if (style == DCTX_LOG_SYSLOG)
			must((unsigned char)*at < 0x7f && *at != ']');
	}
	must(at > from && at - from <= (style == DCTX_LOG_SYSLOG ? 32 : 255));
	return at + 1;
}

/* Gives how many fields there are. */
static size_t read_line(const char *at, dctx_log_style style)
{
	static const char head[] = "[dctx@32473 ";
	size_t n = 0;

	if (*at == '\0')
		return 0;
	if (style == DCTX_LOG_SYSLOG) {
		must(strncmp(at, head, strlen(head)) == 0);
		at += strlen(head);
	}
	for (;;) {
		at = read_name(at, style);
		must(n < fields);
		at = read_value(at, style, &given[n++]);
		if (*at != (style == DCTX_LOG_JSON ? ',' : ' '))
			break;
		at++;
	}
	must(strcmp(at, style == DCTX_LOG_SYSLOG ? "]" : "") == 0);
	return n;
}

/* Into a buffer of exactly its size, for the sanitizer. */
static size_t write_line(dctx_log_style style, size_t size, size_t *out_n)
{
	char *buf = malloc(size > 0 ? size : 1);
	struct dctxi_line line;
	size_t len;

	must(buf != NULL);
	dctxi_line_open(&line, style, false, buf, size);
	for (size_t i = 0; i < fields; i++) {
		const struct dctxi_said said = {
			.is_text = true,
			.text = {given[i].value, given[i].len}};

		dctxi_line_add(&line, given[i].name, &said);
	}
	len = dctxi_line_close(&line);
	must(len <= DCTX_LOG_BYTES);
	*out_n = size > 0 ? read_line(buf, style) : 0;
	if (len < size)
		must(strlen(buf) == len && *out_n + line.left == fields);
	else if (size > 0)
		must(strlen(buf) < size);
	free(buf);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, whole, some;

	if (size < 2)
		return 0;
	room = (size_t)data[0] | (size_t)data[1] << 8;
	take(data + 2, size - 2);
	for (int style = 0; style < 3; style++) {
		size_t len = write_line((dctx_log_style)style,
					DCTX_LOG_BYTES + 1, &whole);

		must(write_line((dctx_log_style)style, room, &some) == len);
		must(some <= whole);
	}
	return 0;
}
