/* SPDX-License-Identifier: MIT */
/*
 * Feature flags: a struct of the program's own goes along with the request, and
 * code far below asks for it. An experiment gives one sub-request other flags
 * for as long as its scope is open; the request itself keeps its own.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

struct flags {
	bool new_checkout;
	bool dark_mode;
	char variant[16];
};

/* The type's `format` is what dumps and logs show of it. */
static size_t format_flags(const void *value, char *buf, size_t size)
{
	const struct flags *flags = value;

	return (size_t)snprintf(buf, size, "variant %s%s%s", flags->variant,
				flags->new_checkout ? ", new checkout" : "",
				flags->dark_mode ? ", dark mode" : "");
}

static const dctx_type flags_type = {
	.struct_size = sizeof(dctx_type),
	.name = "flags",
	.size = sizeof(struct flags),
	.format = format_flags,
};

DCTX_KEY_DECLARE_TYPE(k_flags, struct flags);
DCTX_KEY_TYPE(k_flags, "flags", struct flags, &flags_type, DCTX_LOG);
DCTX_KEY_STR(k_user, "user", DCTX_LOG);

/* What everybody else calls: never NULL, so no caller has to think. */
static const struct flags *flags(void)
{
	static const struct flags defaults = {.variant = "control"};

	return dctx_get(k_flags, &defaults);
}

static void checkout(void)
{
	DCTX_FN;
	printf("  checkout: %s for %s\n",
	       flags()->new_checkout ? "one page" : "three steps",
	       dctx_get(k_user, "-"));
}

static void page(void)
{
	char text[64];

	DCTX_FN;
	format_flags(flags(), text, sizeof(text));
	printf("  page: %s theme (%s)\n",
	       flags()->dark_mode ? "dark" : "light", text);
	checkout();
}

/* The same sub-request under the other variant: a copy with one field changed,
 * gone at the closing brace. */
static void experiment(void)
{
	struct flags treatment = *flags();

	DCTX_FN;
	treatment.new_checkout = true;
	strcpy(treatment.variant, "b");
	dctx_set(k_flags, &treatment);
	page();
}

static void handle(const char *user, const struct flags *own)
{
	DCTX_FN;
	dctx_set(k_user, user);
	if (own != NULL)
		dctx_set(k_flags, own);
	printf("%s\n", user);
	page();
	experiment();
	page();
}

int main(void)
{
	static const struct flags dark = {.dark_mode = true, .variant = "a"};

	handle("alice", &dark);
	handle("bob", NULL);
	return 0;
}
