/* SPDX-License-Identifier: MIT */
/* Ids of traces and spans: zeros only are none, in every format there is. */
#ifndef DCTXI_ID_H
#define DCTXI_ID_H

#include <stdbool.h>
#include <stddef.h>

static inline bool dctxi_id_is_none(const unsigned char *id, size_t size)
{
	unsigned char any = 0;

	while (size > 0)
		any |= id[--size];
	return any == 0;
}

#endif
