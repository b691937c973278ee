/* SPDX-License-Identifier: MIT */
/*
 * What the library is for: lookup() knows whose request it serves, and nobody
 * handed it along.
 */
#include <dctx/dctx.h>
#include <stdio.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_U32(k_tenant, "tenant", DCTX_WIRE);

static void lookup(void)
{
	char chain[64];

	DCTX_FN; /* a scope named "lookup" */
	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%s: request %s of tenant %u\n", chain,
	       dctx_get(k_request_id, "-"), dctx_get(k_tenant, 0));
}

static void handle(const char *id)
{
	DCTX_SCOPE("handle"); /* left at the closing brace */
	dctx_set(k_request_id, id);
	dctx_set(k_tenant, 7);
	lookup();
}

int main(void)
{
	handle("r-1");
	lookup();
	return 0;
}
