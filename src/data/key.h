/* SPDX-License-Identifier: MIT */
/* Which keys are sound, and which two count as one. */
#ifndef DCTXI_KEY_H
#define DCTXI_KEY_H

#include <dctx/key.h>

#include <string.h>

#define DCTXI_KEY_NAME_MAX 255u
#define DCTXI_MIGRATIONS_MAX 64u

/* Whether all that a key says of itself can hold; a name under "dctx." is not
 * looked at. */
bool dctxi_key_valid(const dctx_key *key);

/* Whether two sound keys count as one. */
bool dctxi_key_equal(const dctx_key *a, const dctx_key *b);

/* Whether a key is one of the library's own, which nobody lists. */
static inline bool dctxi_key_reserved(const dctx_key *key)
{
	return strncmp(key->name, "dctx.", 5) == 0;
}

/* Whether a type is fit for use; NULL is not. */
bool dctxi_type_valid(const dctx_type *type);

/* Whether two types or codecs count as one; both may be NULL. */
bool dctxi_type_equal(const dctx_type *a, const dctx_type *b);
bool dctxi_codec_equal(const dctx_codec *a, const dctx_codec *b);

/* Whether a name can stand in our tables: UTF-8, not too long. */
bool dctxi_name_valid(const char *name);

/* The codec a key names, NULL when its kind or type does it by itself. */
const dctx_codec *dctxi_key_codec(const dctx_key *key);

/* The key's migration from a version; NULL when there is none. */
const dctx_migration *dctxi_key_migration(const dctx_key *key, uint32_t from);

/* What decodes a migration's older value, NULL where its kind or type does. */
const dctx_codec *dctxi_migration_codec(const dctx_key *key,
					const dctx_migration *m);

#endif
