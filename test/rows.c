/* SPDX-License-Identifier: MIT */
/* rows.c - see rows.h. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

struct rows_do rows_do;

static void during(const char *function)
{
	if (rows_do.in == NULL || strcmp(rows_do.in, function) != 0)
		return;
	rows_do.in = NULL;
	rows_do.during();
}

static dctx_status rows_alloc(void **out)
{
	struct rows *r;

	if (rows_do.refuse != DCTX_OK)
		return rows_do.refuse;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return DCTX_NOMEM;
	atomic_fetch_add(&rows_do.alive, 1);
	*out = r;
	return DCTX_OK;
}

static dctx_status rows_make(void **out)
{
	during("make");
	return rows_alloc(out);
}

static dctx_status rows_copy(const void *data, void **out)
{
	dctx_status status;

	during("copy");
	status = rows_alloc(out);
	if (status == DCTX_OK)
		memcpy(*out, data, sizeof(struct rows));
	return status;
}

static void rows_destroy(void *data)
{
	atomic_fetch_sub(&rows_do.alive, 1);
	free(data);
	during("destroy");
}

static dctx_status rows_put(void *data, const char *name,
			    const dctx_any *value)
{
	struct rows *r = data;

	(void)name;
	during("put");
	if (value->kind != DCTX_KIND_STR)
		return DCTX_WRONG_TYPE;
	if (r->n == ROWS)
		return DCTX_LIMIT;
	snprintf(r->row[r->n++], sizeof(r->row[0]), "%s",
		 (const char *)value->as.bytes.data);
	return DCTX_OK;
}

static int row_of(const struct rows *r, const char *name)
{
	int i = atoi(name);

	return i >= 0 && i < r->n ? i : -1;
}

static dctx_status rows_remove(void *data, const char *name)
{
	struct rows *r = data;
	int i = row_of(r, name);

	during("remove");
	r->n--;
	memmove(r->row[i], r->row[i + 1],
		sizeof(r->row[0]) * (size_t)(r->n - i));
	return DCTX_OK;
}

static bool rows_get(const void *data, const char *name, dctx_any *out)
{
	const struct rows *r = data;
	int i = row_of(r, name);

	if (i < 0)
		return false;
	*out = DCTX_ANY((const char *)r->row[i]);
	return true;
}

static size_t rows_list(const void *data, dctx_note_item *items, size_t max)
{
	static const char *const numbers[ROWS] = {"0", "1", "2", "3", "4", "5"};
	const struct rows *r = data;

	for (int i = 0; i < r->n && (size_t)i < max; i++) {
		items[i].name = numbers[i];
		items[i].value = DCTX_ANY((const char *)r->row[i]);
	}
	return (size_t)r->n;
}

const dctx_container rows_container = {
	.struct_size = sizeof(dctx_container),
	.name = "rows",
	.make = rows_make,
	.copy = rows_copy,
	.destroy = rows_destroy,
	.put = rows_put,
	.remove = rows_remove,
	.get = rows_get,
	.list = rows_list,
};

const char *rows_shown(void)
{
	static char text[ROWS * 24];
	dctx_note_item items[ROWS];
	size_t n = dctx_notes(items, ROWS);

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, items[i].value.as.bytes.data);
	}
	return text;
}

dctx_status rows_use(void)
{
	return dctx_store_container(dctx_current(), &rows_container, NULL);
}

dctx_status rows_push(const char *text)
{
	return dctx_note_set("n", &DCTX_ANY(text));
}

int rows_end(void **state)
{
	int result = dctxt_end(state);

	assert_int_equal(rows_do.alive, 0);
	return result;
}

int rows_begin(void **state)
{
	memset(&rows_do, 0, sizeof(rows_do));
	return dctxt_begin(state);
}

