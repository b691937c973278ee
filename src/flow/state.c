/* SPDX-License-Identifier: MIT */
#include "flow/state.h"

#include "flow/level.h"

/* However deep a recursion is, this is not what takes the time. */
#define STEPS_MAX 64

struct dctxi_state dctxi_state_of(const struct dctx_store *store)
{
	const struct dctx_frame *frame = store->frame;
	struct dctx_snapshot *base = dctxi_level_base(store);

	if (store->dir == base->dir)
		return (struct dctxi_state){dctxi_snapshot_id(base), NULL, 0};
	for (int i = 0; i < STEPS_MAX && frame->records == NULL; i++) {
		if (dctxi_frame_is(frame, DCTXI_FRAME_ROOT | DCTXI_FRAME_LEVEL))
			break;
		frame = frame->prev;
	}
	return (struct dctxi_state){frame->id, frame->records,
				    store->root->changes};
}
