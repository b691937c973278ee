/* SPDX-License-Identifier: MIT */
#include "flow/copies.h"

#include "data/fail.h"
#include "plat/notes.h"
#include "plat/pin.h"

/* Both are NULL in a program that took single members out of the archive. */
#pragma weak dctx_copy_found
#pragma weak dctxi_copy_found_here

/* More than these are not looked for. */
#define OTHERS 8

/* The descriptor of a copy's note. */
struct copy {
	uint32_t layout;  /* the number in dctx_abi1_current */
	uint32_t version; /* DCTX_VERSION */
	int32_t told;     /* from here to dctxi_copy_told */
};

/* In the assembler's words, since C has none for a section's type. */
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
__asm__(".pushsection .note.dctx, \"a\", %note\n"
	".balign 4\n"
	".long 5, 12, 1\n"
	".asciz \"dctx\"\n"
	".balign 4\n"
	".long 1, " TEXT_OF(DCTX_VERSION) "\n"
	".hidden dctxi_copy_told\n"
	".long dctxi_copy_told - .\n"
	".popsection\n");

struct found {
	const char *path; /* this copy's */
	bool (*told[OTHERS])(const char *where);
	const char *where[OTHERS];
	unsigned n;
};

/* The compiler would deny that two names may mean the same. */
static bool same(uintptr_t exported, uintptr_t ours)
{
	__asm__("" : "+r"(exported));
	return exported == ours;
}

/* Whether others are bound to the names that this copy exports. Where only some
 * are, it is in use: nobody but a copy refers to dctx_copy_found, so that a
 * program which exports what its libraries ask for does not export that. */
static bool is_idle(void)
{
	return !same((uintptr_t)&dctx_abi1_current,
		     (uintptr_t)&dctxi_current_here) &&
	       !same((uintptr_t)dctx_copy_found,
		     (uintptr_t)dctxi_copy_found_here);
}

__attribute__((used)) bool dctxi_copy_told(const char *where)
{
	if (is_idle())
		return false;
	dctxi_event_copy(where);
	return true;
}

/* A path, which the program does not have. */
static const char *place(const char *path)
{
	return *path != '\0' ? path : "the program";
}

static void note_found(void *arg, const void *desc, const char *path)
{
	const int32_t *to = &((const struct copy *)desc)->told;
	uintptr_t told = (uintptr_t)to + (uintptr_t)(intptr_t)*to;
	struct found *found = arg;

	if (told == (uintptr_t)dctxi_copy_told) {
		found->path = place(path);
	} else if (found->n < OTHERS) {
		found->told[found->n] = (bool (*)(const char *))told;
		found->where[found->n++] = place(path);
	}
}

/* What is in use must stay: a thread that used it may end after a dlclose.
 * Pinned here, the first use need not wait for the loader (local.c). */
__attribute__((constructor)) static void meet(void)
{
	struct found found = {.path = "", .n = 0};

	if (is_idle())
		return;
	(void)dctxi_pin((const void *)(uintptr_t)dctxi_copy_told);
	dctxi_notes_each("dctx", 1, sizeof(struct copy), note_found, &found);
	for (unsigned i = 0; i < found.n; i++)
		if (found.told[i](found.path))
			dctxi_event_copy(found.where[i]);
}
