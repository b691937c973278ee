/* SPDX-License-Identifier: MIT */
#include "data/registry.h"

#include "data/fail.h"
#include "data/table.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "plat/pin.h"

#include <string.h>

struct dctx_registry {
	const char *name;
	struct dctxi_table *table;
	uint32_t count;
	bool frozen;
	struct dctx_registry *next; /* of all; under the lock */
	uint64_t has[DCTXI_INDEX_END / 64]; /* a bit an index */
};

static struct dctx_registry global = {.name = "global"};

/* Why a key was not added, or what a constructor was told first. */
struct refusal {
	dctx_status status;
	const dctx_key *refused, *holder;
};
static struct refusal at_load;

static const struct dctx_registry *reader(const dctx_registry *registry)
{
	return registry != NULL ? registry : &global;
}

static struct dctx_registry *writer(dctx_registry *registry)
{
	return registry != NULL ? registry : &global;
}

/* The entry of a name among the first `count`. */
static const struct dctxi_entry *find(const struct dctx_registry *registry,
				      uint32_t count, const char *name,
				      size_t len)
{
	const struct dctxi_table *t =
		__atomic_load_n(&registry->table, __ATOMIC_ACQUIRE);
	uint32_t word = dctxi_table_find(t, count, name, len);

	return word != 0 ? dctxi_entry_at(dctxi_table_index(word)) : NULL;
}

const struct dctxi_entry *dctxi_registry_find(const dctx_registry *registry,
					      const char *name, size_t len)
{
	const struct dctx_registry *r = reader(registry);

	return find(r, __atomic_load_n(&r->count, __ATOMIC_ACQUIRE), name, len);
}

const uint64_t *dctxi_registry_bits(const dctx_registry *registry)
{
	return reader(registry)->has;
}

/* Tells whether a key would be a new name among the first `count`. */
static dctx_status meet(const struct dctx_registry *registry, uint32_t count,
			const dctx_key *key, bool *out_new, struct refusal *why)
{
	const struct dctxi_entry *entry =
		find(registry, count, key->name, strlen(key->name));

	*out_new = entry == NULL;
	why->refused = key;
	if (entry == NULL)
		return registry->frozen ? DCTX_FROZEN : DCTX_OK;
	if (dctxi_key_equal(entry->key, key))
		return DCTX_OK;
	why->holder = entry->key;
	return DCTX_CONFLICT;
}

/* Makes room for all names that are new. */
static dctx_status prepare(struct dctx_registry *registry,
			   dctx_key *const *keys, size_t n, struct refusal *why)
{
	uint32_t names = registry->count;

	for (size_t i = 0; i < n; i++) {
		bool fresh;
		dctx_status status =
			meet(registry, registry->count, keys[i], &fresh, why);

		if (status != DCTX_OK)
			return status;
		names += fresh && names < DCTXI_KEYS_MAX;
	}
	return dctxi_table_reserve(&registry->table, registry->count, names)
		       ? DCTX_OK
		       : DCTX_NOMEM;
}

/* Puts all new names past the count. */
static dctx_status fill(struct dctx_registry *registry, dctx_key *const *keys,
			size_t n, uint32_t *count, struct refusal *why)
{
	for (size_t i = 0; i < n; i++) {
		const struct dctxi_entry *entry;
		bool fresh;
		dctx_status status =
			meet(registry, *count, keys[i], &fresh, why);

		if (status == DCTX_OK && fresh)
			status = dctxi_entry_join(keys[i], &entry);
		if (status != DCTX_OK)
			return status;
		if (fresh)
			dctxi_table_put(registry->table, entry->index,
					++*count);
	}
	return DCTX_OK;
}

static void publish(struct dctx_registry *registry, dctx_key *const *keys,
		    size_t n, uint32_t count)
{
	for (uint32_t i = registry->count; i < count; i++) {
		uint32_t index = registry->table->list[i];
		uint64_t *word = &registry->has[index / 64];

		__atomic_store_n(word, *word | UINT64_C(1) << index % 64,
				 __ATOMIC_RELAXED);
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = keys[i]->name;

		dctxi_key_place(keys[i], find(registry, count, name,
					      strlen(name))
						 ->index);
	}
	__atomic_store_n(&registry->count, count, __ATOMIC_RELEASE);
}

