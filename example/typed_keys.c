/* SPDX-License-Identifier: MIT */
/*
 * Keys are static objects and know their type, so a call site has neither a
 * string nor a cast: a value or default of another type does not compile. A key
 * that was not set gives the default, of every type.
 */
#include <dctx/dctx.h>

#include <inttypes.h>
#include <stdio.h>

/* What would stand in a header: declared for all, defined in one .c file. */
DCTX_KEY_DECLARE_STR(k_request_id);
DCTX_KEY_DECLARE_U64(k_tenant);

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE);
DCTX_KEY_BOOL(k_trace, "trace", DCTX_LOCAL);
DCTX_KEY_I32(k_retries, "retries", DCTX_LOCAL);
DCTX_KEY_F64(k_rate, "rate", DCTX_LOCAL);
DCTX_KEY_BYTES(k_digest, "digest", DCTX_LOCAL);

/* A type of one's own: without functions it is copied as plain memory. */
struct place {
	double latitude, longitude;
};

static const dctx_type place_type = {
	.struct_size = sizeof(dctx_type),
	.name = "place",
	.size = sizeof(struct place),
};

DCTX_KEY_DECLARE_TYPE(k_place, struct place);
DCTX_KEY_TYPE(k_place, "place", struct place, &place_type, DCTX_LOCAL);

static void show(const char *when)
{
	static const struct place nowhere = {0, 0};
	dctx_bytes digest = dctx_get(k_digest, ((dctx_bytes){NULL, 0}));
	const struct place *place = dctx_get(k_place, &nowhere);

	printf("%s\n", when);
	printf("  request %s\n", dctx_get(k_request_id, "(none)"));
	printf("  tenant  %" PRIu64 "\n", dctx_get(k_tenant, 0));
	printf("  trace   %s\n", dctx_get(k_trace, false) ? "yes" : "no");
	printf("  retries %" PRId32 "\n", dctx_get(k_retries, -1));
	printf("  rate    %g\n", dctx_get(k_rate, 1.0));
	printf("  digest  %zu bytes\n", digest.len);
	printf("  place   %g %g\n", place->latitude, place->longitude);
}

static void increment(int32_t *retries, void *by)
{
	*retries += *(const int *)by;
}

static void handle(void)
{
	unsigned char digest[] = {0xde, 0xad, 0xbe, 0xef};
	struct place place = {48.2, 16.4};
	int one = 1;

	DCTX_FN;
	dctx_set(k_request_id, "r-1");
	dctx_set(k_tenant, UINT64_C(18000000000000000000));
	dctx_set(k_trace, true);
	dctx_set(k_rate, 0.25);
	dctx_set(k_digest, ((dctx_bytes){digest, sizeof(digest)}));
	dctx_set(k_place, &place); /* a copy: `place` may go */
	dctx_update(k_retries, 0, increment, &one);
	dctx_update(k_retries, 0, increment, &one);
	show("set");
}

int main(void)
{
	/* One name with two types in one process would be told here. */
	if (dctx_registry_check(NULL, NULL) != DCTX_OK)
		return 1;
	show("not set");
	handle();
	show("after");
	return 0;
}
