/* SPDX-License-Identifier: MIT */
#include "environs.h"

char *const dctxt_no_environ[] = {NULL};
struct dctxt_message dctxt_message;

/* No header at all: DCTX alone. */
static const dctx_propagator none = {sizeof none, "none", NULL, NULL, NULL};
static const dctx_propagator *const alone[] = {&none};

dctx_hop dctxt_environ_alone(void)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = alone,
			  .propagator_count = 1};
}

char **dctxt_environ_made(char *const *base, const dctx_hop *hop)
{
	char **env = NULL;

	assert_int_equal(dctx_environ_here(base, hop, &env), DCTX_OK);
	assert_non_null(env);
	return env;
}

dctx_snapshot *dctxt_environ_taken(char *const *env, const dctx_hop *hop)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_environ_extract(env, hop, &snapshot), DCTX_OK);
	assert_non_null(snapshot);
	return snapshot;
}

const char *dctxt_environ_value(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

size_t dctxt_environ_count(char *const *env)
{
	size_t n = 0;

	while (env[n] != NULL)
		n++;
	return n;
}

char *const *dctxt_environ_rewritten(void)
{
	dctx_message_parts parts = {.struct_size = sizeof parts,
				    .version = 2,
				    .entries = dctxt_message.entry,
				    .entry_count = dctxt_message.n,
				    .names = dctxt_message.names,
				    .name_count = dctxt_message.names_n};
	static unsigned char out[1024];
	size_t len;

	assert_int_equal(dctx_message_write(&parts, out, sizeof out, &len),
			 DCTX_OK);
	strcpy(dctxt_message.text, "DCTX=");
	assert_int_equal(dctx_base64_encode(DCTX_BASE64_URL, out, len,
					    dctxt_message.text + 5,
					    sizeof dctxt_message.text - 5,
					    NULL),
			 DCTX_OK);
	dctxt_message.env[0] = dctxt_message.text;
	return dctxt_message.env;
}

/* Reads DCTX into `message`. */
void dctxt_environ_opened(char *const *env)
{
	const char *text = dctxt_environ_value(env, "DCTX");
	dctx_message walk;
	size_t len;

	assert_non_null(text);
	assert_int_equal(dctx_base64_decode(DCTX_BASE64_URL, text, strlen(text),
					    dctxt_message.bytes,
					    sizeof dctxt_message.bytes, &len),
			 DCTX_OK);
	assert_int_equal(dctx_message_open(dctxt_message.bytes, len, &walk),
			 DCTX_OK);
	dctxt_message.n = dctxt_message.names_n = 0;
	while (dctx_message_entry(&walk, &dctxt_message.entry[dctxt_message.n]))
		dctxt_message.n++;
	while (dctx_message_name(&walk,
				 &dctxt_message.names[dctxt_message.names_n]))
		dctxt_message.names_n++;
}

dctx_entry *dctxt_environ_entry(const char *name)
{
	for (size_t i = 0; i < dctxt_message.n; i++)
		if (dctxt_message.entry[i].key.len == strlen(name) &&
		    memcmp(dctxt_message.entry[i].key.data, name,
			   strlen(name)) == 0)
			return &dctxt_message.entry[i];
	return NULL;
}

void dctxt_environ_take_out(const char *name)
{
	dctx_entry *entry = dctxt_environ_entry(name);

	assert_non_null(entry);
	*entry = dctxt_message.entry[--dctxt_message.n];
}

void dctxt_environ_put_in(const char *name, const void *value, size_t len)
{
	dctxt_message.entry[dctxt_message.n++] =
		(dctx_entry){.key = {name, strlen(name)},
			     .value = {value, len},
			     .version = 1};
}
