/* SPDX-License-Identifier: MIT */
/*
 * A codec for one key: its values go as JSON, for a receiver that is neither C
 * nor Rust, while the other keys of the same message go as ever. What the codec
 * refuses on receipt is refused with the key's name, and nothing changes.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

struct settings {
	char theme[16];
	unsigned page_size;
};

/* A program that has a JSON library would call it in these two. */
static dctx_status to_json(const void *value, dctx_writer *w)
{
	const struct settings *settings = value;
	char json[64];
	int len;

	if (strpbrk(settings->theme, "\"\\") != NULL)
		return DCTX_CODEC;
	len = snprintf(json, sizeof(json),
		       "{\"theme\":\"%s\",\"page_size\":%u}",
		       settings->theme, settings->page_size);
	dctx_write_raw(w, json, (size_t)len);
	return DCTX_OK;
}

static dctx_status from_json(void *value, dctx_reader *r)
{
	struct settings *settings = value;
	char json[64];
	dctx_bytes bytes;
	int end = 0;

	if (dctx_read_raw(r, dctx_read_left(r), &bytes) != DCTX_OK ||
	    bytes.len >= sizeof(json))
		return DCTX_CORRUPT;
	memcpy(json, bytes.data, bytes.len);
	json[bytes.len] = '\0';
	sscanf(json, " { \"theme\" : \"%15[a-z]\" , \"page_size\" : %u } %n",
	       settings->theme, &settings->page_size, &end);
	return end > 0 && json[end] == '\0' ? DCTX_OK : DCTX_CORRUPT;
}

static const dctx_codec json_codec = {
	.struct_size = sizeof(dctx_codec),
	.name = "settings as JSON",
	.encode = to_json,
	.decode = from_json,
};

static const dctx_key_options as_json = {
	.struct_size = sizeof(dctx_key_options),
	.codec = &json_codec,
};

static const dctx_type settings_type = {
	.struct_size = sizeof(dctx_type),
	.name = "settings",
	.size = sizeof(struct settings),
};

DCTX_KEY_DECLARE_TYPE(k_settings, struct settings);
DCTX_KEY_TYPE(k_settings, "settings", struct settings, &settings_type,
	      DCTX_WIRE, 1, &as_json);
DCTX_KEY_STR(k_user, "user", DCTX_WIRE);

/* What anybody could read from the message, who knows none of the keys. */
static void show_message(const void *data, size_t len)
{
	dctx_message message;
	dctx_entry entry;

	if (dctx_message_open(data, len, &message) != DCTX_OK)
		return;
	while (dctx_message_entry(&message, &entry)) {
		printf("  %.*s:", (int)entry.key.len,
		       (const char *)entry.key.data);
		for (size_t i = 0; i < entry.value.len; i++) {
			unsigned char c =
				((const unsigned char *)entry.value.data)[i];

			printf(c >= ' ' && c < 0x7f ? "%c" : "\\%02x", c);
		}
		putchar('\n');
	}
}

static void receive(const char *what, const void *data, size_t len)
{
	static const struct settings none = {"none", 0};
	dctx_guard guard = {0};
	dctx_status status = dctx_decode_here(data, len, &guard);
	const struct settings *settings = dctx_get(k_settings, &none);

	printf("%s: ", what);
	if (status != DCTX_OK)
		printf("%s: %s; ", dctx_last_error()->what,
		       dctx_strerror(status));
	printf("user %s, theme %s, %u a page\n", dctx_get(k_user, "-"),
	       settings->theme, settings->page_size);
	dctx_leave(guard);
}

/* What another program sent, which writes JSON in its own way. */
static size_t foreign(const char *json, char *buf, size_t size)
{
	const dctx_entry entry = {
		.key = {"settings", 8},
		.value = {json, strlen(json)},
		.version = 1,
	};
	const dctx_message_parts parts = {
		.struct_size = sizeof(parts),
		.version = 2,
		.entries = &entry,
		.entry_count = 1,
	};
	size_t len;

	return dctx_message_write(&parts, buf, size, &len) == DCTX_OK ? len : 0;
}

static size_t own(char *buf, size_t size)
{
	const struct settings dark = {"dark", 50};
	size_t len;

	DCTX_SCOPE_UNNAMED;
	dctx_set(k_settings, &dark);
	dctx_set(k_user, "alice");
	return dctx_encode(buf, size, &len) == DCTX_OK ? len : 0;
}

int main(void)
{
	char message[256];
	size_t len = own(message, sizeof(message));

	printf("%zu bytes\n", len);
	show_message(message, len);
	receive("own", message, len);

	len = foreign("{ \"theme\": \"light\", \"page_size\": 20 }", message,
		      sizeof(message));
	receive("foreign", message, len);
	len = foreign("<theme>light</theme>", message, sizeof(message));
	receive("no JSON", message, len);
	return 0;
}
