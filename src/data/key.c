/* SPDX-License-Identifier: MIT */
#include "data/key.h"

#include "data/utf8.h"

#include <string.h>

#define TYPE_SIZE_MAX (1u << 20)

/* Known by its name, since a program may have a copy of the object. */
static const char builtin[] = "dctx.builtin";

const dctx_codec dctx_codec_builtin = {
	.struct_size = sizeof dctx_codec_builtin,
	.name = builtin,
};

bool dctxi_name_valid(const char *name)
{
	size_t len;

	if (name == NULL)
		return false;
	len = strnlen(name, DCTXI_KEY_NAME_MAX + 1);
	return len <= DCTXI_KEY_NAME_MAX && dctxi_utf8_valid(name, len);
}

/* The codec itself, or NULL where it stands for what is done without one. */
static const dctx_codec *own_codec(const dctx_codec *codec)
{
	bool stands_in = codec != NULL && strcmp(codec->name, builtin) == 0;

	return stands_in ? NULL : codec;
}

const dctx_codec *dctxi_key_codec(const dctx_key *key)
{
	return key->options != NULL ? own_codec(key->options->codec) : NULL;
}

const dctx_migration *dctxi_key_migration(const dctx_key *key, uint32_t from)
{
	const dctx_key_options *options = key->options;

	for (size_t i = 0; options != NULL && i < options->migration_count; i++)
		if (options->migrations[i].from == from)
			return &options->migrations[i];
	return NULL;
}

bool dctxi_type_equal(const dctx_type *a, const dctx_type *b)
{
	if (a == b)
		return true;
	return a != NULL && b != NULL && a->size == b->size &&
	       strcmp(a->name, b->name) == 0;
}

bool dctxi_codec_equal(const dctx_codec *a, const dctx_codec *b)
{
	if (a == b)
		return true;
	return a != NULL && b != NULL && strcmp(a->name, b->name) == 0;
}

bool dctxi_type_valid(const dctx_type *type)
{
	return type != NULL && type->struct_size >= sizeof *type &&
	       type->name != NULL && type->size > 0 &&
	       type->size <= TYPE_SIZE_MAX;
}

static bool kind_valid(uint32_t kind, const dctx_type *type)
{
	if (kind == DCTX_KIND_TYPE)
		return dctxi_type_valid(type);
	return kind >= DCTX_KIND_BOOL && kind < DCTX_KIND_TYPE && type == NULL;
}

static bool codec_valid(const dctx_codec *codec)
{
	if (codec == NULL)
		return true;
	if (codec->struct_size < sizeof *codec ||
	    !dctxi_name_valid(codec->name) || codec->name[0] == '\0')
		return false;
	return own_codec(codec) == NULL || codec->decode != NULL;
}

/* Nothing is sent by a migration's, so it need not encode. */
static bool encodes(const dctx_codec *codec)
{
	return own_codec(codec) == NULL || codec->encode != NULL;
}

const dctx_codec *dctxi_migration_codec(const dctx_key *key,
					const dctx_migration *m)
{
	if (m->codec != NULL)
		return own_codec(m->codec);
	if (m->kind == (dctx_kind)key->kind &&
	    dctxi_type_equal(m->type, key->type))
		return dctxi_key_codec(key);
	return NULL;
}

/* Whether the steps from a migration end at the key's version. */
static bool arrives(const dctx_key *key, const dctx_migration *m)
{
	for (size_t steps = key->options->migration_count; steps > 0; steps--) {
		if (m->to == 0 || m->to == key->version)
			return true;
		m = dctxi_key_migration(key, m->to);
		if (m == NULL)
			return false;
	}
	return false;
}

static bool migration_valid(const dctx_key *key, const dctx_migration *m)
{
	if (!kind_valid(m->kind, m->type) || !codec_valid(m->codec))
		return false;
	if (m->kind == DCTX_KIND_TYPE && m->type->decode == NULL &&
	    dctxi_migration_codec(key, m) == NULL)
		return false;
	return m->convert != NULL && m->from != key->version &&
	       dctxi_key_migration(key, m->from) == m && arrives(key, m);
}

static bool options_valid(const dctx_key *key)
{
	const dctx_key_options *options = key->options;

	if (options == NULL)
		return true;
	if (options->struct_size < sizeof *options ||
	    options->migration_count > DCTXI_MIGRATIONS_MAX ||
	    (options->migrations == NULL && options->migration_count > 0) ||
	    !codec_valid(options->codec) || !encodes(options->codec))
		return false;
	for (size_t i = 0; i < options->migration_count; i++)
		if (!migration_valid(key, &options->migrations[i]))
			return false;
	return true;
}

/* What has no meaning without a wire is a mistake there. */
static bool stays_local(const dctx_key *key)
{
	const dctx_key_options *options = key->options;

	return key->version <= 1 &&
	       (options == NULL || (options->codec == NULL &&
				    options->migration_count == 0));
}

bool dctxi_key_valid(const dctx_key *key)
{
	return dctxi_name_valid(key->name) &&
	       kind_valid(key->kind, key->type) && options_valid(key) &&
	       (key->policy & DCTX_WIRE || stays_local(key)) &&
	       !(key->policy & DCTX_SECRET && key->kind < DCTX_KIND_STR);
}

static bool migration_equal(const dctx_key *a, const dctx_migration *m,
			    const dctx_key *b)
{
	const dctx_migration *other = dctxi_key_migration(b, m->from);
	uint32_t to = m->to != 0 ? m->to : a->version;

	return other != NULL && m->kind == other->kind &&
	       to == (other->to != 0 ? other->to : b->version) &&
	       dctxi_type_equal(m->type, other->type) &&
	       dctxi_codec_equal(dctxi_migration_codec(a, m),
				 dctxi_migration_codec(b, other));
}

static size_t migration_count(const dctx_key *key)
{
	return key->options != NULL ? key->options->migration_count : 0;
}

static bool wire_equal(const dctx_key *a, const dctx_key *b)
{
	size_t n = migration_count(a);

	if (a->version != b->version || n != migration_count(b) ||
	    !dctxi_codec_equal(dctxi_key_codec(a), dctxi_key_codec(b)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!migration_equal(a, &a->options->migrations[i], b))
			return false;
	return true;
}

bool dctxi_key_equal(const dctx_key *a, const dctx_key *b)
{
	return a->kind == b->kind && a->policy == b->policy &&
	       dctxi_type_equal(a->type, b->type) &&
	       (!(a->policy & DCTX_WIRE) || wire_equal(a, b));
}
