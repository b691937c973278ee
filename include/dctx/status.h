/* SPDX-License-Identifier: MIT */
/* dctx/status.h - how a dctx function says that it could not. */
#ifndef DCTX_STATUS_H
#define DCTX_STATUS_H

#include <dctx/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The closed list of outcomes. A miss is not an error: get functions return
 * the caller's default instead.
 * Since: 0.1.
 */
typedef enum dctx_status {
	DCTX_OK = 0,           /* done */
	DCTX_NOMEM,            /* no memory; nothing changed */
	DCTX_INVALID,          /* an argument is NULL or out of its range */
	DCTX_UNKNOWN_KEY,      /* no key of that name is registered */
	DCTX_WRONG_TYPE,       /* the key has another type than the call */
	DCTX_CONFLICT,         /* that name is registered otherwise */
	DCTX_LIMIT,            /* past a limit: dctx_last_error has it */
	DCTX_TOO_SMALL,        /* the caller's buffer is too small */
	DCTX_CORRUPT,          /* outside bytes that are no message of ours */
	DCTX_UNSUPPORTED,      /* a version or operation this build lacks */
	DCTX_NO_TASK,          /* no task is entered on this thread */
	DCTX_DEAD_SCOPE,       /* the scope is past the depth limit */
	DCTX_STALE,            /* a guard whose scope is gone, or not ours */
	DCTX_BUSY,             /* in use by another flow, or entered */
	DCTX_SYSTEM,           /* the system refused; errno is noted */
	DCTX_CODEC,            /* a user type's own function refused */
	DCTX_CANCELED,         /* somebody cancelled the work */
	DCTX_DEADLINE_EXCEEDED, /* its time is over */
	DCTX_FROZEN,           /* the registry takes nothing new any more */
	DCTX_UNTRUSTED,        /* not signed by somebody whom we trust */
	DCTX_DROPPED           /* it made room for something newer */
} dctx_status;

/*
 * Names a status in a short English text, without a final stop.
 * Returns: a string that is never freed; "unknown status" for a number that
 * is none. Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API const char *dctx_strerror(dctx_status status);

/*
 * What this thread's last failing call knew about its failure. Fields that do
 * not apply are 0 or empty.
 * Since: 0.1.
 */
typedef struct dctx_error {
	dctx_status status;
	int system;     /* errno of DCTX_SYSTEM */
	size_t offset;  /* where in the message, in bytes */
	size_t size;    /* the size that was asked for */
	size_t limit;   /* the limit it met */
	char what[64];  /* the key or field, cut to fit */
	const struct dctx_key *refused; /* the key that did not get in */
	const struct dctx_key *holder;  /* of its name: DCTX_CONFLICT */
	/* of DCTX_WRONG_TYPE: the key's dctx_kind, and the call's */
	uint32_t expected, given;
	uint32_t version; /* of the message, or of the entry's value */
} dctx_error;

/*
 * Reads what the last failing call of this thread knew. Calls that succeed
 * leave it as it is.
 * Returns: this thread's record, valid until its next failing call; one with
 * status DCTX_OK when nothing failed yet (or no memory was left to note it).
 * Threads: own. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_error *dctx_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
