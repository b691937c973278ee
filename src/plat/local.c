/* SPDX-License-Identifier: MIT */
#include "plat/local.h"

#include "plat/heap.h"
#include "plat/lock.h"
#include "plat/pin.h"

#include <pthread.h>
#include <stdlib.h>

__thread struct dctxi_local *dctxi_local_now;
__thread uint64_t dctxi_id_now;

/* How often this thread's block has ended, and may. */
static __thread unsigned char ends;
#define ENDS_MAX 2

static pthread_key_t key;
static bool key_made;

/* What ends runs the user's code, which may begin anew; there is an end to
 * that, and the owner's comes last. */
static void local_end(void *arg)
{
	struct dctxi_local *local = arg;

	for (int i = 0; i < ENDS_MAX; i++) {
		/* First: destroy functions may use the store. */
		dctxi_give_up(NULL);
		if (local->finish != NULL)
			local->finish();
		if (local->end != NULL)
			local->end(local);
	}
	dctxi_give_up(NULL);
	if (local->unwatch != NULL)
		local->unwatch(local);
	if (local->unspan != NULL)
		local->unspan(local);
	if (local->unlines != NULL)
		local->unlines(local);
	dctxi_cache_drop(local);
	dctxi_local_now = NULL;
	ends++;
	dctxi_raw_free(local);
}

/* pthread_once would remember a failure for ever; this tries again. */
static bool have_key(void)
{
	bool made = __atomic_load_n(&key_made, __ATOMIC_ACQUIRE);

	if (made)
		return true;
	/* A plug-in with the library in it must outlive its threads. */
	if (!dctxi_pin(&key))
		return false;
	dctxi_lock();
	made = key_made || dctxi_key_create(&key, local_end) == 0;
	__atomic_store_n(&key_made, made, __ATOMIC_RELEASE);
	dctxi_unlock();
	return made;
}

struct dctxi_local *dctxi_local(void)
{
	struct dctxi_local *local = dctxi_local_now;

	if (local != NULL)
		return local;
	if (ends >= ENDS_MAX || !have_key())
		return NULL;
	local = dctxi_raw_alloc(sizeof *local);
	if (local == NULL)
		return NULL;
	*local = (struct dctxi_local){.end = NULL};
	if (dctxi_key_set(key, local) != 0) {
		dctxi_raw_free(local);
		return NULL;
	}
	dctxi_local_now = local;
	return local;
}

static bool hang(void **block, uintptr_t tag)
{
	struct dctxi_local *local = dctxi_local();

	if (local == NULL)
		return false;
	*block = local->held;
	local->held = (char *)block + tag;
	return true;
}

bool dctxi_hold(void **block)
{
	return hang(block, 0);
}

bool dctxi_keep(struct dctxi_keep *keep)
{
	return hang(&keep->next, 1);
}

/* The block that an entry of the list stands for. */
static void **block_of(void *entry)
{
	return (void **)((uintptr_t)entry & ~(uintptr_t)1);
}

struct dctxi_keep *dctxi_kept(const struct dctxi_keep *below,
			      void (*end)(struct dctxi_keep *keep))
{
	void *entry = below != NULL		? below->next
		      : dctxi_local_now != NULL ? dctxi_local_now->held
						: NULL;

	for (; entry != NULL; entry = *block_of(entry)) {
		struct dctxi_keep *keep = (void *)block_of(entry);

		if (entry != (void *)keep && keep->end == end)
			return keep;
	}
	return NULL;
}

void dctxi_let_go(void **block)
{
	void **at = &dctxi_local_now->held;

	while (block_of(*at) != block)
		at = block_of(*at);
	*at = *block;
}

bool dctxi_holds(const void *block)
{
	void *entry = dctxi_local_now != NULL ? dctxi_local_now->held : NULL;

	while (entry != NULL && block_of(entry) != block)
		entry = *block_of(entry);
	return entry != NULL;
}

/* Each is off the list before the user's code can run. */
void dctxi_give_up(const void *until)
{
	struct dctxi_local *local = dctxi_local_now;
	void *entry = dctxi_held();

	while (entry != NULL && entry != until)
		entry = *block_of(entry);
	if (local == NULL || entry != until)
		return;
	while ((entry = local->held) != until) {
		void **block = block_of(entry);
		struct dctxi_keep *keep = (void *)block;

		local->held = *block;
		if (entry == (void *)block)
			dctxi_raw_free(block);
		else
			keep->end(keep);
	}
}

/* Blocks of ids come from one counter; a thread's end wastes the rest of its
 * block, which 2^48 blocks can bear. */
uint64_t dctxi_id_refill(void)
{
	static uint64_t blocks;
	uint64_t block = __atomic_add_fetch(&blocks, 1, __ATOMIC_RELAXED);

	return block * DCTXI_ID_BLOCK + 1;
}
