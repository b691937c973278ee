/* SPDX-License-Identifier: MIT */
#include "wire/auth.h"

#include "data/fail.h"

#include <string.h>

static const char entry_key[] = "dctx.auth";
#define VERSION 1u

/* What a value says: the key's name and the code. */
struct seal {
	dctx_bytes key_id;
	dctx_bytes code;
};

static bool code_size_valid(size_t size)
{
	return size >= DCTX_AUTH_CODE_MIN && size <= DCTX_AUTH_CODE_MAX;
}

bool dctxi_auth_valid(const dctx_auth *auth)
{
	return auth->struct_size >= sizeof *auth &&
	       (auth->sign == NULL ||
		(auth->key_id.len > 0 && auth->key_id.data != NULL &&
		 auth->key_id.len <= DCTX_AUTH_ID_MAX &&
		 code_size_valid(auth->code_size)));
}

bool dctxi_auth_is(dctx_bytes key)
{
	return key.len == sizeof entry_key - 1 &&
	       memcmp(key.data, entry_key, key.len) == 0;
}

dctx_entry dctxi_auth_entry(const dctx_auth *auth,
			    unsigned char value[DCTXI_AUTH_VALUE_MAX])
{
	unsigned char *at = value;

	*at++ = (unsigned char)auth->key_id.len;
	memcpy(at, auth->key_id.data, auth->key_id.len);
	at += auth->key_id.len;
	*at++ = (unsigned char)auth->code_size;
	memset(at, 0, auth->code_size);
	at += auth->code_size;
	return (dctx_entry){.key = {entry_key, sizeof entry_key - 1},
			    .value = {value, (size_t)(at - value)},
			    .version = VERSION};
}

/* Each of the two has a length of one byte before it. */
static bool take(dctx_bytes *from, dctx_bytes *out)
{
	const unsigned char *at = from->data;

	if (from->len == 0 || at[0] > from->len - 1)
		return false;
	*out = (dctx_bytes){at + 1, at[0]};
	from->data = at + 1 + at[0];
	from->len -= 1 + (size_t)at[0];
	return true;
}

static bool seal_read(const dctx_entry *entry, struct seal *out)
{
	dctx_bytes left = entry->value;

	return entry->version == VERSION && take(&left, &out->key_id) &&
	       take(&left, &out->code) && left.len == 0 &&
	       out->key_id.len > 0 && out->key_id.len <= DCTX_AUTH_ID_MAX &&
	       code_size_valid(out->code.len);
}

/* The one entry of a message; none when there are several, since then nobody
 * knows which one counts. */
static bool seal_find(const dctx_message *message, struct seal *out)
{
	dctx_message m = *message;
	dctx_entry entry, found;
	size_t n = 0;

	while (dctx_message_entry(&m, &entry))
		if (dctxi_auth_is(entry.key)) {
			found = entry;
			n++;
		}
	return n == 1 && seal_read(&found, out);
}

dctx_status dctxi_auth_sign(const dctx_auth *auth, unsigned char *data,
			    size_t len)
{
	const dctx_bytes whole = {data, len};
	dctx_message message;
	struct seal seal;
	dctx_status status = dctx_message_open(data, len, &message);

	if (status != DCTX_OK)
		return status;
	if (!seal_find(&message, &seal))
		return dctxi_fail(DCTX_CONFLICT, entry_key);
	status = auth->sign(
		auth->user, &whole, 1,
		data + ((const unsigned char *)seal.code.data - data));
	return status == DCTX_OK ? DCTX_OK : dctxi_fail(status, entry_key);
}

static dctx_status untrusted(dctx_rule why, dctx_rule *rule)
{
	*rule = why;
	return dctxi_fail(DCTX_UNTRUSTED, entry_key);
}

dctx_status dctxi_auth_verify(const dctx_auth *auth,
			      const dctx_message *message, dctx_rule *rule)
{
	static const unsigned char zeros[DCTX_AUTH_CODE_MAX];
	const unsigned char *start = message->start, *code;
	dctx_bytes parts[3];
	struct seal seal;
	dctx_status status;

	if (!seal_find(message, &seal))
		return untrusted(DCTX_RULE_AUTH_MISSING, rule);
	code = seal.code.data;
	parts[0] = (dctx_bytes){start, (size_t)(code - start)};
	parts[1] = (dctx_bytes){zeros, seal.code.len};
	parts[2] = (dctx_bytes){code + seal.code.len,
				message->len - parts[0].len - parts[1].len};
	status = auth->verify(auth->user, seal.key_id, parts, 3, seal.code);
	if (status == DCTX_OK || status == DCTX_NOMEM)
		return status;
	return untrusted(status == DCTX_UNKNOWN_KEY ? DCTX_RULE_AUTH_KEY
						    : DCTX_RULE_AUTH_WRONG,
			 rule);
}
