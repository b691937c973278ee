/* SPDX-License-Identifier: MIT */
/*
 * ops_sign.c - eight texts as an envelope that is signed, and held against its
 * signature: less the same without. Where there is no libcrypto it has no rows.
 */
#include "bench.h"

#ifdef BENCH_HMAC
#include <dctx_hmac.h>

static unsigned char message[1024], plain[1024];
static size_t message_len, plain_len;
static dctx_encode_options signs = {.struct_size = sizeof(signs)};
static dctx_decode_options verifies = {.struct_size = sizeof(verifies)};

static void sign_setup(void)
{
	static const dctx_hmac_key key = {
		"2026-11", "0123456789abcdef0123456789abcdef", 32};
	dctx_hmac *hmac;

	register_texts(8);
	for (int i = 0; i < 8; i++)
		must(dctx_set(text[i], TEXT));
	must(dctx_hmac_new(&key, 1, &hmac));
	signs.auth = verifies.auth = dctx_hmac_auth(hmac);
	must(dctx_encode_with(&signs, message, sizeof(message), &message_len));
	must(dctx_encode(plain, sizeof(plain), &plain_len));
	must_be(message_len > plain_len, "a signature");
}

static void encode(const dctx_encode_options *options, uint64_t turns)
{
	unsigned char buf[sizeof(message)];
	size_t len;

	while (turns--) {
		must(dctx_encode_with(options, buf, sizeof(buf), &len));
		consume(len);
	}
}

static void encode_signed(uint64_t turns)
{
	encode(&signs, turns);
}

static void encode_plain(uint64_t turns)
{
	encode(NULL, turns);
}

static void decode_signed(uint64_t turns)
{
	dctx_snapshot *snapshot;

	while (turns--) {
		must(dctx_decode_with(message, message_len, &verifies,
				      &snapshot));
		dctx_snapshot_unref(snapshot);
	}
}

static void decode_plain(uint64_t turns)
{
	dctx_snapshot *snapshot;

	while (turns--) {
		must(dctx_decode_with(plain, plain_len, NULL, &snapshot));
		dctx_snapshot_unref(snapshot);
	}
}

const struct op sign_ops[] = {
	{"sign",
	 "entries=8",
	 {{0}, 0},
	 ANY,
	 ANY,
	 sign_setup,
	 encode_signed,
	 encode_plain,
	 NULL},
	{"verify",
	 "entries=8",
	 {{0}, 0},
	 ANY,
	 ANY,
	 sign_setup,
	 decode_signed,
	 decode_plain,
	 NULL},
	{0},
};
#else
const struct op sign_ops[] = {{0}};
#endif
