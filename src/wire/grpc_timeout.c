/* SPDX-License-Identifier: MIT */
#include "wire/grpc_timeout.h"

#include "wire/ows.h"

/* "at most 8 digits". */
#define DIGITS 8u
#define VALUE_END INT64_C(100000000)

/* The units, the smallest first. */
static const struct {
	char name;
	int64_t ns;
} units[] = {
	{'n', 1},
	{'u', 1000},
	{'m', 1000000},
	{'S', 1000000000},
	{'M', 60 * INT64_C(1000000000)},
	{'H', 3600 * INT64_C(1000000000)},
};
#define UNITS (sizeof units / sizeof *units)

static bool refuse(const struct dctxi_sink *sink, dctx_rule rule,
		   dctx_effect effect, size_t offset)
{
	dctxi_found(sink, rule, effect, offset, (dctx_bytes){NULL, 0});
	return false;
}

/* The nanoseconds of a unit; 0 for what is none. Case counts: m and M differ.
 */
static int64_t unit_of(char c)
{
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].name == c)
			return units[i].ns;
	return 0;
}

/* "positive integer as ASCII string of at most 8 digits", and leading zeros are
 * digits as others. gRPC's own libraries send 0 for a call that is overdue
 * already, so it is taken: to ignore it would leave the call without any limit.
 */
bool dctxi_grpc_timeout_read(dctx_bytes value, const struct dctxi_sink *sink,
			     int64_t *out)
{
	dctx_bytes text = dctxi_ows_trim(value);
	const char *at = text.data;
	int64_t number = 0, unit;
	size_t base, n = 0;

	if (text.len == 0)
		return false;
	base = (size_t)(at - (const char *)value.data);
	for (; n < text.len && at[n] >= '0' && at[n] <= '9'; n++) {
		if (n == DIGITS)
			return refuse(sink, DCTX_RULE_GRPC_TIMEOUT_VALUE,
				      DCTX_IGNORED, base + n);
		number = number * 10 + (at[n] - '0');
	}
	if (n == 0)
		return refuse(sink, DCTX_RULE_GRPC_TIMEOUT_VALUE, DCTX_IGNORED,
			      base);
	unit = n + 1 == text.len ? unit_of(at[n]) : 0;
	if (unit == 0)
		return refuse(sink, DCTX_RULE_GRPC_TIMEOUT_UNIT, DCTX_IGNORED,
			      base + n);
	if (number == 0)
		(void)refuse(sink, DCTX_RULE_GRPC_TIMEOUT_VALUE, DCTX_KEPT,
			     base);
	if (__builtin_mul_overflow(number, unit, out))
		*out = INT64_MAX;
	return true;
}

/* In the smallest unit in which it has at most eight digits, cut off: the next
 * hop may stop a little early, and never works on when nobody waits. */
size_t dctxi_grpc_timeout_write(int64_t ns, char out[DCTXI_GRPC_TIMEOUT_MAX])
{
	size_t unit = 0, n = 0, len;
	int64_t number;

	while (ns / units[unit].ns >= VALUE_END)
		unit++;
	number = ns / units[unit].ns;
	for (int64_t rest = number; rest > 0 || n == 0; rest /= 10)
		n++;
	len = n;
	for (; n > 0; number /= 10)
		out[--n] = (char)('0' + number % 10);
	out[len] = units[unit].name;
	return len + 1;
}
