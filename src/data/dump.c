/* SPDX-License-Identifier: MIT */
/*
 * Theory. Sections are a list that only grows, at its end and under the
 * process's lock (plat/lock.h), by one store with release; a dump walks it with
 * acquire and without the lock, since sections run the user's code.
 */
#include "data/dump.h"

#include "data/fail.h"
#include "data/limit.h"
#include "data/registry.h"
#include "data/utf8.h"
#include "plat/lock.h"
#include "plat/pin.h"

#include <string.h>

/* What is shown of an object, with the NUL. */
#define FORMAT_SIZE 256

static const char *const limit_names[] = {
	[DCTX_LIMIT_DEPTH] = "depth",
	[DCTX_LIMIT_CHAIN] = "chain",
	[DCTX_LIMIT_STORE_BYTES] = "store_bytes",
	[DCTX_LIMIT_MESSAGE_BYTES] = "message_bytes",
	[DCTX_LIMIT_ENTRIES] = "entries",
	[DCTX_LIMIT_KEY_BYTES] = "key_bytes",
	[DCTX_LIMIT_NAME_BYTES] = "name_bytes",
};
_Static_assert(sizeof limit_names / sizeof *limit_names == DCTXI_LIMITS,
	       "a limit without a name");

static const char *const policy_names[] = {
	"wire", "baggage", "log",     "closed",
	"env",	"secret",  "partner", "public"};
#define POLICY_NAMES (sizeof policy_names / sizeof *policy_names)

/* What stands at the top beside the sections. */
static const char *const own_names[] = {"dctx",	  "context", "outer",
					"counters", "limits", "registry"};

static dctx_dump_section *sections;

/* <str, 12 bytes>, <u64>, <name of the type>. */
static void put_kind(struct dctx_dumper *d, const dctx_any *value)
{
	const char *name = value->kind == DCTX_KIND_TYPE
				   ? value->type->name
				   : dctx_kind_name(value->kind);

	dctxi_dump_raw(d, "<");
	dctxi_dump_escaped(d, name, strlen(name));
	if (value->kind == DCTX_KIND_STR || value->kind == DCTX_KIND_BYTES) {
		dctxi_dump_raw(d, ", ");
		dctxi_dump_number(d, value->as.bytes.len, false);
		dctxi_dump_raw(d, " bytes");
	}
	dctxi_dump_raw(d, ">");
}

static void put_kind_json(struct dctx_dumper *d, const dctx_any *value)
{
	dctxi_dump_raw(d, "{\"kind\":\"");
	dctxi_dump_raw(d, dctx_kind_name(value->kind));
	dctxi_dump_raw(d, "\"");
	if (value->kind == DCTX_KIND_STR || value->kind == DCTX_KIND_BYTES) {
		dctxi_dump_raw(d, ",\"length\":");
		dctxi_dump_number(d, value->as.bytes.len, false);
	} else if (value->kind == DCTX_KIND_TYPE) {
		dctxi_dump_raw(d, ",\"type\":");
		dctxi_dump_quoted(d, value->type->name,
				  strlen(value->type->name));
	}
	dctxi_dump_raw(d, "}");
}

static void put_hidden(struct dctx_dumper *d, const dctx_any *value)
{
	if (dctxi_dump_is_json(d))
		put_kind_json(d, value);
	else
		put_kind(d, value);
}

static void put_hex(struct dctx_dumper *d, dctx_bytes bytes)
{
	const unsigned char *at = bytes.data;

	dctxi_dump_raw(d, dctxi_dump_is_json(d)
				  ? "{\"kind\":\"bytes\",\"hex\":\""
				  : "<bytes ");
	for (size_t i = 0; i < bytes.len; i++) {
		char pair[3] = {"0123456789abcdef"[at[i] >> 4],
				"0123456789abcdef"[at[i] & 15], '\0'};

		dctxi_dump_raw(d, pair);
	}
	dctxi_dump_raw(d, dctxi_dump_is_json(d) ? "\"}" : ">");
}

static void put_object(struct dctx_dumper *d, const dctx_any *value)
{
	char text[FORMAT_SIZE] = "";
	size_t says, len;

	if (value->type->format == NULL) {
		put_hidden(d, value);
		return;
	}
	/* What it says it wrote need not be so. */
	says = value->type->format(value->as.object, text, sizeof text);
	len = strnlen(text, says < sizeof text ? says : sizeof text - 1);
	dctxi_dump_raw(d, "\"");
	if (says < sizeof text) {
		dctxi_dump_escaped(d, text, len);
	} else {
		dctxi_dump_escaped(d, text, dctxi_utf8_whole(text, len));
		dctxi_dump_raw(d, "...");
	}
	dctxi_dump_raw(d, "\"");
}

