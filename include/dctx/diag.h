/* SPDX-License-Identifier: MIT */
/* dctx/diag.h - counters of what went wrong quietly, limits, and a hook. */
#ifndef DCTX_DIAG_H
#define DCTX_DIAG_H

#include <dctx/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What is counted. Misuse never aborts: it is counted here and told to the
 * hook. The build option DCTX_ABORT_ON_MISUSE turns those marked (m) into
 * abort(), for tests of programs.
 * Since: 0.1.
 */
typedef enum dctx_event {
	DCTX_EV_MISMATCHED_LEAVE, /* (m) left a scope with others above it */
	DCTX_EV_STALE_GUARD,      /* (m) left or retired what is gone */
	DCTX_EV_DEAD_SCOPE,       /* entered past the depth limit */
	DCTX_EV_DROPPED_WRITE,    /* a set, unset or replace failed */
	DCTX_EV_FAILED_ENTER,     /* a scope, span, attach or capture failed */
	DCTX_EV_NO_TASK,          /* (m) the task asked for outside one */
	DCTX_EV_TASK_MISUSE,      /* (m) entered twice, left out of order */
	DCTX_EV_KEY_CONFLICT,     /* two keys of one name and other options */
	DCTX_EV_UNKNOWN_ENTRY,    /* decode: a key nobody registered */
	DCTX_EV_LOCAL_ENTRY,      /* decode: a key that must not come in */
	DCTX_EV_DUPLICATE_ENTRY,  /* decode: a key twice, the last one taken */
	DCTX_EV_TRAILING_BYTES,   /* decode: bytes after a message or value */
	DCTX_EV_CHAIN_TRIMMED,    /* decode: oldest names past the limit */
	DCTX_EV_RESERVED_ENTRY,   /* decode: a name under "dctx." */
	DCTX_EV_BAD_ENTRY,        /* decode: a bad value, or a part, skipped */
	DCTX_EV_UNSENT_VALUE,     /* encode: a user type without a codec */
	DCTX_EV_SECOND_COPY,      /* another copy of dctx in this process */
	DCTX_EV_BAD_HEADER,       /* inject, extract: a finding (finding.h) */
	DCTX_EV_WITHHELD,         /* policy kept something from a border */
	DCTX_EV_UNCLEAN_WORKER,   /* not empty between two jobs; emptied */
	DCTX_EV_UNBALANCED_SPAN,  /* (m) entered, left or closed in no order */
	DCTX_EV_DROPPED_SPAN,     /* a span, or some of it, is not told */
	DCTX_EV_UNTOLD,           /* log: fields left out (dctx/log.h) */
	DCTX_EV_BAD_FORMAT        /* a format failed, or did not as it said */
} dctx_event;

/* How many kinds of event there are. Since: 0.1. */
#define DCTX_EVENTS 24

/*
 * Names an event: "mismatched_leave".
 * Returns: a string that is never freed; "unknown" for a number that is none.
 * Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API const char *dctx_event_name(dctx_event event);

/*
 * Counts the events of one kind since the process began.
 * Returns: the count; 0 for a number that is no event.
 * Threads: any. Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API uint64_t dctx_counter(dctx_event event);

/*
 * Who is told of each event, at once, on the thread where it happened. `what`
 * names the key, scope or field, or is "". The function may call dctx, but is
 * not told of events that it causes itself. After a longjmp out of it, events
 * of that thread are only counted, until dctx_rewind.
 * Since: 0.1.
 */
typedef struct dctx_hook {
	void (*fn)(void *user, dctx_event event, dctx_status status,
		   const char *what);
	void *user;
} dctx_hook;

/*
 * Installs the process's hook, or with NULL removes it.
 * Keeps: `hook`, which must stay as it is for ever (another thread may be
 * calling it while this returns). Threads: any. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API void dctx_hook_set(const dctx_hook *hook);

/*
 * Counts DCTX_EV_SECOND_COPY and tells the hook `where`. Copies of the library
 * that the loader did not bind together (two plug-ins with the archive in each)
 * do this to each other when they are loaded; a hook installed later is told
 * then. Their contexts are apart. Those of another namespace (dlmopen) are not
 * found; a program that made one may call this.
 * Keeps: `where`, which must have static storage. Threads: any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API void dctx_copy_found(const char *where);

/*
 * The process-wide limits. Each holds for all that begins after it was set;
 * 0 means unlimited where that is said.
 * Since: 0.1.
 */
typedef enum dctx_limit {
	DCTX_LIMIT_DEPTH,         /* scopes of one level; 1024; 1..1000000 */
	DCTX_LIMIT_CHAIN,         /* names kept, newest first to stay; 64; 0 */
	DCTX_LIMIT_STORE_BYTES,   /* log of one store; 16 MiB; 0 */
	DCTX_LIMIT_MESSAGE_BYTES, /* an envelope, both ways; 1 MiB; 0 */
	DCTX_LIMIT_ENTRIES,       /* its entries, both ways; 1024; 0 */
	DCTX_LIMIT_KEY_BYTES,     /* a key's name, both ways; 255; 1..255 */
	DCTX_LIMIT_NAME_BYTES     /* a scope's name, both ways; 255; 0 */
} dctx_limit;

/*
 * Sets a limit. Returns: DCTX_OK; DCTX_INVALID for a number that is no limit
 * or a value out of its range. Threads: any, relaxed. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API dctx_status dctx_limit_set(dctx_limit limit, size_t value);

/*
 * Reads a limit. Returns: its value; 0 for a number that is no limit.
 * Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API size_t dctx_limit_get(dctx_limit limit);

/* The version of the headers, as one number (major, minor, patch by two
 * digits) and as text. Since: 0.1. */
#define DCTX_VERSION 100
#define DCTX_VERSION_TEXT "0.1.0"

/*
 * Reads the version of the library that is loaded, as DCTX_VERSION.
 * Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API unsigned dctx_version(void);

#ifdef __cplusplus
}
#endif
#endif
