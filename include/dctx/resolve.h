/* SPDX-License-Identifier: MIT */
/* dctx/resolve.h - looking up names, no longer than the context lasts. */
#ifndef DCTX_RESOLVE_H
#define DCTX_RESOLVE_H

#include <dctx/done.h>

#include <netdb.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So many look-ups may be under way at once. Since: 0.1. */
#define DCTX_RESOLVE_MAX 8

/*
 * getaddrinfo(3), as long as the current context lasts. Where that can never
 * end, it is the original. Else the original runs on a thread of its own,
 * "dctx-resolve", with all signals blocked, which is gone when it is through.
 * It cannot be stopped: when the context ends first, it is left to itself, and
 * frees what it found.
 * Owns: the caller frees the list with freeaddrinfo. *out is written only on
 * success.
 * Returns: what the original returns; EAI_SYSTEM with errno ECANCELED or
 * ETIMEDOUT when the context is over, EMFILE or ENFILE without a descriptor to
 * wait with, and EAGAIN without a thread; EAI_MEMORY; EAI_AGAIN when
 * DCTX_RESOLVE_MAX look-ups are under way, those included that were left to
 * themselves. Signal handlers do not end it, and the thread's own resolver
 * options (_res) do not hold.
 * Threads: any. Not signal-safe. A cancellation point. Blocks: yes. Allocates.
 * After fork(2) the child begins with none under way. Since: 0.1.
 */
DCTX_API int dctx_getaddrinfo(const char *node, const char *service,
			      const struct addrinfo *hints,
			      struct addrinfo **out);

#ifdef __cplusplus
}
#endif
#endif
