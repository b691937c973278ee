/* SPDX-License-Identifier: MIT */
/*
 * keys.c - the keys. Made by hand instead of with DCTX_KEY_U64, since how many
 * are registered is a row's own.
 */
#include "bench.h"

#include <stdio.h>

dctx_key_u64 num[MAX_KEYS];
dctx_key_str text[MAX_KEYS];

static long nums;

static void give(dctx_key *key, char kind, long i)
{
	static char names[2 * MAX_KEYS][13];
	static int used;
	char *name = names[used++];

	snprintf(name, sizeof(names[0]), "bench.%c.%04ld", kind, i);
	key->name = name;
	key->policy = DCTX_WIRE | DCTX_BAGGAGE | DCTX_LOG;
	key->version = 1;
	must(dctx_key_register(key));
}

void register_nums(long count)
{
	must_be(count <= MAX_KEYS, "so few keys");
	for (nums = 0; nums < count; nums++) {
		num[nums].key.kind = DCTX_KIND_U64;
		give(&num[nums].key, 'n', nums);
	}
}

void register_texts(long count)
{
	must_be(count <= MAX_KEYS, "so few keys");
	for (long i = 0; i < count; i++) {
		text[i].key.kind = DCTX_KIND_STR;
		give(&text[i].key, 's', i);
	}
}

void set_nums(long count)
{
	for (long i = 1; i <= count; i++)
		must(dctx_set(num[i * nums / count - 1], (uint64_t)i));
}
