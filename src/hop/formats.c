/* SPDX-License-Identifier: MIT */
/* The library's propagators by name. */
#include <dctx/hop.h>

#include <string.h>

const dctx_propagator *dctx_propagator_named(const char *name)
{
	const dctx_propagator *all[] = {
		dctx_w3c_trace(),     dctx_w3c_baggage(),  dctx_b3(),
		dctx_b3_multi(),      dctx_jaeger(),	   dctx_grpc_timeout(),
		dctx_envelope_text(), dctx_envelope_grpc()};

	for (size_t i = 0; name != NULL && i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
