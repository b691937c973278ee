/* SPDX-License-Identifier: MIT */
/* Without dctx in the process there is no limit, and nothing is cancelled. */
#include "client.h"

#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	struct seen seen = client_look();

	if (dlsym(RTLD_DEFAULT, "dctx_remaining") != NULL) {
		puts("dctx is here");
		return 1;
	}
	if (seen.remaining != INT64_MAX || seen.milliseconds != -1 ||
	    seen.done != 0 || seen.fd != -1 || seen.readable != 0) {
		puts("something is limited");
		return 1;
	}
	return 0;
}
