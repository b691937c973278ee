/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "resource.h"

#include <dctx/diag.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void add_pairs(struct attributes *a, const struct pair *pair)
{
	for (; pair != NULL; pair = pair->next)
		dctxi_otlp_add_string(a, pair->name, pair->value);
}

/* As the SDKs name who has no name. */
static void add_program(struct attributes *a)
{
	static const char unknown[] = "unknown_service:";
	const char *program = program_invocation_short_name;
	const size_t len = sizeof unknown + strlen(program);
	char *name = dctxi_otlp_take(a->arena, len);

	if (name == NULL)
		return;
	(void)snprintf(name, len, "%s%s", unknown, program);
	dctxi_otlp_add_string(a, "service.name", name);
	dctxi_otlp_add_string(a, "process.executable.name", program);
}

static void add_host(struct attributes *a)
{
	struct utsname host;
	char *name;

	if (uname(&host) != 0)
		return;
	name = dctxi_otlp_take_text(a->arena, host.nodename,
				    strlen(host.nodename));
	if (name != NULL)
		dctxi_otlp_add_string(a, "host.name", name);
}

Otlp__Resource *dctxi_otlp_resource(struct arena *arena,
				    const struct config *config)
{
	Otlp__Resource *resource = dctxi_otlp_take(arena, sizeof *resource);
	struct attributes a = {.arena = arena};

	if (resource == NULL)
		return NULL;
	if (config->service != NULL)
		dctxi_otlp_add_string(&a, "service.name", config->service);
	for (int i = 0; i < 2; i++)
		add_pairs(&a, config->resource[i]);
	dctxi_otlp_add_string(&a, "telemetry.sdk.name", "dctx");
	dctxi_otlp_add_string(&a, "telemetry.sdk.language", "c");
	dctxi_otlp_add_string(&a, "telemetry.sdk.version", DCTX_VERSION_TEXT);
	dctxi_otlp_add_int(&a, "process.pid", getpid());
	add_program(&a);
	add_host(&a);
	otlp__resource__init(resource);
	resource->attributes = a.list;
	resource->n_attributes = a.n;
	return resource;
}
