/* SPDX-License-Identifier: MIT */
/*
 * Theory. Each key is a context of libcrypto's that has taken it in; a code is
 * made by a copy of that, which is the caller's own. So the keys are only read
 * after dctx_hmac_new, by any threads.
 */
#include "dctx_hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 16
#define CODE_SIZE 32

struct key {
	char id[DCTX_AUTH_ID_MAX];
	size_t id_len;
	EVP_MAC_CTX *ready;
};

struct dctx_hmac {
	dctx_auth auth;
	struct key keys[KEYS_MAX];
	size_t n;
};

static const struct key *key_find(const dctx_hmac *hmac, const void *id,
				  size_t len)
{
	for (size_t i = 0; i < hmac->n; i++)
		if (hmac->keys[i].id_len == len &&
		    memcmp(hmac->keys[i].id, id, len) == 0)
			return &hmac->keys[i];
	return NULL;
}

static dctx_status code_of(const struct key *key, const dctx_bytes *parts,
			   size_t n, unsigned char code[CODE_SIZE])
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(key->ready);
	size_t len = 0;
	bool good = mac != NULL;

	for (size_t i = 0; i < n && good; i++)
		good = parts[i].len == 0 ||
		       EVP_MAC_update(mac, parts[i].data, parts[i].len) == 1;
	good = good && EVP_MAC_final(mac, code, &len, CODE_SIZE) == 1 &&
	       len == CODE_SIZE;
	EVP_MAC_CTX_free(mac);
	return good ? DCTX_OK : DCTX_NOMEM;
}

static dctx_status sign(void *user, const dctx_bytes *parts, size_t n,
			void *code)
{
	const dctx_hmac *hmac = user;

	return code_of(&hmac->keys[0], parts, n, code);
}

static dctx_status verify(void *user, dctx_bytes key_id,
			  const dctx_bytes *parts, size_t n, dctx_bytes code)
{
	const struct key *key = key_find(user, key_id.data, key_id.len);
	unsigned char expected[CODE_SIZE];
	dctx_status status;

	if (key == NULL)
		return DCTX_UNKNOWN_KEY;
	if (code.len != CODE_SIZE)
		return DCTX_UNTRUSTED;
	status = code_of(key, parts, n, expected);
	if (status == DCTX_OK &&
	    CRYPTO_memcmp(expected, code.data, CODE_SIZE) != 0)
		status = DCTX_UNTRUSTED;
	OPENSSL_cleanse(expected, sizeof expected);
	return status;
}

static bool key_valid(const dctx_hmac *hmac, const dctx_hmac_key *key)
{
	size_t len;

	if (key->id == NULL || key->secret == NULL ||
	    key->size < DCTX_HMAC_KEY_MIN || key->size > DCTX_HMAC_KEY_MAX)
		return false;
	len = strlen(key->id);
	return len > 0 && len <= DCTX_AUTH_ID_MAX &&
	       key_find(hmac, key->id, len) == NULL;
}

static dctx_status key_add(dctx_hmac *hmac, EVP_MAC *mac,
			   const dctx_hmac_key *given)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", digest, 0),
		OSSL_PARAM_construct_end()};
	struct key *key = &hmac->keys[hmac->n];

	if (!key_valid(hmac, given))
		return DCTX_INVALID;
	key->ready = EVP_MAC_CTX_new(mac);
	if (key->ready == NULL)
		return DCTX_NOMEM;
	key->id_len = strlen(given->id);
	memcpy(key->id, given->id, key->id_len);
	hmac->n++;
	return EVP_MAC_init(key->ready, given->secret, given->size, params) == 1
		       ? DCTX_OK
		       : DCTX_UNSUPPORTED;
}

dctx_status dctx_hmac_new(const dctx_hmac_key *keys, size_t n, dctx_hmac **out)
{
	dctx_status status = DCTX_OK;
	dctx_hmac *hmac;
	EVP_MAC *mac;

	if (keys == NULL || n == 0 || n > KEYS_MAX || out == NULL)
		return DCTX_INVALID;
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (mac == NULL)
		return DCTX_UNSUPPORTED;
	hmac = calloc(1, sizeof *hmac);
	if (hmac == NULL)
		status = DCTX_NOMEM;
	for (size_t i = 0; i < n && status == DCTX_OK; i++)
		status = key_add(hmac, mac, &keys[i]);
	EVP_MAC_free(mac);
	if (status != DCTX_OK) {
		dctx_hmac_free(hmac);
		return status;
	}
	hmac->auth = (dctx_auth){sizeof hmac->auth,
				 {hmac->keys[0].id, hmac->keys[0].id_len},
				 CODE_SIZE,
				 sign,
				 verify,
				 hmac};
	*out = hmac;
	return DCTX_OK;
}

const dctx_auth *dctx_hmac_auth(const dctx_hmac *hmac)
{
	return hmac != NULL ? &hmac->auth : NULL;
}

dctx_hmac *dctx_hmac_free(dctx_hmac *hmac)
{
	if (hmac == NULL)
		return NULL;
	/* libcrypto wipes what it took in of a key. */
	for (size_t i = 0; i < hmac->n; i++)
		EVP_MAC_CTX_free(hmac->keys[i].ready);
	free(hmac);
	return NULL;
}
