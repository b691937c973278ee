/* SPDX-License-Identifier: MIT */
/* The code in a message that shows who wrote it. */
#ifndef DCTXI_AUTH_H
#define DCTXI_AUTH_H

#include <dctx/auth.h>
#include <dctx/finding.h>
#include <dctx/message.h>

#define DCTXI_AUTH_VALUE_MAX (2 + DCTX_AUTH_ID_MAX + DCTX_AUTH_CODE_MAX)

bool dctxi_auth_valid(const dctx_auth *auth);

/* Whether a name is the entry's. */
bool dctxi_auth_is(dctx_bytes key);

/* Makes the entry with zeros for a code, in `value`. */
dctx_entry dctxi_auth_entry(const dctx_auth *auth,
			    unsigned char value[DCTXI_AUTH_VALUE_MAX]);

/* Fills in the code of a whole message that has that entry. Returns: DCTX_OK,
 * or what signing returned. */
dctx_status dctxi_auth_sign(const dctx_auth *auth, unsigned char *data,
			    size_t len);

/* Whether a message that opens is signed and whole. Returns: DCTX_OK;
 * DCTX_UNTRUSTED, and why in *rule; DCTX_NOMEM. */
dctx_status dctxi_auth_verify(const dctx_auth *auth,
			      const dctx_message *message, dctx_rule *rule);

#endif
