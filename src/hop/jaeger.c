/* SPDX-License-Identifier: MIT */
/*
 * jaeger.c - "jaeger": uber-trace-id and uberctx-NAME, the headers of Jaeger's
 * client libraries ("Client Libraries", "Propagation Format").
 *
 * A baggage is the same as W3C's, but for how it travels: a header a member. So
 * it is written from the line that W3C's would be, and read into one.
 */
#include "data/registry.h"
#include "hop/baggage.h"
#include "hop/field.h"
#include "hop/labels.h"
#include "hop/outward.h"
#include "plat/heap.h"
#include "wire/jaeger.h"
#include "wire/percent.h"
#include "wire/scratch.h"

#include <string.h>

#define PREFIX "uberctx-"
#define PREFIX_LEN (sizeof PREFIX - 1)

/* The longest name of a member; longer ones are no header's. */
#define NAME_MAX_LEN 255u

/* A member's value that is no longer takes no memory when it is coded. */
#define SHORT 340u

/* Lines of one name that are looked at. */
#define LINES 8

struct name {
	char text[PREFIX_LEN + NAME_MAX_LEN + 1];
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* "Jaeger recommends baggage keys to be lowercase-kebab-case", since the case
 * of a header's name gets lost: as such it is sent. */
static bool name_of(dctx_bytes key, struct name *out)
{
	const char *at = key.data;

	if (key.len > NAME_MAX_LEN)
		return false;
	memcpy(out->text, PREFIX, PREFIX_LEN);
	for (size_t i = 0; i < key.len; i++)
		out->text[PREFIX_LEN + i] = lower(at[i]);
	out->text[PREFIX_LEN + key.len] = '\0';
	return true;
}

static void skip(const struct dctxi_sink *sink, dctx_effect effect,
		 dctx_bytes key)
{
	dctxi_found(sink, DCTX_RULE_JAEGER_BAGGAGE, effect, 0, key);
}

/* Where short values are coded. */
struct coding {
	char plain[SHORT];
	char coded[3 * SHORT];
};

/* A value in W3C's code becomes one in Jaeger's, which is stricter. */
static dctx_status put_value(const dctx_carrier *to, const struct name *name,
			     dctx_bytes value, struct coding *coding)
{
	char *room = coding->plain, *out = coding->coded;
	struct dctxi_scratch *scratch = NULL;
	struct dctxi_percent made;
	dctx_status status;
	size_t len;

	if (value.len > SHORT) {
		room = dctxi_scratch_room(&scratch, 4 * value.len);
		out = room + value.len;
	}
	if (room == NULL) {
		dctxi_scratch_end(scratch);
		return DCTX_NOMEM;
	}
	made = dctxi_percent_decode(value, room);
	len = dctxi_jaeger_value_write((dctx_bytes){room, made.len}, out);
	status = to->set(to->user, name->text, (dctx_bytes){out, len});
	dctxi_scratch_end(scratch);
	return status;
}

/* The key of ours that a header's name is for: what it was called before its
 * case was lost, and more in an environment, nobody knows. NULL: none. */
static const dctx_key *key_of(const dctx_hop *hop, dctx_bytes name)
{
	const struct dctxi_entry *entry =
		dctxi_registry_find(hop->registry, name.data, name.len);
	bool environ = hop->flags & DCTX_HOP_ENVIRON;
	const dctx_key *key;

	if (entry != NULL && entry->key->policy & DCTX_BAGGAGE)
		return entry->key;
	for (uint32_t i = 0;
	     (key = dctx_registry_nth(hop->registry, i)) != NULL; i++)
		if (key->policy & DCTX_BAGGAGE &&
		    dctxi_label_begins(environ, key->name, name) &&
		    key->name[name.len] == '\0')
			return key;
	return NULL;
}

/* Whether a member may have the header of its name: the next hop would take it
 * for a key's value that is not called as it is, or for the member that has had
 * the header. */
static bool may_have(const dctx_hop *hop, struct dctxi_labels *labels,
		     dctx_bytes name)
{
	struct dctxi_label *slot = dctxi_labels_find(labels, name);
	const dctx_key *key;

	if (slot->len > 0)
		return false;
	key = key_of(hop, name);
	if (key != NULL && memcmp(key->name, name.data, name.len) != 0)
		return false;
	dctxi_labels_take(labels, slot, name);
	return true;
}

/* Each member, also after one has failed. Properties have no place here. */
static dctx_status put_members(const dctx_injection *injection,
			       const struct dctxi_outward *out)
{
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(out->line, NULL);
	const dctx_hop *hop = injection->hop;
	dctx_status first = DCTX_OK, status;
	struct dctxi_labels labels;
	struct dctxi_member member;
	struct coding coding;
	struct name name;

	dctxi_labels_begin(&labels, out->line.data,
			   hop->flags & DCTX_HOP_ENVIRON);
	while (dctxi_baggage_next(&walk, &member)) {
		if (!name_of(member.key, &name)) {
			skip(&out->sink, DCTX_CUT, member.key);
			continue;
		}
		if (!may_have(hop, &labels, member.key)) {
			skip(&out->sink, DCTX_SKIPPED, member.key);
			continue;
		}
		status = put_value(injection->to, &name, member.value, &coding);
		if (first == DCTX_OK)
			first = status;
	}
	if (out->secret)
		dctxi_wipe(&coding, sizeof coding);
	return first;
}

static dctx_status inject_baggage(const dctx_injection *injection)
{
	struct dctxi_outward out;
	dctx_status status = dctxi_outward_write(&out, injection, PREFIX);

	if (status == DCTX_OK && out.line.len > 0)
		status = put_members(injection, &out);
	dctxi_outward_wipe(&out);
	return status;
}

static dctx_status inject(const dctx_propagator *self,
			  const dctx_injection *injection)
{
	const dctx_carrier *to = injection->to;
	dctx_status first = DCTX_OK, status;
	char text[DCTXI_JAEGER_MAX];
	size_t len;

	(void)self;
	if (injection->trace != NULL) {
		len = dctxi_jaeger_write(injection->trace, text);
		first = to->set(to->user, "uber-trace-id",
				(dctx_bytes){text, len});
	}
	status = inject_baggage(injection);
	return first != DCTX_OK ? first : status;
}

/* A line of W3C's baggage in the making. Names whose members are not in there,
 * since they could not be read, stand at its end, so that the next of that name
 * is not the first. */
struct inward {
	const dctx_extraction *extraction;
	struct dctxi_sink sink;
	struct dctxi_labels labels;
	bool secret; /* one is, or was, in the texts */
	size_t used, names;
	char line[DCTXI_BAG_BYTES];
	char plain[DCTXI_BAG_BYTES];
};

/* Returns: its key in the line, or NULL, and that is told. */
static const char *write_member(struct inward *in, dctx_bytes key,
				dctx_bytes value)
{
	size_t comma = in->used > 0, size;
	char *at = in->line + in->used;
	dctx_bytes plain = {in->plain, 0};

	if (value.len > sizeof in->plain) {
		skip(&in->sink, DCTX_CUT, key);
		return NULL;
	}
	if (!dctxi_jaeger_value_read(value, &in->sink, in->plain, &plain.len))
		return NULL;
	size = comma + key.len + 1 + dctxi_percent_size(plain);
	if (size > sizeof in->line - in->names - in->used) {
		skip(&in->sink, DCTX_CUT, key);
		return NULL;
	}
	if (comma)
		*at++ = ',';
	memcpy(at, key.data, key.len);
	at[key.len] = '=';
	(void)dctxi_percent_encode(plain, at + key.len + 1);
	in->used += size;
	return at;
}

/* Without room for its name there is none for its member, either. */
static const char *write_name(struct inward *in, dctx_bytes key)
{
	if (key.len > sizeof in->line - in->names - in->used)
		return NULL;
	in->names += key.len;
	return memcpy(in->line + sizeof in->line - in->names, key.data,
		      key.len);
}

static void add_member(struct inward *in, dctx_bytes key, dctx_bytes value)
{
	struct dctxi_label *slot;
	const char *at;

	if (!dctxi_baggage_is_key(key)) {
		skip(&in->sink, DCTX_SKIPPED, key);
		return;
	}
	slot = dctxi_labels_find(&in->labels, key);
	if (slot->len > 0) {
		dctxi_found(&in->sink, DCTX_RULE_JAEGER_TWICE, DCTX_IGNORED, 0,
			    key);
		return;
	}
	if (in->labels.count == DCTXI_BAG_MEMBERS) {
		dctxi_found(&in->sink, DCTX_RULE_BAGGAGE_MEMBERS, DCTX_CUT, 0,
			    key);
		return;
	}
	at = write_member(in, key, value);
	if (at == NULL)
		at = write_name(in, key);
	if (at != NULL)
		dctxi_labels_take(&in->labels, slot, (dctx_bytes){at, key.len});
}

/* Findings about it name its header. */
static void add_named(struct inward *in, const struct name *name,
		      dctx_bytes key, dctx_bytes value)
{
	in->sink.header = name->text;
	add_member(in, key, value);
	in->sink.header = PREFIX;
}

static void add_header(void *arg, dctx_bytes header, dctx_bytes value)
{
	dctx_bytes key = {(const char *)header.data + PREFIX_LEN,
			  header.len - PREFIX_LEN};
	struct inward *in = arg;
	const dctx_key *ours;
	struct name name;

	if (!name_of(key, &name)) {
		skip(&in->sink, DCTX_CUT, key);
		return;
	}
	key.data = name.text + PREFIX_LEN;
	ours = key_of(in->extraction->hop, key);
	if (ours != NULL) {
		key.data = ours->name;
		if (ours->policy & DCTX_SECRET)
			in->secret = true;
	}
	add_named(in, &name, key, value);
}

/* Asks for a key's header. */
static void add_key(struct inward *in, const dctx_key *key,
		    const struct name *name)
{
	const dctx_carrier *from = in->extraction->from;
	dctx_bytes text = {key->name, strlen(key->name)}, lines[LINES];
	size_t n = from->get(from->user, name->text, lines, LINES);

	if (key->policy & DCTX_SECRET)
		in->secret = true;
	for (size_t i = 0; i < n && i < LINES; i++) {
		in->sink.line = i;
		add_named(in, name, text, lines[i]);
	}
	in->sink.line = 0;
}

/* Of a carrier that cannot say what headers it has, those of our own keys are
 * asked for. */
static void add_keys(struct inward *in)
{
	const dctx_hop *hop = in->extraction->hop;
	const dctx_key *key;
	struct name name;

	for (uint32_t i = 0;
	     (key = dctx_registry_nth(hop->registry, i)) != NULL; i++) {
		dctx_bytes text = {key->name, strlen(key->name)};

		if (!(key->policy & DCTX_BAGGAGE) ||
		    !dctxi_baggage_is_key(text) || !name_of(text, &name))
			continue;
		text.data = name.text + PREFIX_LEN;
		/* Of two keys with one name one has it. */
		if (key_of(hop, text) == key)
			add_key(in, key, &name);
	}
}

/* What is found about the line says nothing of a place in a header. */
static void tell(void *user, const dctx_finding *finding)
{
	const dctx_findings *to = user;
	dctx_finding placeless = *finding;

	placeless.offset = 0;
	to->found(to->user, &placeless);
}

static dctx_status take(const struct inward *in)
{
	const dctx_findings *to = in->extraction->hop->findings;
	const dctx_findings findings = {tell, (void *)(uintptr_t)to};
	dctx_extraction extraction = *in->extraction;
	dctx_hop hop = *extraction.hop;
	struct dctxi_lines lines;

	if (to != NULL && to->found != NULL)
		hop.findings = &findings;
	extraction.hop = &hop;
	lines.few[0] = (dctx_bytes){in->line, in->used};
	lines.line = lines.few;
	lines.count = 1;
	lines.total = 1;
	lines.many = NULL;
	return dctxi_baggage_take(&extraction, &lines, PREFIX);
}

static dctx_status extract_baggage(const dctx_extraction *extraction)
{
	const dctx_carrier *from = extraction->from;
	dctx_status status;
	struct inward in;

	in.extraction = extraction;
	in.sink = (struct dctxi_sink){extraction->hop->findings, PREFIX, 0};
	in.secret = false;
	in.used = 0;
	in.names = 0;
	in.line[0] = '\0';
	dctxi_labels_begin(&in.labels, in.line,
			   extraction->hop->flags & DCTX_HOP_ENVIRON);
	if (from->each != NULL)
		from->each(from->user, PREFIX, add_header, &in);
	else
		add_keys(&in);
	status = in.used > 0 ? take(&in) : DCTX_OK;
	if (in.secret) {
		dctxi_wipe(in.line, sizeof in.line);
		dctxi_wipe(in.plain, sizeof in.plain);
	}
	return status;
}

/* Of several lines the first counts, as with OpenTelemetry's; nothing is said.
 */
static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	struct dctxi_sink sink = {extraction->hop->findings, "uber-trace-id",
				  0};
	dctx_status status = DCTX_OK;
	dctx_bytes value;
	dctx_trace trace;

	(void)self;
	if (dctxi_field_first(extraction, sink.header, DCTX_RULE_JAEGER_TWICE,
			      &value, &sink.line) &&
	    dctxi_jaeger_read(value, &sink, &trace))
		status = dctxi_field_trace(extraction, &trace);
	return status == DCTX_OK ? extract_baggage(extraction) : status;
}

const dctx_propagator *dctx_jaeger(void)
{
	static const dctx_propagator jaeger = {
		.struct_size = sizeof jaeger,
		.name = "jaeger",
		.inject = inject,
		.extract = extract,
	};

	return &jaeger;
}
