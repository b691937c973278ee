/* SPDX-License-Identifier: MIT */
/*
 * The tenant of a framework is a thread-local that others read, to choose a
 * database. An accessor takes it along to workers: also "none", and also what
 * the worker itself had is back after it.
 */
#include <dctx/dctx.h>

#include <stdio.h>

/* The framework, which knows nothing of dctx. */
static __thread const char *tenant;

static const char *database(void)
{
	return tenant != NULL ? tenant : "default";
}

/* Tenants live for ever, so a pointer is all there is to capture. */
static dctx_status tenant_capture(void *user, void **out)
{
	(void)user;
	*out = (void *)(uintptr_t)tenant;
	return DCTX_OK;
}

static dctx_status tenant_set(void *user, void *value, void **out_before)
{
	(void)tenant_capture(user, out_before);
	tenant = value;
	return DCTX_OK;
}

static dctx_status tenant_clear(void *user, void **out_before)
{
	return tenant_set(user, NULL, out_before);
}

static void tenant_restore(void *user, void *before)
{
	(void)user;
	tenant = before;
}

static const dctx_accessor tenant_accessor = {.name = "tenant",
					      .capture = tenant_capture,
					      .set = tenant_set,
					      .clear = tenant_clear,
					      .restore = tenant_restore};

static void *store_slice(void *row)
{
	printf("  row %s to the database %s\n", (const char *)row, database());
	return NULL;
}

static dctx_status submit(const char *row, dctx_work **out)
{
	/* Exact: work of no tenant must not run as its worker's. */
	const dctx_submit_options options = {.struct_size = sizeof(options),
					     .carry = DCTX_EXACT_LOCALS};

	return dctx_wrap_with(store_slice, (void *)(uintptr_t)row, &options,
			      out);
}

static void *worker(void *arg)
{
	dctx_work **work = arg;

	tenant = "housekeeping"; /* the worker's own */
	for (; *work != NULL; work++) {
		if (dctx_work_run(*work, NULL) != DCTX_OK)
			printf("  not run\n");
		printf("then the worker is %s\n", database());
	}
	return NULL;
}

int main(void)
{
	dctx_work *work[4] = {NULL};
	pthread_t thread;

	if (dctx_accessor_add(dctx_accessors_default(), &tenant_accessor) !=
	    DCTX_OK)
		return 1;
	tenant = "acme";
	if (submit("1", &work[0]) != DCTX_OK)
		return 1;
	tenant = "globex";
	if (submit("2", &work[1]) != DCTX_OK)
		return 1;
	tenant = NULL;
	if (submit("3", &work[2]) != DCTX_OK ||
	    pthread_create(&thread, NULL, worker, work) != 0)
		return 1;
	pthread_join(thread, NULL);
	printf("and main is %s\n", database());
	return 0;
}
