/* SPDX-License-Identifier: MIT */
/* model.c - see model.h. */
#include "model.h"

#include <stdio.h>

struct frame model[FRAMES];
int model_top;
dctx_key model_keys[KEYS];
char model_names[NAMES][16];

static char key_names[KEYS][16];

int model_make_names(void **state)
{
	static const uint32_t kinds[] = {DCTX_KIND_U64, DCTX_KIND_STR,
					 DCTX_KIND_TYPE};

	(void)state;
	for (int i = 0; i < NAMES; i++)
		snprintf(model_names[i], sizeof(model_names[i]), "s%d", i);
	for (int k = 0; k < KEYS; k++) {
		dctx_key *key = &model_keys[k];

		snprintf(key_names[k], sizeof(key_names[k]), "k%d", k);
		key->kind = kinds[k % 3];
		key->type = k % 3 == 2 ? &dctxt_thing_type : NULL;
		key->policy = k % 5 == 0 ? DCTX_CLOSED : DCTX_LOCAL;
		key->version = 1;
		key->name = key_names[k];
	}
	return 0;
}

void model_begin(void)
{
	memset(model, 0, sizeof(model));
	model_top = 0;
	model[0].level = true;
	model[0].name = -1;
}

struct frame *model_push(dctx_guard guard)
{
	struct frame *frame = &model[++model_top];

	memset(frame, 0, sizeof(*frame));
	frame->guard = guard;
	frame->name = -1;
	return frame;
}

void model_remove(int frame)
{
	memmove(&model[frame], &model[frame + 1],
		sizeof(model[0]) * (size_t)(model_top - frame));
	model_top--;
}

int model_level(void)
{
	int f = model_top;

	while (!model[f].level)
		f--;
	return f;
}

static enum mark look_up(int k, unsigned *value)
{
	for (int f = model_top;; f--) {
		const struct frame *frame = &model[f];

		if (frame->mark[k] != UNTOUCHED) {
			*value = frame->value[k];
			return frame->mark[k];
		}
		if (frame->level) {
			*value = frame->base.value[k];
			return frame->base.mark[k];
		}
	}
}

void model_hide(int k)
{
	unsigned value;
	enum mark mark = look_up(k, &value);

	if (mark == SET || (mark == REMOVED && model_top > 0))
		model[model_top].mark[k] = REMOVED;
}

static void add_name(struct picture *p, int name)
{
	if (p->n_names == CHAIN) {
		memmove(p->names, p->names + 1, sizeof(int) * (CHAIN - 1));
		p->n_names--;
	}
	p->names[p->n_names++] = name;
}

struct picture model_picture(void)
{
	struct picture now = model[model_level()].base;

	for (int f = model_level(); f <= model_top; f++)
		if (model[f].name >= 0)
			add_name(&now, model[f].name);
	for (int k = 0; k < KEYS; k++)
		now.mark[k] = look_up(k, &now.value[k]);
	return now;
}

const char *model_text(unsigned value)
{
	static char text[700];
	size_t len = value % 7 == 0 ? 600 : value % 40;

	memset(text, 'a' + (int)(value % 26), len);
	snprintf(text + len, sizeof(text) - len, "%u", value);
	return text;
}

/* A value as read, of whatever kind. */
struct reading {
	bool has;
	uint64_t number;
	const char *text;
	const struct dctxt_thing *thing;
};

static const char *compare_value(const struct reading *r, int k,
				 const struct picture *p)
{
	unsigned value = p->value[k];

	if (r->has != (p->mark[k] == SET))
		return r->has ? "a key is there" : "a key is missing";
	if (!r->has)
		return NULL;
	if (model_keys[k].kind == DCTX_KIND_U64)
		return r->number == value ? NULL : "a number";
	if (model_keys[k].kind == DCTX_KIND_STR)
		return strcmp(r->text, model_text(value)) == 0 ? NULL
							       : "a text";
	return r->thing->id == (int)value ? NULL : "an object";
}

