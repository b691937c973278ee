/* SPDX-License-Identifier: MIT */
/* The parts of a dump that need no store, and the values in all of them. */
#ifndef DCTXI_DUMP_H
#define DCTXI_DUMP_H

#include "data/dumper.h"

#include <dctx/any.h>

/* Writes a value under a name, or that it was removed, or only what it is. Runs
 * the user's code: a type's format. */
void dctxi_dump_any(struct dctx_dumper *d, const char *name, bool show,
		    const dctx_any *value);

/* A value that nobody is shown, not even its length. */
void dctxi_dump_secret(struct dctx_dumper *d, const char *name);

/* Writes the counters, the limits, the registry and the sections. */
void dctxi_dump_process(struct dctx_dumper *d);

#endif
