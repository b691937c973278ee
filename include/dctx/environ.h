/* SPDX-License-Identifier: MIT */
/*
 * dctx/environ.h - a context in the environment of a process: what this one was
 * started under, and what its children are.
 *
 *     int main(void)
 *     {
 *             DCTX_ATTACH(dctx_environ());     // go on where the parent was
 *             ...
 *             char **env;
 *
 *             status = dctx_environ_here(NULL, NULL, &env);
 *             if (status == DCTX_OK) {
 *                     posix_spawnp(&pid, "sort", NULL, NULL, argv, env);
 *                     free(env);
 *             }
 *
 * Four variables carry it. TRACEPARENT, TRACESTATE and BAGGAGE are W3C's
 * headers, for whoever reads them (OpenTelemetry specification, "Environment
 * Variables as Context Propagation Carriers"); of keys BAGGAGE has those with
 * DCTX_BAGGAGE and DCTX_ENV. DCTX is the envelope in URL-safe base64: keys with
 * DCTX_WIRE and DCTX_ENV, the names of scopes, and what ends the context. The
 * deadline is in there twice: as what was left (dctx.deadline) and as the point
 * on the clock (dctx.until), since an environment is read long after it was
 * written. Who reads it on the same boot of the same machine, in the same time
 * namespace, takes the latter; any other counts what was left from when it
 * reads. Entries of DCTX that no key has are kept with the context and written
 * again for children.
 *
 * Everybody who may look at a process can read its environment: nothing secret
 * belongs there.
 */
#ifndef DCTX_ENVIRON_H
#define DCTX_ENVIRON_H

#include <dctx/hop.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes a carrier that reads an environment, as execve's third argument has
 * it; NULL: this process's own, as it is when it is read. A header's name is
 * the variable whose name has upper-case letters, "_" for all but letters and
 * digits, and one before a digit that it would begin with: x-b3-traceid is
 * X_B3_TRACEID. An empty one is "_". Other spellings are not found. Of two
 * variables with one name the first counts, as getenv(3) has it. It cannot be
 * written.
 * Keeps: `envp`, as long as the carrier is used.
 * Returns: the carrier. Threads: any, while nobody changes the environment.
 * Blocks, allocates: never. Since: 0.1.
 * Source: OpenTelemetry specification, Environment Variables as Context
 * Propagation Carriers, Key Name Normalization.
 */
DCTX_API dctx_carrier dctx_environ_carrier(char *const *envp);

/*
 * Makes a context of an environment; NULL: this process's own. DCTX is read
 * first, then the hop's propagators over it; an envelope of theirs (X_DCTX,
 * X_DCTX_BIN) is read in the place of a DCTX that is not there or not good,
 * without what DCTX alone has: dctx.until, and entries that no key has. What is
 * malformed is told to the hop's findings and left out; of DCTX a bad value
 * only, or else all of it. A deadline counts from now where it is no point on
 * this machine's clock.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK, whatever came; DCTX_INVALID for a NULL out or a hop that is
 * not sound; DCTX_NOMEM; else as dctx_extract. Threads: any, while nobody
 * changes the environment. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_environ_extract(char *const *envp,
							const dctx_hop *hop,
							dctx_snapshot **out);

/*
 * Gives the context that this process was started under: what its environment
 * said, by W3C's headers and DCTX, when this was called for the first time. So
 * call it early: before setenv, and once the keys are registered.
 * Owns: borrowed, for ever. Returns: never NULL; without memory the empty
 * context, and the next call tries again. Threads: any, while nobody changes
 * the environment. Blocks: never. Allocates: at the first call. Since: 0.1.
 */
DCTX_API dctx_snapshot *dctx_environ(void);

/*
 * Make the environment of a child that goes on under the current context, a
 * store's, a snapshot's: `base`, or with NULL this process's own environment,
 * without the four variables and those that the hop's propagators write, and
 * then those that the context calls for. Neither it nor the process's
 * environment is changed. What the hop says counts: whom to trust, the
 * propagators, the cost of the way.
 * Owns: the caller frees *out with free: the array, which ends with a NULL, and
 * its texts are one block. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a hop that is not sound;
 * DCTX_LIMIT also for a DCTX of more than the 128 KiB that execve takes; else
 * as dctx_store_encode_with and dctx_inject. Threads: the store's flow; any;
 * while nobody changes the environment. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_environ(const dctx_store *store,
						      char *const *base,
						      const dctx_hop *hop,
						      char ***out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_snapshot_environ(dctx_snapshot *snapshot, char *const *base,
		      const dctx_hop *hop, char ***out);

/* The same of the current store. Since: 0.1. */
#define dctx_environ_here(base, hop, out)                                      \
	dctx_store_environ(dctx_current(), (base), (hop), (out))

#ifdef __cplusplus
}
#endif
#endif
