/* SPDX-License-Identifier: MIT */
/*
 * post.h - one message to a collector and what it answers, by libcurl.
 *
 * Theory. A post is one thread's, that of its sink; only dctxi_otlp_post_lose
 * is for another, the one that a fork leaves in the child. There libcurl's
 * handle may have been in the middle of anything and its connection is shared
 * with the parent, to whom a goodbye of TLS would do harm. So it is not touched
 * again: the child closes the descriptors, which it knows because it opened
 * them, and keeps the rest, once a fork.
 *
 * At exit(3) the libraries below libcurl end, too: OpenSSL frees what all of
 * its users share. Before that, and after sinks were flushed, posts are brought
 * to an end, and no more are made.
 */
#ifndef DCTXI_OTLP_POST_H
#define DCTXI_OTLP_POST_H

#include "config.h"

#include <protobuf-c/protobuf-c.h>

#define ANSWER_MOST 16384 /* bytes of it, and as much again of its head */

struct answer {
	long code;	     /* 0: none came */
	int64_t retry_after; /* 0: it did not say */
	bool whole;	     /* all of the body is here */
	bool protobuf;	     /* it says that the body is */
	size_t head, len;
	unsigned char body[ANSWER_MOST];
	const char *why; /* libcurl's word for what went wrong, or NULL */
};

struct post {
	struct line *line; /* to the collector; NULL: not yet */
	struct answer answer;
};

/*
 * Sends a message and waits for the answer, until then at the latest, which is
 * in post->answer whatever became of it.
 * Returns: DCTX_OK; DCTX_NOMEM; DCTX_DEADLINE_EXCEEDED when it is too late to
 * begin; DCTX_CANCELED when the process ends.
 */
dctx_status dctxi_otlp_post(struct post *post, const struct config *config,
			    ProtobufCBinaryData message, int64_t until);

/* Ends connections and gives back what it has. */
void dctxi_otlp_post_end(struct post *post);

/* In a fork's child: loses what is the parent's. */
void dctxi_otlp_post_lose(struct post *post);

/* For atexit(3), asked for after libcurl is there and before any sink is: ends
 * what is under way, within two seconds, and all that would come. */
void dctxi_otlp_posts_stop(void);

/* In a fork's child: nothing is under way. */
void dctxi_otlp_posts_forget(void);

#endif