static void put_int(struct dctx_dumper *d, int64_t v)
{
	dctxi_dump_number(d, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

static void put_value(struct dctx_dumper *d, const dctx_any *value)
{
	switch ((int)value->kind) {
	case 0:
		dctxi_dump_raw(d, dctxi_dump_is_json(d) ? "null" : "<removed>");
		break;
	case DCTX_KIND_BOOL:
		dctxi_dump_raw(d, value->as.b ? "true" : "false");
		break;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		dctxi_dump_float(d, value->as.f, value->kind == DCTX_KIND_F32);
		break;
	case DCTX_KIND_STR:
		dctxi_dump_quoted(d, value->as.bytes.data, value->as.bytes.len);
		break;
	case DCTX_KIND_BYTES:
		put_hex(d, value->as.bytes);
		break;
	case DCTX_KIND_TYPE:
		put_object(d, value);
		break;
	default:
		if (value->kind <= DCTX_KIND_I64)
			put_int(d, value->as.i);
		else
			dctxi_dump_number(d, value->as.u, false);
	}
}

void dctxi_dump_any(struct dctx_dumper *d, const char *name, bool show,
		    const dctx_any *value)
{
	if (!dctxi_dump_name(d, name))
		return;
	if (show || d->flags & DCTX_DUMP_VALUES || value->kind == 0)
		put_value(d, value);
	else
		put_hidden(d, value);
	dctxi_dump_done(d);
}

void dctxi_dump_secret(struct dctx_dumper *d, const char *name)
{
	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_raw(d, dctxi_dump_is_json(d) ? "{\"kind\":\"secret\"}"
						: "<secret>");
	dctxi_dump_done(d);
}

static void dump_counters(struct dctx_dumper *d)
{
	for (int event = 0; event < DCTX_EVENTS; event++)
		dctx_dump_u64(d, dctx_event_name((dctx_event)event),
			      dctx_counter((dctx_event)event));
}

size_t dctx_counters_dump(dctx_dump_form form, char *buf, size_t size)
{
	struct dctx_dumper d;

	dctxi_dump_open(&d, form, 0, buf, size);
	dump_counters(&d);
	return dctxi_dump_close(&d);
}

static void dump_limits(struct dctx_dumper *d)
{
	for (int limit = 0; limit < DCTXI_LIMITS; limit++)
		dctx_dump_u64(d, limit_names[limit],
			      dctxi_limit((dctx_limit)limit));
}

static void dump_options(struct dctx_dumper *d, const dctx_key_options *options)
{
	if (options->codec != NULL)
		dctx_dump_text(d, "codec", options->codec->name);
	if (options->migration_count == 0)
		return;
	dctx_dump_begin_list(d, "migrates_from");
	for (size_t i = 0; i < options->migration_count; i++)
		dctx_dump_u64(d, NULL, options->migrations[i].from);
	dctx_dump_end(d);
}

static void dump_key(struct dctx_dumper *d, const dctx_key *key)
{
	dctx_dump_begin(d, key->name);
	dctx_dump_text(d, "kind", dctx_kind_name(key->kind));
	if (key->type != NULL)
		dctx_dump_text(d, "type", key->type->name);
	dctx_dump_begin_list(d, "policy");
	for (unsigned i = 0; i < POLICY_NAMES; i++)
		if (key->policy >> i & 1)
			dctx_dump_text(d, NULL, policy_names[i]);
	dctx_dump_end(d);
	if (key->policy & DCTX_WIRE)
		dctx_dump_u64(d, "version", key->version);
	if (key->options != NULL)
		dump_options(d, key->options);
	dctx_dump_end(d);
}

static void dump_registry(struct dctx_dumper *d)
{
	const dctx_key *key;

	dctx_dump_bool(d, "frozen", dctx_registry_is_frozen(NULL));
	dctx_dump_u64(d, "size", dctx_registry_size(NULL));
	dctx_dump_begin(d, "keys");
	for (uint32_t i = 0; (key = dctx_registry_nth(NULL, i)) != NULL; i++)
		dump_key(d, key);
	dctx_dump_end(d);
}

/* The section may have left things open. */
static void dump_section(struct dctx_dumper *d,
			 const dctx_dump_section *section)
{
	unsigned depth = d->depth;

	dctx_dump_begin(d, section->name);
	d->floor = d->depth;
	section->fn(d, section->user);
	d->floor = 0;
	dctxi_dump_end_to(d, depth);
}

void dctxi_dump_process(struct dctx_dumper *d)
{
	const dctx_dump_section *section =
		__atomic_load_n(&sections, __ATOMIC_ACQUIRE);

	dctx_dump_begin(d, "counters");
	dump_counters(d);
	dctx_dump_end(d);
	dctx_dump_begin(d, "limits");
	dump_limits(d);
	dctx_dump_end(d);
	dctx_dump_begin(d, "registry");
	dump_registry(d);
	dctx_dump_end(d);
	for (; section != NULL;
	     section = __atomic_load_n(&section->next, __ATOMIC_ACQUIRE))
		dump_section(d, section);
}

static bool is_own(const char *name)
{
	for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
		if (strcmp(own_names[i], name) == 0)
			return true;
	return false;
}

/* Under the lock. */
static dctx_status append(dctx_dump_section *section)
{
	dctx_dump_section **link = &sections;

	for (; *link != NULL; link = &(*link)->next) {
		if (*link == section)
			return DCTX_OK;
		if (strcmp((*link)->name, section->name) == 0)
			return DCTX_CONFLICT;
	}
	section->next = NULL;
	__atomic_store_n(link, section, __ATOMIC_RELEASE);
	return DCTX_OK;
}

/* What the list points at is never unloaded. */
static bool pin(const dctx_dump_section *section)
{
	return dctxi_pin(section) && dctxi_pin(section->name) &&
	       dctxi_pin((const void *)(uintptr_t)section->fn);
}

dctx_status dctx_dump_register(dctx_dump_section *section)
{
	dctx_status status;

	if (section == NULL || section->name == NULL || section->fn == NULL ||
	    !dctxi_utf8_valid(section->name, strlen(section->name)))
		return dctxi_fail(DCTX_INVALID, "section");
	if (is_own(section->name))
		return dctxi_fail(DCTX_CONFLICT, section->name);
	if (!pin(section))
		return dctxi_fail(DCTX_SYSTEM, section->name);
	dctxi_lock();
	status = append(section);
	dctxi_unlock();
	return status == DCTX_OK ? status : dctxi_fail(status, section->name);
}
