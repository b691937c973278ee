/* SPDX-License-Identifier: MIT */
/*
 * variable.c - an environment as a carrier.
 *
 * The standard is OpenTelemetry's "Environment Variables as Context Propagation
 * Carriers", Key Name Normalization: what is asked for is normalized, variables
 * are taken as they are. Earlier drafts had readers normalize those, too.
 */
#include "hop/variable.h"

#include <dctx/environ.h>

#include <string.h>

extern char **environ;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ASCII, whatever the locale. */
static char normal(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - ('a' - 'A'));
	return (c >= 'A' && c <= 'Z') || is_digit(c) ? c : '_';
}

/* What stands before the letters: for a digit, or no name at all. */
static bool has_more(const char *header)
{
	return *header == '\0' || is_digit(*header);
}

static const char *match(const char *variable, const char *header)
{
	if (has_more(header) && *variable++ != '_')
		return NULL;
	while (*header != '\0')
		if (*variable++ != normal(*header++))
			return NULL;
	return variable;
}

const char *dctxi_variable_value(const char *variable, const char *header)
{
	const char *end = match(variable, header);

	return end != NULL && *end == '=' ? end + 1 : NULL;
}

const char *dctxi_variable_begins(const char *variable, const char *prefix)
{
	const char *end = *prefix != '\0' ? match(variable, prefix) : variable;
	const char *at = variable;

	if (end == NULL || is_digit(*at))
		return NULL;
	while (*at != '\0' && *at == normal(*at))
		at++;
	return *at == '=' && at > variable && at >= end ? end : NULL;
}

size_t dctxi_variable_len(const char *header)
{
	return strlen(header) + has_more(header);
}

void dctxi_variable_name(const char *header, char *to)
{
	if (has_more(header))
		*to++ = '_';
	while (*header != '\0')
		*to++ = normal(*header++);
	*to = '\0';
}

char *const *dctxi_variables(char *const *envp)
{
	static char *none[] = {NULL};

	if (envp == NULL)
		envp = environ;
	return envp != NULL ? envp : none; /* after clearenv(3) */
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	char *const *at = dctxi_variables(user);
	const char *value = NULL;

	while (*at != NULL && value == NULL)
		value = dctxi_variable_value(*at++, name);
	if (value != NULL && room > 0)
		values[0] = (dctx_bytes){value, strlen(value)};
	return value != NULL;
}

static void each(void *user, const char *prefix,
		 void (*fn)(void *arg, dctx_bytes name, dctx_bytes value),
		 void *arg)
{
	char *const *at = dctxi_variables(user);

	for (; *at != NULL; at++) {
		const char *value;
		size_t len;

		if (dctxi_variable_begins(*at, prefix) == NULL)
			continue;
		value = strchr(*at, '=') + 1;
		len = (size_t)(value - 1 - *at);
		fn(arg, (dctx_bytes){*at, len},
		   (dctx_bytes){value, strlen(value)});
	}
}

dctx_carrier dctx_environ_carrier(char *const *envp)
{
	return (dctx_carrier){
		.struct_size = sizeof(dctx_carrier),
		.get = get,
		.each = each,
		.user = (void *)(uintptr_t)envp,
	};
}