static const char *compare_names(const char **names, size_t n,
				 const struct picture *p)
{
	if (n != (size_t)p->n_names)
		return "how many names";
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], model_names[p->names[i]]) != 0)
			return "a name";
	return NULL;
}

const char *model_compare_store(const dctx_store *store,
				const struct picture *picture)
{
	const char *names[CHAIN];

	for (int k = 0; k < KEYS; k++) {
		const dctx_key *key = &model_keys[k];
		struct reading r = {dctx_store_has_key(store, key),
				    dctx_store_get_u64(store, key, 0),
				    dctx_store_get_str(store, key, ""),
				    dctx_store_get_type(store, key, NULL)};
		const char *differs = compare_value(&r, k, picture);

		if (differs != NULL)
			return differs;
	}
	return compare_names(names, dctx_store_chain(store, names, CHAIN),
			     picture);
}

const char *model_compare_snapshot(const dctx_snapshot *s,
				   const struct picture *picture)
{
	const char *names[CHAIN];

	for (int k = 0; k < KEYS; k++) {
		const dctx_key *key = &model_keys[k];
		struct reading r = {dctx_snapshot_has_key(s, key),
				    dctx_snapshot_get_u64(s, key, 0),
				    dctx_snapshot_get_str(s, key, ""),
				    dctx_snapshot_get_type(s, key, NULL)};
		const char *differs = compare_value(&r, k, picture);

		if (differs != NULL)
			return differs;
	}
	return compare_names(names, dctx_snapshot_chain(s, names, CHAIN),
			     picture);
}

static const char *compare_item(const dctx_item *item, int k,
				const struct picture *p)
{
	struct reading r = {item->value.kind != 0, item->value.as.u,
			    item->value.as.bytes.data, item->value.as.object};

	if (item->value.kind != 0 && item->value.kind != item->key->kind)
		return "a listed kind";
	return compare_value(&r, k, p);
}

/* Each listed key agrees, once and in order, and none is missing. */
static const char *compare_list(const dctx_item *items, size_t n,
				const struct picture *p)
{
	uint32_t last = 0;
	size_t wanted = 0;

	for (int k = 0; k < KEYS; k++)
		wanted += p->mark[k] != UNTOUCHED;
	if (n != wanted)
		return "how many are listed";
	for (size_t i = 0; i < n; i++) {
		uint32_t place = items[i].key->page * 8 + items[i].key->slot;
		ptrdiff_t k = items[i].key - model_keys;
		const char *differs;

		if (k < 0 || k >= KEYS || place <= last ||
		    p->mark[k] == UNTOUCHED)
			return "what is listed";
		last = place;
		differs = compare_item(&items[i], (int)k, p);
		if (differs != NULL)
			return differs;
	}
	return NULL;
}

const char *model_compare_lists(const dctx_store *store,
				const struct picture *picture)
{
	const struct frame *top = &model[model_top];
	dctx_item items[KEYS];
	struct picture own;
	size_t n = dctx_store_list(store, DCTX_LIST_REMOVED, items, KEYS);
	const char *differs = compare_list(items, n, picture);

	for (size_t i = n; i-- > 0;)
		n -= items[i].value.kind == 0;
	if (differs == NULL &&
	    dctx_store_list(store, DCTX_LIST_VISIBLE, NULL, 0) != n)
		differs = "how many are visible";
	if (differs != NULL || top->dead)
		return differs;
	memcpy(own.mark, top->mark, sizeof(own.mark));
	memcpy(own.value, top->value, sizeof(own.value));
	n = dctx_store_list(store, DCTX_LIST_SCOPE, items, KEYS);
	return compare_list(items, n, &own);
}

const char *model_compare_snapshot_list(const dctx_snapshot *snapshot,
					const struct picture *picture)
{
	dctx_item items[KEYS];
	size_t n = dctx_snapshot_list(snapshot, DCTX_LIST_REMOVED, items, KEYS);

	return compare_list(items, n, picture);
}
