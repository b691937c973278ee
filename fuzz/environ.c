/* SPDX-License-Identifier: MIT */
/*
 * An environment from outside, a variable a line: all is taken or passed over,
 * and what is made of it for a child is made of that again. The first byte says
 * who is on the other side.
 */
#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MANY = 64 };

DCTX_KEY_STR(k_user, "user", DCTX_WIRE | DCTX_ENV | DCTX_BAGGAGE);
DCTX_KEY_U32(k_n, "n", DCTX_WIRE | DCTX_ENV | DCTX_TO_PUBLIC);
DCTX_KEY_BYTES(k_data, "data", DCTX_WIRE);

static char *const nothing[] = {NULL};

static void must(int condition)
{
	if (!condition)
		abort();
}

/* Each variable in a block of exactly its size. */
static void take_lines(char **env, const char *at, size_t size)
{
	size_t n = 0;

	while (size > 0 && n < MANY) {
		const char *end = memchr(at, '\n', size);
		size_t len = end != NULL ? (size_t)(end - at) : size;

		env[n] = malloc(len + 1);
		must(env[n] != NULL);
		memcpy(env[n], at, len);
		env[n++][len] = '\0';
		len += end != NULL;
		at += len;
		size -= len;
	}
	env[n] = NULL;
}

static void found(void *user, const dctx_finding *finding)
{
	size_t *size = user;

	must(dctx_rule_name(finding->rule)[0] != '\0');
	must(finding->offset <= *size);
}

/* What a child gets by this environment. Only what is too long is none. */
static char **child_of(char *const *env, const dctx_hop *hop)
{
	dctx_snapshot *snapshot;
	dctx_status status;
	char **out = NULL;

	must(dctx_environ_extract(env, hop, &snapshot) == DCTX_OK);
	status = dctx_snapshot_environ(snapshot, nothing, hop, &out);
	must(status == DCTX_OK || status == DCTX_LIMIT);
	dctx_snapshot_unref(snapshot);
	return out;
}

/* But for times, which go on. */
static void must_be_same(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strncmp(*a, "DCTX=", 5) != 0)
			must(strcmp(*a, *b) == 0);
	must(*a == NULL && *b == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_findings findings = {found, &size};
	dctx_hop hop = {.struct_size = sizeof hop, .findings = &findings};
	char *env[MANY + 1], **once, **twice = NULL;

	if (size == 0)
		return 0;
	hop.trust = (dctx_trust)(*data % 3);
	take_lines(env, (const char *)data + 1, size - 1);
	once = child_of(env, &hop);
	hop = (dctx_hop){.struct_size = sizeof hop,
			 .flags = DCTX_HOP_SAME_SPAN};
	free(once);
	once = child_of(env, &hop);
	if (once != NULL)
		twice = child_of(once, &hop);
	if (twice != NULL)
		must_be_same(once, twice);
	for (size_t i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(once);
	free(twice);
	return 0;
}
