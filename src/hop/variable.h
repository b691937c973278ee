/* SPDX-License-Identifier: MIT */
/* Variables of an environment, "NAME=value", by the names of headers. */
#ifndef DCTXI_VARIABLE_H
#define DCTXI_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a variable that a header's name is for; NULL when it is not. */
const char *dctxi_variable_value(const char *variable, const char *header);

/* The end of a prefix of a header's name in a variable whose name is one that a
 * carrier could have written; NULL when it does not begin so. */
const char *dctxi_variable_begins(const char *variable, const char *prefix);

/* Bytes that a header's name takes as a variable's, and writes it, with a NUL:
 * one more byte. */
size_t dctxi_variable_len(const char *header);
void dctxi_variable_name(const char *header, char *to);

/* The environment that a NULL means. */
char *const *dctxi_variables(char *const *envp);

#endif
