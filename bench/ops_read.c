/* SPDX-License-Identifier: MIT */
/* ops_read.c - get, inline, as a program's own code does it. */
#include "bench.h"
#include "ops_read.h"

dctx_key_u64 k_hit, k_miss;

/* Every key but one has a value, and every scope sets one of them; what is
 * read was set first, in the outermost. */
void read_setup(void)
{
	long keys = param("keys"), depth = param("depth");

	must(dctx_limit_set(DCTX_LIMIT_DEPTH, 2000));
	register_nums(keys);
	k_hit = num[0];
	k_miss = num[keys - 1];
	for (long i = 0; i < keys - 1; i++)
		must(dctx_set(num[i], 1));
	for (long i = 1; i < depth; i++) {
		dctx_enter("level");
		must(dctx_set(num[1 + i % (keys - 2)], (uint64_t)i));
	}
	must_be(dctx_depth() == (size_t)depth, "the depth");
	must_be(dctx_get(k_hit, 0) == 1, "a hit");
	must_be(!dctx_has(k_miss), "a miss");
}

static void get_hit(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--) {
		sum += dctx_get(k_hit, 0);
		BARRIER();
	}
	consume(sum);
}

static void get_miss(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--) {
		sum += dctx_get(k_miss, 0);
		BARRIER();
	}
	consume(sum);
}

const struct op read_ops[] = {
	{"get", "depth=1,32,1000 keys=8,64,512 read=hit", {{[F] = 0.7}, 0}, 0,
	 16, read_setup, get_hit, NULL, NULL},
	{"get", "depth=1,32,1000 keys=8,64,512 read=miss", {{[F] = 0.7}, 0}, 0,
	 16, read_setup, get_miss, NULL, NULL},
	{0},
};
