/* SPDX-License-Identifier: MIT */
/*
 * grpc-timeout from outside: a time that is read is written as no more than it
 * is; and so is any time that eight bytes make.
 */
#include "wire/grpc_timeout.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static size_t read_size, ignored;

static void found(void *user, const dctx_finding *finding)
{
	(void)user;
	ignored += finding->effect != DCTX_KEPT;
	must(finding->offset <= read_size);
	must(finding->rule == DCTX_RULE_GRPC_TIMEOUT_VALUE ||
	     finding->rule == DCTX_RULE_GRPC_TIMEOUT_UNIT);
}

static const dctx_findings findings = {found, NULL};
static const struct dctxi_sink sink = {&findings, "grpc-timeout", 0};

/* Reads a block of exactly its size, for the sanitizer; -1: it is none. */
static int64_t read_time(const void *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);
	int64_t ns = -1;

	must(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	read_size = size;
	ignored = 0;
	must(dctxi_grpc_timeout_read((dctx_bytes){copy, size}, &sink, &ns) ==
	     (ns != -1));
	must(ns >= -1 && ignored <= 1 && (ns == -1 || ignored == 0));
	free(copy);
	return ns;
}

static void must_not_grow(int64_t ns)
{
	char text[DCTXI_GRPC_TIMEOUT_MAX];
	size_t len = dctxi_grpc_timeout_write(ns, text);
	int64_t back;

	must(len >= 2 && len <= sizeof text);
	back = read_time(text, len);
	must(back >= 0 && back <= ns);
	/* And what was cut off once is not cut off again. */
	len = dctxi_grpc_timeout_write(back, text);
	must(read_time(text, len) == back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t ns = read_time(data, size);
	uint64_t any;

	if (ns >= 0)
		must_not_grow(ns);
	if (size >= sizeof any) {
		memcpy(&any, data, sizeof any);
		must_not_grow((int64_t)(any >> 1 >> data[0] % 63));
	}
	return 0;
}
