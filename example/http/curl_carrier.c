/* SPDX-License-Identifier: MIT */
/* curl_carrier.c - names and values as the lines that libcurl wants. */
#include "curl_carrier.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "name: value"; curl takes "name:" for "leave that header out" and wants an
 * empty one as "name;". NULL without memory. */
static char *line_of(const char *name, dctx_bytes value)
{
	size_t len = strlen(name);
	char *line = malloc(len + 2 + value.len + 1);

	if (line == NULL)
		return NULL;
	memcpy(line, name, len);
	if (value.len == 0) {
		memcpy(line + len, ";", 2);
		return line;
	}
	memcpy(line + len, ": ", 2);
	memcpy(line + len + 2, value.data, value.len);
	line[len + 2 + value.len] = '\0';
	return line;
}

/* A line of that name, or NULL. */
static struct curl_slist *find(struct curl_slist *list, const char *name)
{
	size_t len = strlen(name);

	for (; list != NULL; list = list->next)
		if (strncasecmp(list->data, name, len) == 0 &&
		    (list->data[len] == ':' || list->data[len] == ';'))
			return list;
	return NULL;
}

/* curl writes what it is given: a line end in a value would begin a header that
 * nobody meant. */
static bool is_one_line(dctx_bytes value)
{
	return value.len == 0 || (memchr(value.data, '\r', value.len) == NULL &&
				  memchr(value.data, '\n', value.len) == NULL &&
				  memchr(value.data, '\0', value.len) == NULL);
}

/* Takes one line off the list. */
static void drop(struct curl_slist **list, struct curl_slist *line)
{
	while (*list != line)
		list = &(*list)->next;
	*list = line->next;
	line->next = NULL;
	curl_slist_free_all(line);
}

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	struct curl_slist **list = user, *old = find(*list, name), *longer;
	char *line;

	if (!is_one_line(value))
		return DCTX_INVALID;
	line = line_of(name, value);
	if (line == NULL)
		return DCTX_NOMEM;
	longer = curl_slist_append(*list, line); /* copies it */
	free(line);
	if (longer == NULL)
		return DCTX_NOMEM;
	*list = longer;
	if (old != NULL)
		drop(list, old);
	return DCTX_OK;
}

dctx_carrier curl_carrier(struct curl_slist **list)
{
	return (dctx_carrier){
		.struct_size = sizeof(dctx_carrier), .set = set, .user = list};
}
