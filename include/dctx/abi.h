/* SPDX-License-Identifier: MIT */
/*
 * dctx/abi.h - all that the library's inlines touch. The number in the name
 * `dctx_abi1_current` is the layout's: what is compiled against another fails
 * to link. Include <dctx/dctx.h>; nothing here is meant to be used directly.
 */
#ifndef DCTX_ABI_H
#define DCTX_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCTX_API __attribute__((visibility("default")))
#define DCTX_MUST_USE __attribute__((warn_unused_result))
#define DCTX_LIKELY(x) __builtin_expect(!!(x), 1)

/* DCTX_FAST marks what is inline by default and a call with -DDCTX_TLS_DYNAMIC:
 * for a library built with that option, which musl's dlopen can load (it
 * refuses initial-exec of what was not there at the program's start). The
 * library exports each under the same name, for bindings. */
#if defined(DCTX_TLS_DYNAMIC) || defined(DCTX_EMIT)
#define DCTX_FAST DCTX_API
#else
#define DCTX_FAST __attribute__((unused)) static inline
#endif

/* What may be cancelled. `clean` is the epoch as of which nothing above was. */
struct dctx_cell {
	uintptr_t clean;
};

/* A slot points at one; `u` is the scalar's bits, `p` the address of the bytes
 * or of the user's object. */
struct dctx_box {
	union {
		uint64_t u;
		const void *p;
	} value;
	uint32_t len;
	uint32_t kind;
};

/* What is visible: pages of eight slots: 0 (absent), even (removed) or a box's
 * address plus 1. The word before a page's first slot names the level that may
 * write to it. Page 0 is always empty: unregistered keys are there. */
struct dctx_dir {
	uint32_t pages;
	uint32_t own;
	uintptr_t token;
	uintptr_t *page[1];
};

/* One flow's stack of scopes. The first four words are read by inlines. */
struct dctx_store {
	struct dctx_dir *dir;
	struct dctx_cell *cell;
	int64_t deadline;
	struct dctx_store *outer;
	char *top;
	char *end;
	struct dctx_frame *frame;
	struct dctx_root *root;
};

/* How many cancels there were in this process, one more at each. */
extern DCTX_API uintptr_t dctx_abi1_epoch;

/* The store that "current" means on this thread; never NULL. */
#ifndef DCTX_TLS_DYNAMIC
#ifndef DCTX_TLS_MODEL
#define DCTX_TLS_MODEL "initial-exec"
#endif
extern DCTX_API __thread struct dctx_store *dctx_abi1_current
	__attribute__((tls_model(DCTX_TLS_MODEL)));
#endif

/* The word of a slot. */
__attribute__((unused)) static inline uintptr_t
dctx_abi_word(const struct dctx_dir *d, uint32_t page, uint32_t slot)
{
	if (!DCTX_LIKELY(page < d->pages))
		return 0;
	return __atomic_load_n(&d->page[page][slot], __ATOMIC_RELAXED);
}

/* The box that a word with its lowest bit set points at. */
__attribute__((unused)) static inline const struct dctx_box *
dctx_abi_box(uintptr_t word)
{
	return (const struct dctx_box *)(word - 1);
}

#ifdef __cplusplus
}
#endif
#endif
