/* SPDX-License-Identifier: MIT */
#include "wire/until.h"

#include "wire/codec.h"

static const char until_key[] = "dctx.until";

dctx_entry dctxi_until_write(int64_t deadline, const struct dctxi_boot *boot,
			     unsigned char room[DCTXI_UNTIL_BYTES])
{
	dctxi_store64(room, (uint64_t)deadline);
	memcpy(room + 8, boot->id, DCTXI_BOOT_ID);
	dctxi_store64(room + 8 + DCTXI_BOOT_ID, boot->time_namespace);
	return (dctx_entry){
		.key = {until_key, sizeof until_key - 1},
		.value = {room, DCTXI_UNTIL_BYTES},
		.version = DCTXI_UNTIL_VERSION,
		.reserved = true,
	};
}

bool dctxi_until_has(dctx_bytes key)
{
	return key.len == sizeof until_key - 1 &&
	       memcmp(key.data, until_key, key.len) == 0;
}

dctx_status dctxi_until_read(const dctx_entry *entry,
			     const struct dctxi_boot *boot, int64_t *out)
{
	const unsigned char *at = entry->value.data;
	bool ours;

	if (entry->version != DCTXI_UNTIL_VERSION)
		return DCTX_UNSUPPORTED;
	if (entry->value.len < DCTXI_UNTIL_BYTES)
		return DCTX_CORRUPT;
	ours = memcmp(at + 8, boot->id, DCTXI_BOOT_ID) == 0 &&
	       dctxi_load64(at + 8 + DCTXI_BOOT_ID) == boot->time_namespace;
	*out = ours ? (int64_t)dctxi_load64(at) : INT64_MAX;
	return DCTX_OK;
}
