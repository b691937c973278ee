/* SPDX-License-Identifier: MIT */
#include "trace_out.h"

#include <dctx/deadline.h>

#include <inttypes.h>
#include <string.h>
#include <time.h>

void put_json_string(FILE *to, dctx_bytes text)
{
	const unsigned char *at = text.data, *end = at + text.len;

	fputc('"', to);
	for (; at < end; at++) {
		const unsigned char *plain = at;

		while (at < end && *at >= 0x20 && *at != '"' && *at != '\\' &&
		       *at != '<' && *at != 0x7f)
			at++;
		fwrite(plain, 1, (size_t)(at - plain), to);
		if (at == end)
			break;
		if (*at == '"' || *at == '\\')
			fprintf(to, "\\%c", *at);
		else
			fprintf(to, "\\u%04x", *at);
	}
	fputc('"', to);
}

void put_hex(FILE *to, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;

	for (size_t i = 0; i < n; i++) {
		fputc(digits[at[i] >> 4], to);
		fputc(digits[at[i] & 15], to);
	}
}

void put_microseconds(FILE *to, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	fprintf(to, "%s%" PRIu64 ".%03u", ns < 0 ? "-" : "", size / 1000,
		(unsigned)(size % 1000));
}

/* Three digits that count, in the unit that leaves one before the point. */
const char *time_text(int64_t ns, char *out)
{
	static const struct {
		double ns;
		const char *name;
	} units[] = {{3600e9, "h"}, {60e9, "min"}, {1e9, "s"},
		     {1e6, "ms"},   {1e3, "us"},   {1, "ns"}};
	double size = ns < 0 ? -(double)ns : (double)ns;
	size_t i = 0;

	while (i < sizeof units / sizeof *units - 1 && size < units[i].ns)
		i++;
	size /= units[i].ns;
	snprintf(out, 32, "%s%.*f %s", ns < 0 ? "-" : "",
		 units[i].ns <= 1 || size >= 99.95 ? 0
		 : size >= 9.995		   ? 1
						   : 2,
		 size, units[i].name);
	return out;
}

const char *date_text(int64_t ns, char *out)
{
	time_t seconds = (time_t)(ns / DCTX_S - (ns % DCTX_S < 0));
	int64_t rest = ns - (int64_t)seconds * DCTX_S;
	struct tm when;
	size_t len = 0;

	if (gmtime_r(&seconds, &when) != NULL)
		len = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &when);
	snprintf(out + len, 40 - len, ".%06" PRId64 "Z", rest / DCTX_US);
	return out;
}
