/* SPDX-License-Identifier: MIT */
/* What a dump shows of sinks. */
#include "trace/sink.h"

#include <dctx/dump.h>

static void dump_sink(dctx_dumper *d, const struct dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	(void)dctx_sink_stats_read(sink, &stats);
	dctx_dump_begin(d, NULL);
	dctx_dump_text(d, "name", sink->ops->name);
	dctx_dump_u64(d, "taken", stats.taken);
	dctx_dump_u64(d, "exported", stats.exported);
	dctx_dump_u64(d, "full", stats.full);
	dctx_dump_u64(d, "refused", stats.refused);
	dctx_dump_u64(d, "waiting", stats.waiting);
	dctx_dump_u64(d, "batches", stats.batches);
	dctx_dump_u64(d, "busy", stats.busy);
	dctx_dump_u64(d, "no_thread", stats.no_thread);
	dctx_dump_end(d);
}

/* Under the lock no user's code runs. */
static void dump(dctx_dumper *d, void *unused)
{
	(void)unused;
	dctx_dump_begin_list(d, "all");
	dctxi_sinks_lock();
	for (int i = 0; i < DCTX_SINKS; i++)
		if (__atomic_load_n(&dctxi_sink_table[i].open,
				    __ATOMIC_ACQUIRE))
			dump_sink(d, &dctxi_sink_table[i]);
	dctxi_sinks_unlock();
	dctx_dump_end(d);
}

void dctxi_sinks_show(void)
{
	static dctx_dump_section section = {.name = "sinks", .fn = dump};

	(void)dctx_dump_register(&section);
}
