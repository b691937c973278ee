/* SPDX-License-Identifier: MIT */
/* ops_wire.c - eight texts as an envelope in the caller's buffer, and back. */
#include "bench.h"

static unsigned char message[1024];
static size_t message_len;

static void wire_setup(void)
{
	register_texts(8);
	for (int i = 0; i < 8; i++)
		must(dctx_set(text[i], TEXT));
	must(dctx_encode(message, sizeof(message), &message_len));
}

static void encode(uint64_t turns)
{
	unsigned char buf[sizeof(message)];
	size_t len;

	while (turns--) {
		must(dctx_encode(buf, sizeof(buf), &len));
		consume(len);
	}
}

static void decode(uint64_t turns)
{
	dctx_snapshot *snapshot;

	while (turns--) {
		must(dctx_decode(message, message_len, &snapshot));
		dctx_snapshot_unref(snapshot);
	}
}

const struct op wire_ops[] = {
	{"encode", "entries=8", {{[M] = 20}, 0}, 0, ANY, wire_setup, encode,
	 NULL, NULL},
	{"decode", "entries=8", {{[M] = 40}, 0}, ANY, ANY, wire_setup, decode,
	 NULL, NULL},
	{0},
};
