/* SPDX-License-Identifier: MIT */
/*
 * Spans as scopes, in three steps: the names of spans are the chain, and what
 * is set in one is gone with it; fields of spans become values and values
 * become fields, as each key's mapping says; and what the span is called is a
 * value like any other. Last the same in a task, whose span stays as it is
 * while others run.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOG);
DCTX_KEY_U32(k_tenant, "tenant", DCTX_LOG);

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-10s [%s] request %s, tenant %u\n", where, chain,
	       dctx_get(k_request_id, "-"), dctx_get(k_tenant, 0));
}

static void query(void)
{
	DCTX_SPAN(span, "query");

	show("query");
	dctx_set(k_tenant, 9); /* of this span alone */
	show("query");
}

static void scopes(void)
{
	DCTX_SPAN(span, "handle");

	dctx_set(k_tenant, 7);
	show("handle");
	query();
	show("handle");
}

/* The request's id comes from a field of the span, the tenant goes into one. */
static void fields(void)
{
	char text[32];
	dctx_any tenant;

	dctx_set(k_tenant, 7);
	DCTX_SPAN(span, "handle", {"http.request_id", DCTX_ANY("r-4711")},
		  {"tenant", DCTX_EMPTY});

	show("fields");
	if (dctx_span_field_get(span, "tenant", text, sizeof(text), &tenant))
		printf("%-10s tenant=%u\n", "recorded", (unsigned)tenant.as.u);
	dctx_span_record(span, "http.request_id", &DCTX_ANY("r-4712"));
	show("late");
}

static void info(void)
{
	DCTX_SPAN_AT(span, DCTX_LEVEL_DEBUG, "handle");

	printf("%-10s span %s, level %u\n", "info",
	       dctx_get(dctx_span_name_key, "-"),
	       dctx_get(dctx_span_level_key, 0));
}

/* A request that yields once in its span. */
struct request {
	struct runner_task task;
	const char *id;
	dctx_span *span;
	int at;
};

static bool request_step(void *state)
{
	static const dctx_span_site site = {"request", NULL, DCTX_LEVEL_INFO,
					    __FILE__, __LINE__};
	struct request *request = state;
	dctx_span_field field = {"http.request_id", DCTX_ANY(request->id)};

	if (request->at == 0)
		request->span = dctx_span_open(&site, NULL, &field, 1);
	dctx_span_enter(request->span);
	show(request->at == 0 ? "begins" : "goes on");
	dctx_span_leave(request->span);
	if (request->at++ == 0)
		return true;
	dctx_span_close(request->span);
	show("closed");
	return false;
}

static int tasks(void)
{
	struct runner runner = {0};
	struct request requests[] = {{.id = "r-1"}, {.id = "r-2"}};

	for (int i = 0; i < 2; i++) {
		requests[i].task.step = request_step;
		requests[i].task.state = &requests[i];
		if (dctx_task_new(NULL, &requests[i].task.store) != DCTX_OK)
			return 1;
		runner_add(&runner, &requests[i].task);
	}
	runner_run(&runner);
	return 0;
}

int main(void)
{
	static const dctx_field id = {.struct_size = DCTX_FIELD_SIZE,
				      .flags = DCTX_FIELD_EXTRACT,
				      .extract_as = "http.request_id"};
	static const dctx_field tenant = {.struct_size = DCTX_FIELD_SIZE,
					  .flags = DCTX_FIELD_RECORD};

	if (dctx_layer_mount(dctx_layer_sync(), DCTX_LAYER_INFO) != DCTX_OK ||
	    dctx_layer_mount(dctx_layer_async(), DCTX_LAYER_INFO) != DCTX_OK ||
	    dctx_field_set(&k_request_id.key, &id) != DCTX_OK ||
	    dctx_field_set(&k_tenant.key, &tenant) != DCTX_OK)
		return 1;
	scopes();
	{
		DCTX_SCOPE_UNNAMED; /* takes what fields() sets outside */
		fields();
	}
	info();
	show("after");
	return tasks();
}
