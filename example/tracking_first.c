/* SPDX-License-Identifier: MIT */
/*
 * The first example of ContextTracking.jl: DCTX_FN is its @ctx, dctx_set its
 * @memo. What foo learns is known in bar, below it, and forgotten when foo
 * returns. The rest are the properties of its Context object.
 */
#include <dctx/dctx.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

DCTX_KEY_I64(k_x, "x", DCTX_LOG);

/* The id differs from run to run, its form does not. */
static bool is_hex_id(const char *text)
{
	size_t i;

	if (strncmp(text, "0x", 2) != 0)
		return false;
	for (i = 2; isxdigit((unsigned char)text[i]); i++)
		continue;
	return text[i] == '\0' && i == DCTX_HEX_ID_SIZE - 1;
}

/* All that the context holds, as the registry names it. */
static void show_data(void)
{
	uint32_t i;

	printf("  data:");
	for (i = 0; i < dctx_registry_size(NULL); i++) {
		const dctx_key *key = dctx_registry_nth(NULL, i);

		if (dctx_store_has_key(dctx_current(), key))
			printf(" %s", key->name);
	}
	putchar('\n');
}

static void show(const char *where)
{
	char hex[DCTX_HEX_ID_SIZE];
	char path[64];

	dctx_chain_text(".", path, sizeof(path));
	printf("%s\n  path: [%s]\n", where, path);
	printf("  hex_id: %s\n",
	       is_hex_id(dctx_hex_id(hex)) ? "0x and 16 digits" : hex);
	printf("  generations: %zu\n", dctx_depth());
	show_data();
	printf("  x: %lld\n", (long long)dctx_get(k_x, -1));
}

static void bar(void)
{
	DCTX_FN;
	show("in bar");
}

static void foo(void)
{
	DCTX_FN;
	dctx_set(k_x, 1);
	show("in foo");
	bar();
}

int main(void)
{
	foo();
	show("after foo");
	return 0;
}
