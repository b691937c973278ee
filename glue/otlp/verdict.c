/* SPDX-License-Identifier: MIT */
/*
 * Only a code that came decides: whatever goes wrong before that may be over
 * the next time. A body that nobody understands changes nothing.
 */
#include "verdict.h"

#include "otlp.pb-c.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define RETRY_MOST (5 * 60 * DCTX_S)
#define UNPACKED_MOST (1 << 20)

/* A message of 2-byte fields that nobody knows takes many times its own room:
 * there is a bound, and all of it goes at once. */
static void *unpack_take(void *arena, size_t size)
{
	return dctxi_otlp_take(arena, size);
}

static void unpack_free(void *arena, void *memory)
{
	(void)arena, (void)memory;
}

/* Whether a byte of UTF-8 is one of a character that controls: C0, DEL, or C1,
 * which is 0xc2 and a byte below 0xa0. */
static bool controls(const uint8_t *at, bool first)
{
	if (*at == 0xc2)
		return at[1] < 0xa0;
	return *at < ' ' || *at == 0x7f ||
	       (!first && at[-1] == 0xc2 && *at < 0xa0);
}

/* A message's first words: characters, whole, and none that controls. */
static void word_put(struct verdict *v, struct arena *arena, const void *text,
		     size_t len)
{
	const ProtobufCBinaryData word = dctxi_otlp_utf8(arena, text, len);
	const size_t at = strlen(v->why);
	size_t n = sizeof(v->why) - 1 - at;

	if (word.len <= n)
		n = word.len;
	else
		while (n > 0 && (word.data[n] & 0xc0) == 0x80)
			n--;
	for (size_t i = 0; i < n; i++)
		v->why[at + i] = controls(&word.data[i], i == 0)
					 ? '?'
					 : (char)word.data[i];
	v->why[at + n] = '\0';
}

static void code_put(struct verdict *v, const struct answer *answer)
{
	(void)snprintf(v->why, sizeof v->why, "%ld: ", answer->code);
}

static void taken_read(struct verdict *v, ProtobufCAllocator *from,
		       const struct answer *answer, uint64_t spans)
{
	const Otlp__ExportTraceServiceResponse *response =
		otlp__export_trace_service_response__unpack(from, answer->len,
							    answer->body);
	const Otlp__ExportTracePartialSuccess *partial;

	if (response == NULL) {
		v->garbled = true;
		return;
	}
	partial = response->partial_success;
	if (partial == NULL)
		return;
	if (partial->rejected_spans > 0)
		v->rejected = (uint64_t)partial->rejected_spans;
	if (v->rejected > spans)
		v->rejected = spans;
	if (v->rejected == 0 && partial->error_message.len == 0)
		return;
	code_put(v, answer);
	word_put(v, from->allocator_data, partial->error_message.data,
		 partial->error_message.len);
}

static void refused_read(struct verdict *v, ProtobufCAllocator *from,
			 const struct answer *answer)
{
	const Otlp__RpcStatus *status = NULL;

	code_put(v, answer);
	if (answer->protobuf && answer->len != 0) {
		status = otlp__rpc_status__unpack(from, answer->len,
						  answer->body);
		v->garbled = status == NULL;
	}
	if (status != NULL)
		word_put(v, from->allocator_data, status->message.data,
			 status->message.len);
	else if (!answer->protobuf)
		word_put(v, from->allocator_data, answer->body, answer->len);
}

static bool is_for_later(long code)
{
	return code == 0 || code == 429 || code == 502 || code == 503 ||
	       code == 504;
}

void dctxi_otlp_judge(const struct answer *answer, uint64_t spans,
		      struct verdict *out)
{
	struct arena arena = {.most = UNPACKED_MOST};
	ProtobufCAllocator from = {unpack_take, unpack_free, &arena};

	*out = (struct verdict){.what = VERDICT_REFUSED};
	if (answer->code >= 200 && answer->code < 300)
		out->what = VERDICT_TAKEN;
	else if (is_for_later(answer->code))
		out->what = VERDICT_LATER;
	if (answer->retry_after > 0 && out->what == VERDICT_LATER)
		out->retry_after = answer->retry_after < RETRY_MOST
					   ? answer->retry_after
					   : RETRY_MOST;
	if (!answer->whole) {
		out->garbled = answer->code != 0;
		word_put(out, &arena, answer->why, strlen(answer->why));
	} else if (out->what != VERDICT_TAKEN) {
		refused_read(out, &from, answer);
	} else if (answer->len != 0 && !answer->protobuf) {
		out->garbled = true;
	} else {
		taken_read(out, &from, answer, spans);
	}
	dctxi_otlp_give_back(&arena);
}
