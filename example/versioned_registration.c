/* SPDX-License-Identifier: MIT */
/*
 * Two versions of one key side by side: the registries of an older and of a
 * newer program, and a message from each to each. Without a migration a value
 * of another version is refused, with all that can be said of it; a key that
 * the receiver does not have at all is skipped and counted, so that a message
 * may always have more.
 */
#include <dctx/dctx.h>

#include <stdio.h>

/* The older program: the timeout in seconds. */
static dctx_key_u32 k_old_timeout = DCTX_KEY_INIT_U32("timeout", DCTX_WIRE);

/* The newer one: in milliseconds, and a key that the older never had. */
static dctx_key_u64 k_new_timeout =
	DCTX_KEY_INIT_U64("timeout", DCTX_WIRE, 2);
static dctx_key_str k_region = DCTX_KEY_INIT_STR("region", DCTX_WIRE);

static dctx_registry *older, *newer;

struct message {
	char bytes[256];
	size_t len;
};

static bool write_as(const dctx_registry *registry, struct message *out)
{
	const dctx_encode_options options = {
		.struct_size = sizeof(options),
		.registry = registry,
	};

	return dctx_encode_with(&options, out->bytes, sizeof(out->bytes),
				&out->len) == DCTX_OK;
}

static void read_as(const char *who, const dctx_registry *registry,
		    const struct message *message)
{
	const dctx_decode_options options = {
		.struct_size = sizeof(options),
		.registry = registry,
	};
	uint64_t before = dctx_counter(DCTX_EV_UNKNOWN_ENTRY);
	dctx_snapshot *snapshot;
	dctx_status status = dctx_decode_with(message->bytes, message->len,
					      &options, &snapshot);

	printf("  %s: ", who);
	if (status != DCTX_OK) {
		printf("%s: \"%s\" has version %d at byte %zu\n",
		       dctx_strerror(status), dctx_last_error()->what,
		       (int)dctx_last_error()->version,
		       dctx_last_error()->offset);
		return;
	}
	printf("%d seconds, %d ms, region %s, %d unknown\n",
	       (int)dctx_snapshot_get(snapshot, k_old_timeout, 0),
	       (int)dctx_snapshot_get(snapshot, k_new_timeout, 0),
	       dctx_snapshot_get(snapshot, k_region, "-"),
	       (int)(dctx_counter(DCTX_EV_UNKNOWN_ENTRY) - before));
	dctx_snapshot_unref(snapshot);
}

static void deliver(const char *what, const struct message *message)
{
	printf("%s\n", what);
	read_as("older", older, message);
	read_as("newer", newer, message);
}

static bool run(void)
{
	struct message message;

	{
		DCTX_SCOPE_UNNAMED;
		dctx_set(k_old_timeout, 30);
		if (!write_as(older, &message))
			return false;
		deliver("from the older program", &message);
		dctx_set(k_new_timeout, 2500);
		if (!write_as(newer, &message))
			return false;
		deliver("from the newer program", &message);
	}
	DCTX_SCOPE_UNNAMED;
	dctx_set(k_region, "eu");
	if (!write_as(newer, &message))
		return false;
	deliver("only what the older one does not have", &message);
	return true;
}

int main(void)
{
	bool good;

	if (dctx_registry_new("older", &older) != DCTX_OK ||
	    dctx_registry_new("newer", &newer) != DCTX_OK)
		return 1;
	good = DCTX_REGISTER(older, &k_old_timeout.key) == DCTX_OK &&
	       DCTX_REGISTER(newer, &k_new_timeout.key, &k_region.key) ==
		       DCTX_OK &&
	       run();
	dctx_registry_free(older);
	dctx_registry_free(newer);
	return good ? 0 : 1;
}
