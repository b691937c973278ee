/* SPDX-License-Identifier: MIT */
/* params.c - a row's parameters: "depth=32,keys=8", from an op's axes. */
#include "bench.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *chosen = "";

/* Appends the first axis's values one by one to `prefix`, and the rest of the
 * axes to each. */
static void expand(const struct op *op, const char *axes, const char *prefix,
		   row_fn *row, void *arg)
{
	int name = (int)strcspn(axes, "=");
	const char *value = axes + name;
	const char *rest = axes + strcspn(axes, " ");
	char params[128];

	if (*axes == '\0') {
		row(op, prefix, arg);
		return;
	}
	while (value < rest) {
		int len = (int)strcspn(++value, ", ");

		snprintf(params, sizeof(params), "%s%s%.*s=%.*s", prefix,
			 *prefix != '\0' ? "," : "", name, axes, len, value);
		expand(op, rest + (*rest == ' '), params, row, arg);
		value += len;
	}
}

void params_expand(const struct op *op, row_fn *row, void *arg)
{
	expand(op, op->axes, "", row, arg);
}

void params_choose(const char *params)
{
	chosen = params;
}

/* The value of a parameter, up to its comma or the end. */
static const char *find(const char *name)
{
	size_t len = strlen(name);

	for (const char *at = chosen; *at != '\0'; at++) {
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
		at += strcspn(at, ",");
		if (*at == '\0')
			break;
	}
	must_be(false, name);
	return "";
}

long param(const char *name)
{
	return strtol(find(name), NULL, 10);
}

bool param_is(const char *name, const char *value)
{
	const char *at = find(name);

	return strcspn(at, ",") == strlen(value) &&
	       strncmp(at, value, strlen(value)) == 0;
}

/* As a JSON object: numbers as such. Names and values are this program's own
 * words and need no escapes. */
void params_print(void)
{
	const char *at = chosen;

	putchar('{');
	while (*at != '\0') {
		int name = (int)strcspn(at, "=");
		const char *value = at + name + 1;
		int len = (int)strcspn(value, ",");
		const char *quote = isdigit((unsigned char)*value) ? "" : "\"";

		printf("%s\"%.*s\": %s%.*s%s", at == chosen ? "" : ", ", name,
		       at, quote, len, value, quote);
		at = value + len;
		at += *at == ',';
	}
	putchar('}');
}
