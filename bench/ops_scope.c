/* SPDX-License-Identifier: MIT */
/* ops_scope.c - scopes, and what is set in them. */
#include "bench.h"

static void scope_setup(void)
{
	register_nums(64);
	register_texts(1);
}

static void scope(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
	}
}

static void set1(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
		dctx_set(num[0], turns);
	}
}

static void set8(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
		dctx_set(num[0], turns);
		dctx_set(num[1], turns);
		dctx_set(num[2], turns);
		dctx_set(num[3], turns);
		dctx_set(num[4], turns);
		dctx_set(num[5], turns);
		dctx_set(num[6], turns);
		dctx_set(num[7], turns);
	}
}

static void set_string(uint64_t turns)
{
	while (turns--) {
		DCTX_SCOPE("handle");
		dctx_set(text[0], TEXT);
	}
}

const struct op scope_ops[] = {
	{"scope", "", {{[F] = 3}, 0}, 0, 72, scope_setup, scope, NULL, NULL},
	{"scope_set1", "", {{[F] = 5.5}, 0}, 0, 136, scope_setup, set1, NULL,
	 NULL},
	{"scope_set8", "", {{[F] = 23}, 0}, 0, 540, scope_setup, set8, NULL,
	 NULL},
	{"set_string", "bytes=16", {{[M] = 1, [F] = 2}, 0}, 0, ANY,
	 scope_setup, set_string, scope, NULL},
	{0},
};
