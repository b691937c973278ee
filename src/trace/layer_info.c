/* SPDX-License-Identifier: MIT */
/* What a span is called, as values of the context. The keys join the global
 * registry with their first use, like any that is made by hand. */
#include "trace/layer_fields.h"

#include <dctx/layer.h>
#include <dctx/value.h>

dctx_key_str dctx_span_name_key = DCTX_KEY_INIT_STR("span_name", DCTX_LOCAL);
dctx_key_str dctx_span_target_key =
	DCTX_KEY_INIT_STR("span_target", DCTX_LOCAL);
dctx_key_u8 dctx_span_level_key = DCTX_KEY_INIT_U8("span_level", DCTX_LOCAL);

void dctxi_layer_info_in(dctx_store *store, const dctx_span *span)
{
	const dctx_span_site *site = dctx_span_site_of(span);
	const char *target = site->target != NULL ? site->target : site->file;

	/* What fails is counted by the set. */
	(void)dctx_store_set_str(store, &dctx_span_name_key.key, site->name);
	(void)dctx_store_set_str(store, &dctx_span_target_key.key,
				 target != NULL ? target : "");
	(void)dctx_store_set_u8(store, &dctx_span_level_key.key,
				(uint8_t)site->level);
}