/* Under the lock: adds sound keys, all or none. */
static dctx_status enroll(struct dctx_registry *registry,
			  dctx_key *const *keys, size_t n, struct refusal *why)
{
	uint32_t count = registry->count, end = dctxi_entry_end();
	dctx_status status = prepare(registry, keys, n, why);

	if (status != DCTX_OK)
		return status;
	status = fill(registry, keys, n, &count, why);
	if (status == DCTX_OK) {
		publish(registry, keys, n, count);
		return DCTX_OK;
	}
	for (; count > registry->count; count--)
		dctxi_table_take(registry->table, count);
	dctxi_entry_drop(end);
	return status;
}

bool dctxi_registry_froze(uint32_t index)
{
	const struct dctx_registry *r = &global;

	while (r != NULL && !(r->frozen && dctxi_registry_has(r, index)))
		r = r->next;
	return r != NULL;
}

uint32_t dctxi_registry_after(const dctx_registry *registry,
			      const dctx_key *key)
{
	uint32_t count = dctx_registry_size(registry), word;
	const struct dctxi_table *t =
		__atomic_load_n(&reader(registry)->table, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) == 0)
		return UINT32_MAX;
	word = dctxi_table_find(t, count, key->name, strlen(key->name));
	if (word == 0 || dctxi_table_index(word) != dctxi_key_index(key))
		return UINT32_MAX;
	return dctxi_table_position(word);
}

static bool is_in(const struct dctx_registry *registry, const dctx_key *key)
{
	return __atomic_load_n(&key->page, __ATOMIC_ACQUIRE) != 0 &&
	       dctxi_registry_has(registry, dctxi_key_index(key));
}

/* Whether all that is kept of a key stays. */
static bool pin(const dctx_key *key)
{
	return dctxi_pin(key) && dctxi_pin(key->name) && dctxi_pin(key->type) &&
	       dctxi_pin(key->options);
}

/* A refused key is kept too, to be shown. */
static dctx_status check(const dctx_key *key, struct refusal *why)
{
	why->refused = NULL;
	if (key == NULL)
		return DCTX_INVALID;
	if (!pin(key))
		return DCTX_SYSTEM;
	why->refused = key;
	return dctxi_key_valid(key) && strncmp(key->name, "dctx.", 5) != 0
		       ? DCTX_OK
		       : DCTX_INVALID;
}

static dctx_status add_all(struct dctx_registry *registry,
			   dctx_key *const *keys, size_t n, struct refusal *why)
{
	dctx_status status = keys != NULL || n == 0 ? DCTX_OK : DCTX_INVALID;
	size_t known = 0;

	for (size_t i = 0; i < n && status == DCTX_OK; i++) {
		bool here = keys[i] != NULL && is_in(registry, keys[i]);

		known += here;
		if (!here)
			status = check(keys[i], why);
	}
	if (status != DCTX_OK || known == n)
		return status;
	dctxi_lock();
	status = enroll(registry, keys, n, why);
	dctxi_unlock();
	return status;
}

/* Notes both keys, as far as there are any. */
static dctx_status fail(const struct refusal *why)
{
	const char *name = why->refused != NULL ? why->refused->name : NULL;
	dctx_error error = {.status = why->status,
			    .refused = why->refused,
			    .holder = why->holder};

	if (name != NULL)
		memcpy(error.what, name, strnlen(name, sizeof error.what - 1));
	if (why->status == DCTX_LIMIT) {
		error.size = DCTXI_KEYS_MAX + 1;
		error.limit = DCTXI_KEYS_MAX;
	}
	return dctxi_fail_with(&error);
}

dctx_status dctx_registry_add_all(dctx_registry *registry,
				  dctx_key *const *keys, size_t n)
{
	struct refusal why = {.refused = NULL};

	why.status = add_all(writer(registry), keys, n, &why);
	if (why.status == DCTX_OK)
		return DCTX_OK;
	fail(&why);
	if (why.status == DCTX_CONFLICT)
		dctxi_event(DCTX_EV_KEY_CONFLICT, why.status,
			    why.refused->name);
	return why.status;
}

dctx_status dctx_registry_add(dctx_registry *registry, dctx_key *key)
{
	return dctx_registry_add_all(registry, &key, 1);
}

