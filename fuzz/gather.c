/* SPDX-License-Identifier: MIT */
/*
 * A called process's answer, from outside: its share is merged as a model does
 * it (share.h), or nothing is; nothing but gathered keys gets in; and what is
 * there then goes on to the next process whole. The first byte says how it is
 * read, into what; or that the rest is two texts, whose lines are merged.
 */
#include "plat/local.h"
#include "share.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte: bits 0 and 1 are the decode's flags, 2 and 3 its trust. */
enum { SMALL_LIMITS = 0x10, HAS_SHARE = 0x20, TEXTS = 0x80 };

static void set_limits(size_t bytes, size_t entries)
{
	must(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, bytes) == DCTX_OK);
	must(dctx_limit_set(DCTX_LIMIT_ENTRIES, entries) == DCTX_OK);
}

static void set_share(void)
{
	dctx_set(k_cost, UINT64_MAX - 1000);
	dctx_set(k_small, -100);
	dctx_set(k_float, 1e38f);
	dctx_set(k_least, -5);
	dctx_set(k_most, 0.5);
	dctx_set(k_degraded, false);
	dctx_set(k_flags, 0x11);
	dctx_set(k_warnings, "slow\nold");
	dctx_set(k_error, "ours");
	dctx_set(k_trail, ((dctx_bytes){"ours;", 5}));
	dctx_set(k_local, 7);
}

/* Besides shares all is as it was. */
static void must_have_no_more(void)
{
	dctx_item items[KEYS + 1];
	size_t n = dctx_list(DCTX_LIST_VISIBLE, items, KEYS + 1), plain = 0;
	char chain[32];
	dctx_trace trace;

	must(n <= KEYS + 1);
	for (size_t i = 0; i < n; i++) {
		int key = 0;

		while (key < KEYS && keys[key] != items[i].key)
			key++;
		plain += key == KEYS;
	}
	must(plain == 1 && strcmp(dctx_get(k_plain, ""), "mine") == 0);
	(void)dctx_chain_text("/", chain, sizeof chain);
	must(strcmp(chain, "outer/inner") == 0);
	must(dctx_done() == DCTX_OK && dctx_deadline() == DCTX_NO_DEADLINE);
	must(!dctx_trace_get(&trace));
}

/* The share of a store as a message, in a block of exactly its size. */
static unsigned char *encoded(dctx_store *store, size_t *out_len)
{
	unsigned char *message;
	size_t len = 0;

	must(dctx_store_gather_encode(store, NULL, NULL, 0, &len) ==
	     DCTX_TOO_SMALL);
	message = malloc(len);
	must(message != NULL);
	must(dctx_store_gather_encode(store, NULL, message, len, out_len) ==
	     DCTX_OK);
	must(*out_len == len);
	return message;
}

static dctx_store *fresh(void)
{
	dctx_store *store;

	must(dctx_task_new(NULL, &store) == DCTX_OK);
	return store;
}

/* What goes on arrives there as it is here, strictly, but for what is local;
 * and from there it would go on the same. */
static void must_go_on(struct share *share)
{
	const dctx_decode_options strict = {.struct_size = sizeof strict,
					    .flags = DCTX_DECODE_STRICT};
	dctx_store *next = fresh();
	size_t once_len, twice_len;
	unsigned char *once = encoded(dctx_current(), &once_len), *twice;

	must(dctx_store_gather_decode(next, once, once_len, &strict) ==
	     DCTX_OK);
	drop_one(&share->of[LOCAL]);
	must_be(next, share);
	twice = encoded(next, &twice_len);
	must(once_len == twice_len && memcmp(once, twice, once_len) == 0);
	free(once);
	free(twice);
	dctx_task_free(next);
}

/* What three gave is merged at once as it is one after the other. */
static void must_join_in_order(dctx_snapshot *gave)
{
	dctx_snapshot *const all[] = {gave, NULL, gave, gave};
	dctx_store *store = fresh();
	struct share want, comes = came_in(gave);
	bool whole = true;

	want = share_of(store);
	for (int i = 0; i < 3; i++)
		whole &= merge(&want, &comes);
	must((dctx_store_gather_join(store, all, 4) == DCTX_OK) == whole);
	must_be(store, &want);
	drop(&want);
	drop(&comes);
	dctx_task_free(store);
}

/* Decodes into the current scope; the share that is there then. */
static struct share take_answer(const void *answer, size_t len,
				const dctx_decode_options *options)
{
	struct share want = share_of(dctx_current()), comes;
	dctx_snapshot *gave = NULL;
	dctx_status read = dctx_decode_with(answer, len, options, &gave);
	dctx_status joined = dctx_gather_decode(answer, len, options);

	if (read == DCTX_OK) {
		comes = came_in(gave);
		must(merge(&want, &comes) == (joined == DCTX_OK));
		drop(&comes);
	} else {
		must(joined == read);
	}
	must_be(dctx_current(), &want);
	must_have_no_more();
	set_limits(1 << 20, 1024);
	if (gave != NULL)
		must_join_in_order(gave);
	dctx_snapshot_unref(gave);
	return want;
}

static void answer_came(uint8_t how, const void *answer, size_t len)
{
	const dctx_decode_options options = {
		.struct_size = sizeof options,
		.flags = how & 3,
		.trust = (dctx_trust)((how >> 2) % 3)};
	dctx_guard outer = dctx_enter("outer"), inner = dctx_enter("inner");
	struct share share;

	dctx_set(k_plain, "mine");
	if (how & HAS_SHARE)
		set_share();
	if (how & SMALL_LIMITS)
		set_limits(200, 4);
	share = take_answer(answer, len, &options);
	dctx_gather_leave(inner);
	must_be(dctx_current(), &share);
	must(!dctx_has(k_plain));
	must_go_on(&share);
	drop(&share);
	dctx_leave(outer);
}

static void add_text(dctx_store *store, struct share *want, const char *text,
		     size_t len)
{
	dctx_any any = any_of(DCTX_KIND_STR, text, len);

	must(dctx_store_gather_add(store, &k_warnings.key, &any) == DCTX_OK);
	must(merge_one(WARNINGS, &want->of[WARNINGS], &any));
	must_be(store, want);
	drop_one(&any);
}

/* Lines up to a NUL, and those after it; again, they change nothing. */
static void texts_came(const char *text, size_t size)
{
	const char *stop = size > 0 ? memchr(text, '\0', size) : NULL;
	size_t had = stop != NULL ? (size_t)(stop - text) : size;
	dctx_store *store = fresh();
	struct share want = share_of(store);

	add_text(store, &want, text, had);
	if (stop != NULL)
		add_text(store, &want, stop + 1, size - had - 1);
	add_text(store, &want, text, had);
	drop(&want);
	dctx_task_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;

	if (size == 0)
		return 0;
	/* A block of exactly its size, for the sanitizer. */
	copy = malloc(size > 1 ? size - 1 : 1);
	must(copy != NULL);
	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	if (data[0] & TEXTS)
		texts_came(copy, size - 1);
	else
		answer_came(data[0], copy, size - 1);
	/* Nor does a call leave anything to its thread. */
	must(dctxi_local_now == NULL || dctxi_local_now->held == NULL);
	free(copy);
	return 0;
}
