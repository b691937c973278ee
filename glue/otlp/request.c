/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "utf8.h"

#include <string.h>

/* The spans of one target. */
struct scope {
	const char *target;
	Otlp__ScopeSpans spans;
	Otlp__InstrumentationScope named;
	size_t room;
};

struct batch {
	struct arena *arena;
	struct scope **scopes; /* room for one a span */
	size_t n;
	struct scope **of; /* each span's; NULL: it is not told */
};

static const char *target_of(const dctx_span_site *site)
{
	if (site->target != NULL)
		return site->target;
	return site->file != NULL ? site->file : "";
}

static struct scope *scope_make(struct batch *batch, const char *target)
{
	struct scope *made = dctxi_otlp_take(batch->arena, sizeof *made);

	if (made == NULL)
		return NULL;
	made->target = target;
	made->room = 0;
	otlp__scope_spans__init(&made->spans);
	otlp__instrumentation_scope__init(&made->named);
	made->named.name = dctxi_otlp_utf8_of(batch->arena, target);
	made->spans.scope = &made->named;
	batch->scopes[batch->n++] = made;
	return made;
}

static struct scope *scope_find(struct batch *batch, const char *target)
{
	for (size_t i = 0; i < batch->n; i++)
		if (batch->scopes[i]->target == target ||
		    strcmp(batch->scopes[i]->target, target) == 0)
			return batch->scopes[i];
	return scope_make(batch, target);
}

/* A newer library's spans are larger. */
static const dctx_told_span *span_at(const dctx_told_span *spans, size_t i)
{
	return (const void *)((const char *)spans + i * spans->struct_size);
}

/* Which span is whose, so that each scope's list is made once. */
static size_t scopes_find(struct batch *batch, const dctx_told_span *spans,
			  size_t n)
{
	size_t said = 0;

	batch->of = dctxi_otlp_take(batch->arena, n * sizeof(*batch->of));
	batch->scopes =
		dctxi_otlp_take(batch->arena, n * sizeof(*batch->scopes));
	for (size_t i = 0; i < n && !batch->arena->failed; i++) {
		const dctx_told_span *told = span_at(spans, i);
		struct scope *scope = NULL;

		if ((told->trace.flags & DCTX_TRACE_SAMPLED) != 0)
			scope = scope_find(batch, target_of(told->site));
		batch->of[i] = scope;
		if (scope != NULL) {
			scope->room++;
			said++;
		}
	}
	return said;
}

static void lists_make(struct batch *batch)
{
	for (size_t i = 0; i < batch->n && !batch->arena->failed; i++) {
		struct scope *scope = batch->scopes[i];

		scope->spans.spans = dctxi_otlp_take(
			batch->arena, scope->room * sizeof(Otlp__Span *));
	}
}

static void spans_add(struct batch *batch, const dctx_told_span *spans,
		      size_t n)
{
	for (size_t i = 0; i < n && !batch->arena->failed; i++) {
		struct scope *scope = batch->of[i];

		if (scope != NULL)
			scope->spans.spans[scope->spans.n_spans++] =
				dctxi_otlp_span(batch->arena,
						span_at(spans, i));
	}
}

static void pack(struct batch *batch, Otlp__Resource *resource,
		 ProtobufCBinaryData *out)
{
	Otlp__ResourceSpans of_resource = OTLP__RESOURCE_SPANS__INIT;
	Otlp__ResourceSpans *all[] = {&of_resource};
	Otlp__ExportTraceServiceRequest request =
		OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
	Otlp__ScopeSpans **list =
		dctxi_otlp_take(batch->arena, batch->n * sizeof(*list));

	if (list == NULL)
		return;
	for (size_t i = 0; i < batch->n; i++)
		list[i] = &batch->scopes[i]->spans;
	of_resource.resource = resource;
	of_resource.scope_spans = list;
	of_resource.n_scope_spans = batch->n;
	request.resource_spans = all;
	request.n_resource_spans = 1;
	out->len =
		otlp__export_trace_service_request__get_packed_size(&request);
	out->data = dctxi_otlp_take(batch->arena, out->len);
	if (out->data != NULL)
		(void)otlp__export_trace_service_request__pack(&request,
							       out->data);
}

dctx_status dctxi_otlp_request(struct arena *arena, Otlp__Resource *resource,
			       const dctx_told_span *spans, size_t n,
			       ProtobufCBinaryData *out, size_t *out_said)
{
	struct batch batch = {.arena = arena};

	*out_said = scopes_find(&batch, spans, n);
	if (*out_said != 0) {
		lists_make(&batch);
		spans_add(&batch, spans, n);
		if (!arena->failed)
			pack(&batch, resource, out);
	}
	return arena->failed ? DCTX_NOMEM : DCTX_OK;
}
