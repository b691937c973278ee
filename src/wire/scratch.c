/* SPDX-License-Identifier: MIT */
#include "wire/scratch.h"

#include "plat/heap.h"
#include "plat/local.h"

struct scratch {
	void *next; /* first: the thread's end follows it */
	size_t size;
	_Alignas(16) char memory[];
};

void *dctxi_scratch(size_t size)
{
	struct scratch *scratch = dctxi_alloc(sizeof *scratch + size);

	if (scratch == NULL)
		return NULL;
	scratch->size = sizeof *scratch + size;
	if (!dctxi_hold(&scratch->next)) {
		dctxi_free(scratch, scratch->size);
		return NULL;
	}
	return scratch->memory;
}

void dctxi_scratch_free(void *memory)
{
	struct scratch *scratch =
		(void *)((char *)memory - offsetof(struct scratch, memory));

	dctxi_let_go(&scratch->next);
	dctxi_free(scratch, scratch->size);
}
