/* SPDX-License-Identifier: MIT */
/*
 * gather_secret_test.c - proves that a secret which flows back is in no memory
 * that was given back: the process's own memory is searched.
 *
 * Not under: asan tsan valgrind musl aarch64 s390x qemu-i386 - they have
 * malloc's memory elsewhere, or qemu does not say where it is.
 */
#define _GNU_SOURCE 1

#include "plat/searched.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static dctx_status join_words(void *user, const dctx_any *have,
			      const dctx_any *comes, dctx_any *out)
{
	char *text =
		dctx_gather_room(have->as.bytes.len + comes->as.bytes.len + 1);

	(void)user;
	*out = *comes;
	if (have->kind == 0)
		return DCTX_OK;
	if (text == NULL)
		return DCTX_NOMEM;
	memcpy(text, have->as.bytes.data, have->as.bytes.len);
	memcpy(text + have->as.bytes.len, comes->as.bytes.data,
	       comes->as.bytes.len);
	out->as.bytes =
		(dctx_bytes){text, have->as.bytes.len + comes->as.bytes.len};
	return DCTX_OK;
}

static const dctx_gatherer words = {"words", join_words, NULL};
DCTX_KEY_STR(k_lines, "lines", DCTX_WIRE | DCTX_SECRET);
DCTX_KEY_STR(k_words, "words", DCTX_WIRE | DCTX_SECRET);
DCTX_KEY_STR(k_first, "first", DCTX_WIRE | DCTX_SECRET);
DCTX_KEY_GATHER(k_lines, &dctx_gather_union);
DCTX_KEY_GATHER(k_words, &words);
DCTX_KEY_GATHER(k_first, &dctx_gather_first);

static void set_all(void)
{
	char word[DCTXI_SECRET + 1];

	dctx_set(k_lines, dctxi_secret(word));
	dctx_set(k_words, word);
	dctx_set(k_first, word);
	dctxi_wipe(word, sizeof word);
}

static void a_secret_that_flows_back_leaves_no_trace_in_memory(void **state)
{
	dctx_snapshot *gave[3];
	char answer[512];
	size_t len;

	(void)state;
	{
		DCTX_SCOPE("request");
		for (int i = 0; i < 3; i++) {
			DCTX_SCOPE("slice");
			set_all();
			assert_int_equal(dctx_gather_take(&gave[i]), DCTX_OK);
			assert_int_equal(dctx_gather_encode(NULL, answer,
							    sizeof answer,
							    &len),
					 DCTX_OK);
		}
		assert_int_equal(dctx_gather_join(gave, 3), DCTX_OK);
		assert_int_equal(dctx_gather_decode(answer, len, NULL),
				 DCTX_OK);
		assert_int_equal(strlen(dctx_get(k_lines, "")), DCTXI_SECRET);
		assert_int_equal(strlen(dctx_get(k_words, "")),
				 4 * DCTXI_SECRET);
		assert_int_not_equal(dctxi_secrets_in_heap(), 0);
		dctx_snapshot_unref(gave[0]);
		dctx_snapshot_unref(gave[1]);
		dctx_snapshot_unref(gave[2]);
	}
	assert_int_equal(dctxi_secrets_in_heap(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_secret_that_flows_back_leaves_no_trace_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