dctx_status dctx_key_register(dctx_key *key)
{
	return dctx_registry_add_all(NULL, &key, 1);
}

void dctxi_tell_at_load(dctx_status status, const dctx_key *refused,
			const dctx_key *holder)
{
	dctxi_lock();
	if (at_load.status == DCTX_OK) {
		at_load.refused = refused;
		at_load.holder = holder;
		__atomic_store_n(&at_load.status, status, __ATOMIC_RELEASE);
	}
	dctxi_unlock();
	dctxi_event(DCTX_EV_KEY_CONFLICT, status,
		    refused != NULL ? refused->name : NULL);
}

void dctx_key_register_at_load(dctx_key *key)
{
	struct refusal why = {.refused = NULL};
	dctx_status status = add_all(&global, &key, 1, &why);

	if (status != DCTX_OK)
		dctxi_tell_at_load(status, why.refused, why.holder);
}

dctx_status dctx_registry_check(const dctx_key **out_refused,
				const dctx_key **out_holder)
{
	dctx_status status =
		__atomic_load_n(&at_load.status, __ATOMIC_ACQUIRE);

	if (status == DCTX_OK)
		return DCTX_OK;
	if (out_refused != NULL)
		*out_refused = at_load.refused;
	if (out_holder != NULL)
		*out_holder = at_load.holder;
	return status;
}

dctx_status dctxi_key_reserve(dctx_key *key)
{
	const struct dctxi_entry *entry;
	dctx_status status;

	if (__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) != 0)
		return DCTX_OK;
	dctxi_lock();
	status = dctxi_entry_join(key, &entry);
	if (status == DCTX_OK)
		dctxi_key_place(key, entry->index);
	dctxi_unlock();
	return status;
}

dctx_status dctx_registry_new(const char *name, dctx_registry **out_registry)
{
	struct dctx_registry *registry;
	size_t size;

	if (out_registry == NULL || !dctxi_name_valid(name))
		return dctxi_fail(DCTX_INVALID, "registry");
	size = strlen(name) + 1;
	registry = dctxi_raw_alloc(sizeof *registry + size);
	if (registry == NULL)
		return dctxi_fail(DCTX_NOMEM, "registry");
	memset(registry, 0, sizeof *registry);
	registry->name = memcpy(registry + 1, name, size);
	dctxi_lock();
	registry->next = global.next;
	global.next = registry;
	dctxi_unlock();
	*out_registry = registry;
	return DCTX_OK;
}

dctx_registry *dctx_registry_free(dctx_registry *registry)
{
	struct dctx_registry **at = &global.next;

	if (registry == NULL || registry == &global)
		return NULL;
	dctxi_lock();
	while (*at != registry)
		at = &(*at)->next;
	*at = registry->next;
	dctxi_unlock();
	dctxi_table_free(registry->table);
	dctxi_raw_free(registry);
	return NULL;
}

dctx_registry *dctx_registry_global(void)
{
	return &global;
}

const char *dctx_registry_name(const dctx_registry *registry)
{
	return reader(registry)->name;
}

void dctx_registry_freeze(dctx_registry *registry)
{
	dctxi_lock();
	__atomic_store_n(&writer(registry)->frozen, true, __ATOMIC_RELEASE);
	dctxi_unlock();
}

bool dctx_registry_is_frozen(const dctx_registry *registry)
{
	return __atomic_load_n(&reader(registry)->frozen, __ATOMIC_ACQUIRE);
}

const dctx_key *dctx_registry_find(const dctx_registry *registry,
				   const char *name)
{
	const struct dctxi_entry *entry;

	if (name == NULL)
		return NULL;
	entry = dctxi_registry_find(registry, name, strlen(name));
	return entry != NULL ? entry->key : NULL;
}

uint32_t dctx_registry_size(const dctx_registry *registry)
{
	return __atomic_load_n(&reader(registry)->count, __ATOMIC_ACQUIRE);
}

const dctx_key *dctx_registry_nth(const dctx_registry *registry, uint32_t n)
{
	const struct dctxi_table *t;

	if (n >= dctx_registry_size(registry))
		return NULL;
	t = __atomic_load_n(&reader(registry)->table, __ATOMIC_ACQUIRE);
	return dctxi_entry_at(t->list[n])->key;
}
