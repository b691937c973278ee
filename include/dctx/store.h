/* SPDX-License-Identifier: MIT */
/*
 * dctx/store.h - the mutable stack of scopes of one flow.
 *
 * A thread has a store and a task has one; they are never mixed. Only the flow
 * that owns a store may use it: a thread its own, a task's while the task is
 * entered on the calling thread, or while it is not entered anywhere.
 */
#ifndef DCTX_STORE_H
#define DCTX_STORE_H

#include <dctx/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A flow's store. Opaque but for what abi.h shows. Since: 0.1. */
typedef struct dctx_store dctx_store;

/*
 * Gives the store that the short forms use: the entered task's, else the
 * thread's.
 * Returns: never NULL. The thread's store is made at its first use; without
 * memory for it, a store that reads as empty and refuses everything else.
 * Threads: own. Blocks: never. Allocates: once a thread. Since: 0.1.
 */
DCTX_API dctx_store *dctx_current(void);

/*
 * Gives this thread's own store, also while a task is entered.
 * Returns, threads, allocates: as dctx_current. Since: 0.1.
 */
DCTX_API dctx_store *dctx_thread(void);

/*
 * Gives the store of the task that is entered on this thread.
 * Returns: the store, or NULL outside a task, counted as DCTX_EV_NO_TASK and
 * told to the hook. dctx_task_try asks without that.
 * Threads: own. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_store *dctx_task(void);

/* Gives the entered task's store, or NULL outside a task. As dctx_task, but
 * nothing is counted. Since: 0.1. */
DCTX_API dctx_store *dctx_task_try(void);

/*
 * Gives the store's id, a number above 0 that no other store of this process
 * ever has.
 * Returns: the id; 0 when there was no memory to begin the store.
 * Threads: the store's flow. Blocks: never. Allocates: at the store's first
 * use. Since: 0.1.
 */
DCTX_API uint64_t dctx_store_id(dctx_store *store);

/* Room for dctx_store_hex_id's text and its NUL. Since: 0.1. */
#define DCTX_HEX_ID_SIZE 19

/*
 * Writes the id as "0x" and 16 lower-case hexadecimal digits.
 * Returns: `buf`. Threads, allocates: as dctx_store_id. Since: 0.1.
 */
DCTX_API char *dctx_store_hex_id(dctx_store *store,
				 char buf[DCTX_HEX_ID_SIZE]);

/*
 * Counts the scopes that are open at this level, the level's own root
 * included: 1 at the root of a store and directly under an attach. Dead scopes
 * count. ContextTracking.jl calls this generations.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_store_depth(const dctx_store *store);

/*
 * Gives the names of the scopes that lead here, the oldest first: those that
 * came with the attached or forked context, then those entered here. The
 * newest DCTX_LIMIT_CHAIN of them are kept. Writes at most `max` of these,
 * again the newest; `names` may be NULL when `max` is 0.
 * Returns: how many there are in all (of those kept).
 * Owns: the names are borrowed until a scope of the store is left.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_store_chain(const dctx_store *store, const char **names,
				 size_t max);

/*
 * Gives the names of the scopes entered here, without those that came with an
 * attached or forked context. As dctx_store_chain otherwise. Since: 0.1.
 */
DCTX_API size_t dctx_store_path(const dctx_store *store, const char **names,
				size_t max);

/*
 * Writes the chain as text, `separator` between the names, with a NUL, cut to
 * `size` bytes. `buf` may be NULL when `size` is 0.
 * Returns: the length of the whole text without its NUL, like snprintf.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_store_chain_text(const dctx_store *store,
				      const char *separator, char *buf,
				      size_t size);

/* The current store as the inlines see it: a thread's first use can wait. */
#ifdef DCTX_TLS_DYNAMIC
#define DCTX_CURRENT_ dctx_current()
#else
#define DCTX_CURRENT_ dctx_abi1_current
#endif

/* The same of the current store. Since: 0.1. */
#define dctx_id() dctx_store_id(dctx_current())
#define dctx_hex_id(buf) dctx_store_hex_id(dctx_current(), (buf))
#define dctx_depth() dctx_store_depth(dctx_current())
#define dctx_chain(names, max) dctx_store_chain(dctx_current(), (names), (max))
#define dctx_path(names, max) dctx_store_path(dctx_current(), (names), (max))
#define dctx_chain_text(separator, buf, size)                                 \
	dctx_store_chain_text(dctx_current(), (separator), (buf), (size))

#ifdef __cplusplus
}
#endif
#endif
