/* SPDX-License-Identifier: MIT */
/*
 * Keeps what the library holds pointers into from being unloaded.
 *
 * Theory. The objects that are known to stay are a list that only grows, under
 * the process's lock; the loader is asked without it, since it runs the
 * constructors of others, which register keys, under a lock of its own.
 */
#ifndef DCTXI_PIN_H
#define DCTXI_PIN_H

#include <stdbool.h>

/* Keeps the shared object that holds an address loaded for ever. NULL, and
 * what is in no object (a heap, a stack), is fine. False when the loader
 * refuses. */
bool dctxi_pin(const void *address);

#endif
