/* SPDX-License-Identifier: MIT */
/*
 * values.h - a context's values, which a closed span has as a line of JSON, as
 * attributes of their own: then a collector finds a trace by its request id.
 */
#ifndef DCTXI_OTLP_VALUES_H
#define DCTXI_OTLP_VALUES_H

#include "attributes.h"

/*
 * Adds each member of a JSON object without its braces: texts, integers, other
 * numbers and booleans as what they are; lists, maps and what is too large for
 * a number as their text; null not at all. A line that is no JSON is added as
 * it is, as dctx.values.
 */
void dctxi_otlp_add_values(struct attributes *attributes, const char *json);

#endif
