/* SPDX-License-Identifier: MIT */
#include "data/cause.h"

#include "data/utf8.h"
#include "plat/heap.h"

#include <string.h>

/* How many cancels of one process may be without memory, or from signals, and
 * still tell who it was. */
#define POOL 32

static struct dctxi_cause pool[POOL];
static uint32_t taken;

static struct dctxi_cause spare = {
	.status = DCTX_CANCELED,
	.message = "canceled",
};

struct dctxi_cause *dctxi_cause_new(const char *message)
{
	size_t len = dctxi_utf8_cut(message, DCTXI_MESSAGE_MAX);
	size_t size = sizeof(struct dctxi_cause) + len + 1;
	struct dctxi_cause *cause = dctxi_alloc(size);
	char *text;

	if (cause == NULL)
		return NULL;
	memset(cause, 0, sizeof *cause);
	cause->size = size;
	text = memcpy(cause + 1, message, len);
	text[len] = '\0';
	cause->message = text;
	return cause;
}

struct dctxi_cause *dctxi_cause_static(const char *message)
{
	uint32_t n = __atomic_load_n(&taken, __ATOMIC_RELAXED);

	/* Relaxed: only the number counts. */
	while (n < POOL)
		if (__atomic_compare_exchange_n(&taken, &n, n + 1, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			pool[n].message = message;
			return &pool[n];
		}
	return &spare;
}

bool dctxi_cause_is_spare(const struct dctxi_cause *cause)
{
	return cause == &spare;
}

void dctxi_cause_free(struct dctxi_cause *cause)
{
	if (cause != NULL && cause->size != 0)
		dctxi_free(cause, cause->size);
}
