/* SPDX-License-Identifier: MIT */
/* inject.c - the kit's failing allocations, one after the other. */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(dctxt_host, "host of the kit", DCTX_LOCAL);
DCTX_KEY_STR(dctxt_host_text, "host text of the kit", DCTX_LOCAL);

/* One run of a scenario on a thread of its own. */
struct run {
	const struct dctxt_scenario *scenario;
	bool warm;    /* the thread has used dctx before */
	long n;       /* which allocation fails; 0: none */
	bool onwards; /* and all after it */
	long asked;   /* out: allocations asked for */
	dctx_status status;
};

static void play(struct run *run)
{
	dctx_guard around;

	dctxt_heap_fail(run->n, run->onwards);
	around = dctx_enter("around");
	run->status = run->scenario->run();
	dctx_leave(around);
	run->asked = dctxt_heap_relent();
}

static void *run_cold(void *arg)
{
	play(arg);
	return NULL;
}

static void *run_warm(void *arg)
{
	dctx_guard host;
	char chain[64];

	(void)dctx_set(dctxt_host, 4711);
	host = dctx_enter("host");
	(void)dctx_set(dctxt_host_text, "of the host");
	play(arg);
	DCTXT_EXPECT(dctx_get(dctxt_host, 0) == 4711);
	DCTXT_EXPECT(strcmp(dctx_get(dctxt_host_text, ""), "of the host") == 0);
	DCTXT_EXPECT(dctx_depth() == 2);
	dctx_chain_text("/", chain, sizeof(chain));
	DCTXT_EXPECT(strcmp(chain, "host") == 0);
	for (uint32_t i = 0; i < dctx_registry_size(NULL); i++) {
		const dctx_key *key = dctx_registry_nth(NULL, i);

		DCTXT_EXPECT(key == &dctxt_host.key ||
			     key == &dctxt_host_text.key ||
			     !dctx_store_has_key(dctx_current(), key));
	}
	DCTXT_EXPECT(dctx_set(dctxt_host, 1) == DCTX_OK);
	dctx_leave(host);
	DCTXT_EXPECT(dctx_get(dctxt_host, 0) == 4711);
	DCTXT_EXPECT(!dctx_has(dctxt_host_text));
	DCTXT_EXPECT(dctx_depth() == 1);
	return NULL;
}

static bool allowed(dctx_status status)
{
	return status == DCTX_OK || status == DCTX_NOMEM ||
	       status == DCTX_SYSTEM;
}

static void tell(const struct run *run)
{
	print_error("%s, %s thread, allocation %ld%s: %s\n",
		    run->scenario->name, run->warm ? "warm" : "cold", run->n,
		    run->onwards ? " and all later" : "",
		    dctx_strerror(run->status));
}

/* Fails each allocation of a scenario in turn; gives how many there were. */
static long inject(struct run *run)
{
	void *(*fn)(void *) = run->warm ? run_warm : run_cold;
	long sites, refused = 0;
	size_t blocks;

	run->n = 0;
	for (int i = 0; i < 3; i++) /* fills what is kept for ever */
		(void)dctxt_on_thread(fn, run);
	if (!DCTXT_EXPECT(run->status == DCTX_OK))
		tell(run);
	sites = run->asked;
	blocks = dctxt_heap_blocks();
	for (run->n = 1; run->n <= sites; run->n++) {
		(void)dctxt_on_thread(fn, run);
		refused += run->status != DCTX_OK;
		if (!DCTXT_EXPECT(allowed(run->status)) ||
		    !DCTXT_EXPECT(dctxt_heap_blocks() <= blocks) ||
		    !DCTXT_EXPECT(dctxt_alive() == 0))
			tell(run);
	}
	printf("%-24s %s thread, %s: %3ld sites, %3ld refused\n",
	       run->scenario->name, run->warm ? "warm" : "cold",
	       run->onwards ? "from then on" : "once        ", sites, refused);
	return sites;
}

void dctxt_inject(const struct dctxt_scenario *scenarios, size_t n)
{
	long sites = 0, injections = 0;

	for (size_t i = 0; i < n; i++) {
		for (int how = 0; how < 4; how++) {
			struct run run = {.scenario = &scenarios[i],
					  .warm = how < 2,
					  .onwards = how % 2 != 0};
			long there = inject(&run);

			injections += there;
			sites += run.onwards ? 0 : there;
		}
	}
	printf("%ld allocation sites, %ld injections\n", sites, injections);
}
