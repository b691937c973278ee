/* SPDX-License-Identifier: MIT */
/*
 * Other copies of the library in this process.
 *
 * Theory. A copy is whatever the library's code was linked into: the shared
 * library, a program, a plug-in. Where the loader sees the names that several
 * of them export, it binds all to the first's: then there is one context, and
 * the other copies lie idle. Where it does not (a program that exports nothing,
 * RTLD_LOCAL, RTLD_DEEPBIND), each copy has contexts, keys and counters of its
 * own, and what is set through one is not seen through another. That cannot be
 * undone, so it is told.
 *
 * Each copy bears a note (plat/notes.h) that leads to its dctxi_copy_told. When
 * a copy is loaded and is not idle, its constructor tells the others that are
 * not idle either, and counts what it found. So both sides know. What is in the
 * note is for ever: any two versions may meet.
 */
#ifndef DCTXI_COPIES_H
#define DCTXI_COPIES_H

#include "flow/store.h"

/* What another copy calls, with the path it lies at. Returns whether this one
 * is in use. */
__attribute__((visibility("hidden"))) bool dctxi_copy_told(const char *where);

/* This copy's own current store and its own dctx_copy_found, whatever the names
 * that it exports are bound to. here.c, copy_found.c. */
extern __attribute__((visibility("hidden"))) __thread struct dctx_store
	*dctxi_current_here __attribute__((tls_model(DCTX_TLS_MODEL)));
__attribute__((visibility("hidden"))) void
dctxi_copy_found_here(const char *where);

#endif
