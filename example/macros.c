/* SPDX-License-Identifier: MIT */
/*
 * All keys of a program in one list: the header declares them, one .c file
 * defines them, and whoever wants them in a registry of his own adds them, all
 * with one line each. Then the other macros: a scope, an attach and a snapshot
 * that end with their block, also by break, return and goto.
 */
#include <dctx/dctx.h>

#include <inttypes.h>
#include <stdio.h>

/* The header: kind, variable, name, policy. */
#define MY_KEYS(X)                                                            \
	X(STR, k_request_id, "request_id", DCTX_WIRE | DCTX_LOG)              \
	X(U64, k_tenant, "tenant", DCTX_WIRE)                                 \
	X(BOOL, k_dry_run, "dry_run", DCTX_LOCAL)                             \
	X(F64, k_rate, "rate", DCTX_LOCAL)

DCTX_KEYS_DECLARE(MY_KEYS);

/* The .c file. */
DCTX_KEYS_DEFINE(MY_KEYS);

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-9s [%s] request %s, tenant %" PRIu64 ", dry run %s, "
	       "rate %g\n", where, chain, dctx_get(k_request_id, "(none)"),
	       dctx_get(k_tenant, 0), dctx_get(k_dry_run, false) ? "yes" : "no",
	       dctx_get(k_rate, 1.0));
}

/* The keys of a list are values like others: here their number is counted. */
#define COUNT(...) +1
static bool registered(void)
{
	dctx_registry *own;
	bool good;

	printf("%d keys in the list, %" PRIu32 " in the process\n",
	       MY_KEYS(COUNT), dctx_registry_size(NULL));
	if (dctx_registry_new("tests", &own) != DCTX_OK)
		return false;
	good = DCTX_REGISTER_KEYS(own, MY_KEYS) == DCTX_OK &&
	       dctx_registry_find(own, "tenant") == &k_tenant.key;
	printf("%" PRIu32 " in a registry of one's own\n",
	       dctx_registry_size(own));
	dctx_registry_free(own);
	return good;
}

static void nested(void)
{
	DCTX_FN; /* named after the function */
	dctx_set(k_request_id, "r-1");
	dctx_set(k_tenant, 7);
	show("outer");
	for (int i = 0; i < 3; i++) {
		DCTX_SCOPE("try"); /* a scope a turn */
		dctx_set(k_rate, 0.5 * i);
		if (i == 1)
			break; /* leaves it */
		show("inner");
	}
	{
		DCTX_SCOPE_UNNAMED;
		dctx_set(k_dry_run, true);
		show("unnamed");
	}
	show("outer");
}

static void snapshots(void)
{
	DCTX_SCOPE("before");
	dctx_set(k_tenant, 8);
	DCTX_SNAPSHOT(snapshot); /* given back at the closing brace */
	dctx_set(k_tenant, 9);
	{
		DCTX_ATTACH(snapshot);
		show("attached");
	}
	show("after");
}

int main(void)
{
	show("at first");
	nested();
	snapshots();
	show("at last");
	return registered() ? 0 : 1;
}
