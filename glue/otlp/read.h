/* SPDX-License-Identifier: MIT */
/* read.h - what a collector reads of spans that were told by hand, by
 * protobuf-c, for the tests of this folder. */
#ifndef DCTXT_OTLP_READ_H
#define DCTXT_OTLP_READ_H

#include "request.h"
#include "resource.h"

#include "kit.h"
#include "told.h"

#include <stdio.h>
#include <unistd.h>

/* The message of this test, and its end. */
static Otlp__ExportTraceServiceRequest *request;

static inline dctx_status say(const dctx_told_span *spans, size_t n,
			      struct arena *arena, ProtobufCBinaryData *out,
			      size_t *said)
{
	const struct config config = {.service = "shop"};

	return dctxi_otlp_request(arena, dctxi_otlp_resource(arena, &config),
				  spans, n, out, said);
}

/* What a collector reads of a batch. */
static inline void tell(const dctx_told_span *spans, size_t n)
{
	struct arena arena = {.chunks = NULL};
	ProtobufCBinaryData out = {0, NULL};
	size_t said;

	assert_int_equal(say(spans, n, &arena, &out, &said), DCTX_OK);
	request = otlp__export_trace_service_request__unpack(NULL, out.len,
							     out.data);
	assert_non_null(request);
	dctxi_otlp_give_back(&arena);
	assert_int_equal(request->n_resource_spans, 1);
}

static inline int forget(void **state)
{
	if (request != NULL)
		otlp__export_trace_service_request__free_unpacked(request,
								  NULL);
	request = NULL;
	return dctxt_end(state);
}
#define READ_TEST(f) cmocka_unit_test_setup_teardown(f, dctxt_begin, forget)

static inline const Otlp__ScopeSpans *scope(size_t i)
{
	assert_true(i < request->resource_spans[0]->n_scope_spans);
	return request->resource_spans[0]->scope_spans[i];
}

static inline const Otlp__Span *only(const dctx_told_span *told)
{
	tell(told, 1);
	assert_int_equal(scope(0)->n_spans, 1);
	return scope(0)->spans[0];
}

static inline void is_text(ProtobufCBinaryData data, const char *text)
{
	assert_int_equal(data.len, strlen(text));
	assert_memory_equal(data.data, text, data.len);
}

static inline const Otlp__AnyValue *find(Otlp__KeyValue **list, size_t n,
					 const char *name)
{
	const Otlp__AnyValue *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (list[i]->key.len != strlen(name) ||
		    memcmp(list[i]->key.data, name, strlen(name)) != 0)
			continue;
		assert_null(found); /* no name is there twice */
		found = list[i]->value;
	}
	return found;
}

static inline const Otlp__AnyValue *attribute(const Otlp__Span *span,
					      const char *name)
{
	return find(span->attributes, span->n_attributes, name);
}

static inline void says(const Otlp__AnyValue *value, const char *text)
{
	assert_non_null(value);
	assert_int_equal(value->value_case,
			 OTLP__ANY_VALUE__VALUE_STRING_VALUE);
	is_text(value->string_value, text);
}

static inline void counts(const Otlp__AnyValue *value, int64_t number)
{
	assert_non_null(value);
	assert_int_equal(value->value_case, OTLP__ANY_VALUE__VALUE_INT_VALUE);
	assert_int_equal(value->int_value, number);
}

#endif
