/* SPDX-License-Identifier: MIT */
/*
 * dctx/migration.h - how values that were sent under another version of their
 * key become values of the version there is now.
 *
 *     static const dctx_migration older[] = {
 *             {1, 2, DCTX_KIND_U32, NULL, NULL, seconds_from_minutes},
 *             {2, 0, DCTX_KIND_TYPE, &span_v2, NULL, span_from_v2},
 *     };
 *     static const dctx_key_options span_options = {
 *             sizeof(dctx_key_options), NULL, older, 2};
 */
#ifndef DCTX_MIGRATION_H
#define DCTX_MIGRATION_H

#include <dctx/type.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One step from a version that others may still send. An entry of version
 * `from` is decoded as what it was then, and converted; what comes out is of
 * version `to`, and the step from there follows, until the key's own version is
 * reached. `to` may be lower than `from`. An older object is destroyed by its
 * type. Nothing of a store is changed meanwhile.
 * Since: 0.1.
 */
typedef struct dctx_migration {
	/* The version that an entry has, and the one it gets; 0: the key's. */
	uint32_t from, to;
	/* What its value is, and the type of DCTX_KIND_TYPE, else NULL. */
	dctx_kind kind;
	const dctx_type *type;
	/* How its value was sent. NULL: by the key's codec when kind and type
	 * are the key's own, else as the kind or type does by itself. */
	const dctx_codec *codec;
	/* Makes `newer`, zeroed, from `older`; both as a codec's value. The
	 * reader is for dctx_read_room only. A text or bytes may be left as a
	 * view of the older text or bytes or of such room, but not of an older
	 * object, which goes first. A failure means that `newer` needs no
	 * destroy, and that the message is refused with DCTX_CODEC. */
	dctx_status (*convert)(const void *older, void *newer,
			       dctx_reader *room);
} dctx_migration;

#ifdef __cplusplus
}
#endif
#endif
