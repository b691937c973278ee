/* SPDX-License-Identifier: MIT */
/* dumped.c - see dumped.h. */
#include "dumped.h"

char dctxt_dump[1 << 16];

static void check_whole(size_t len)
{
	assert_in_range(len, 1, sizeof(dctxt_dump) - 1);
	assert_int_equal(strlen(dctxt_dump), len);
}

json_t *dctxt_parsed(size_t len)
{
	json_error_t error;
	json_t *json;

	check_whole(len);
	json = json_loadb(dctxt_dump, len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s at %d: %s", error.text, error.position,
			 dctxt_dump);
	return json;
}

json_t *dctxt_dumped(unsigned flags)
{
	return dctxt_parsed(dctx_dump(DCTX_DUMP_JSON, flags, dctxt_dump,
				      sizeof(dctxt_dump)));
}

json_t *dctxt_store_dumped(unsigned flags)
{
	return dctxt_parsed(dctx_store_dump(dctx_current(), DCTX_DUMP_JSON,
					    flags, dctxt_dump,
					    sizeof(dctxt_dump)));
}

const char *dctxt_dump_text(unsigned flags)
{
	check_whole(dctx_dump(DCTX_DUMP_TEXT, flags, dctxt_dump,
			      sizeof(dctxt_dump)));
	return dctxt_dump;
}

const char *dctxt_store_dump_text(unsigned flags)
{
	check_whole(dctx_store_dump(dctx_current(), DCTX_DUMP_TEXT, flags,
				    dctxt_dump, sizeof(dctxt_dump)));
	return dctxt_dump;
}

void dctxt_check_member(const json_t *object, const char *name,
			const char *want)
{
	char *got = json_dumps(json_object_get(object, name),
			       JSON_ENCODE_ANY | JSON_COMPACT);

	if (got == NULL)
		fail_msg("there is no %s", name);
	assert_string_equal(got, want);
	free(got);
}
