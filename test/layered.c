/* SPDX-License-Identifier: MIT */
/* layered.c - see layered.h. */
#include "layered.h"

#include <stdio.h>

struct dctxt_recorded dctxt_recorded;

static void hear(void *user, dctx_span *span, const char *name,
		 const dctx_any *value)
{
	struct dctxt_recorded *into = user;

	(void)span;
	into->times++;
	into->kind = value->kind;
	snprintf(into->name, sizeof(into->name), "%s", name);
	if (value->kind == DCTX_KIND_STR)
		snprintf(into->text, sizeof(into->text), "%.*s",
			 (int)value->as.bytes.len,
			 (const char *)value->as.bytes.data);
	else
		snprintf(into->text, sizeof(into->text), "%llu",
			 (unsigned long long)value->as.u);
}

static const dctx_layer ear = {
	.struct_size = sizeof(ear),
	.name = "ear",
	.on_record = hear,
	.user = &dctxt_recorded,
};

static bool mounted[2];

static void mount(int i, const dctx_layer *layer, unsigned flags)
{
	assert_int_equal(dctx_layer_mount(layer, flags), DCTX_OK);
	mounted[i] = true;
}

void dctxt_layers_mount(const char *which, unsigned flags)
{
	if (strcmp(which, "sync") == 0 || strcmp(which, "both") == 0)
		mount(0, dctx_layer_sync(), flags);
	if (strcmp(which, "async") == 0 || strcmp(which, "both") == 0)
		mount(1, dctx_layer_async(), flags);
}

void dctxt_layers_unmount(void)
{
	for (int i = 0; i < 2; i++)
		if (mounted[i])
			assert_int_equal(
				dctx_layer_unmount(i == 0 ? dctx_layer_sync()
							  : dctx_layer_async()),
				DCTX_OK);
	mounted[0] = mounted[1] = false;
}

static int begin(void **state, const char *which)
{
	if (dctxt_begin(state) != 0)
		return -1;
	memset(&dctxt_recorded, 0, sizeof(dctxt_recorded));
	dctxt_layers_mount(which, DCTX_LAYER_INFO);
	assert_int_equal(dctx_layer_mount(&ear, 0), DCTX_OK);
	return 0;
}

int dctxt_begin_sync(void **state)
{
	return begin(state, "sync");
}

int dctxt_begin_async(void **state)
{
	return begin(state, "async");
}

int dctxt_begin_both(void **state)
{
	return begin(state, "both");
}

int dctxt_layers_end(void **state)
{
	assert_int_equal(dctx_layer_unmount(&ear), DCTX_OK);
	dctxt_layers_unmount();
	return dctxt_end(state);
}

dctx_span *dctxt_span_begin(const dctx_span_site *site, const char *field,
			    const dctx_any *value)
{
	dctx_span_field one = {.name = field};
	dctx_span *span;

	if (value != NULL)
		one.value = *value;
	span = dctx_span_open(site, NULL, &one, field != NULL ? 1 : 0);
	assert_non_null(span);
	dctx_span_enter(span);
	return span;
}

void dctxt_span_end(dctx_span *span)
{
	dctx_span_leave(span);
	dctx_span_close(span);
}
