/* SPDX-License-Identifier: MIT */
/*
 * vector_key.h - the keys that the reader of one vector knew: real ones, with
 * their codecs and migrations, in a registry of the line's own.
 */
#ifndef VECTOR_KEY_H
#define VECTOR_KEY_H

#include "vector_value.h"

/* Makes the registry that a line's `registry` describes; the keys live on, as
 * all keys do, and look at the JSON as long. NULL when something of it was
 * refused, which is told on standard error. */
dctx_registry *vector_registry(const json_t *description);

/* The JSON of an object of such a key, borrowed. */
json_t *vector_object(const void *object);

/* A snapshot's value as a line's `value` has it, but floats as `value_hex`. */
json_t *vector_got(const dctx_snapshot *s, const dctx_key *key);

#endif
