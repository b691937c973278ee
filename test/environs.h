/* SPDX-License-Identifier: MIT */
/*
 * environs.h - environments of children that a test makes, reads and takes
 * apart.
 */
#ifndef DCTXT_ENVIRONS_H
#define DCTXT_ENVIRONS_H

#include "kit.h"

/* An environment with nothing in it. */
extern char *const dctxt_no_environ[];

/* A hop without any header: DCTX alone. */
dctx_hop dctxt_environ_alone(void);

/* That of a child under the current context, to be freed; and the context of
 * one, to be unreferenced. */
char **dctxt_environ_made(char *const *base, const dctx_hop *hop);
dctx_snapshot *dctxt_environ_taken(char *const *env, const dctx_hop *hop);

/* A variable's value, NULL for none; how many variables there are. */
const char *dctxt_environ_value(char *const *env, const char *name);
size_t dctxt_environ_count(char *const *env);

/* A message of DCTX, to be looked at and changed. */
struct dctxt_message {
	dctx_entry entry[16];
	size_t n;
	dctx_bytes names[8];
	size_t names_n;
	unsigned char bytes[1024];
	unsigned char own[64];
	char text[2048];
	char *env[2];
};
extern struct dctxt_message dctxt_message;

/* Reads DCTX into it; makes an environment of it. */
void dctxt_environ_opened(char *const *env);
char *const *dctxt_environ_rewritten(void);

/* Finds an entry, NULL for none; takes one out, puts one in. */
dctx_entry *dctxt_environ_entry(const char *name);
void dctxt_environ_take_out(const char *name);
void dctxt_environ_put_in(const char *name, const void *value, size_t len);

#endif
