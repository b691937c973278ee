/* SPDX-License-Identifier: MIT */
#include "work/publish.h"

#include "work/scatter.h"

#include <string.h>

void dctxi_published_set(struct dctxi_published *published, const char *text)
{
	uint64_t word[DCTXI_PUBLISHED_WORDS] = {0};
	uint32_t seq = published->seq;

	if (text != NULL)
		memcpy(word, text, strnlen(text, sizeof word - 1));
	__atomic_store_n(&published->seq, seq + 1, __ATOMIC_RELAXED);
	for (int i = 0; i < DCTXI_PUBLISHED_WORDS; i++)
		__atomic_store_n(&published->word[i], word[i],
				 __ATOMIC_RELEASE);
	__atomic_store_n(&published->seq, seq + 2, __ATOMIC_RELEASE);
}

void dctxi_published_read(const struct dctxi_published *published,
			  char text[DCTXI_PUBLISHED_SIZE])
{
	uint64_t word[DCTXI_PUBLISHED_WORDS];
	uint32_t seq;

	for (int tries = 0; tries < 100; tries++) {
		seq = __atomic_load_n(&published->seq, __ATOMIC_ACQUIRE);
		for (int i = 0; i < DCTXI_PUBLISHED_WORDS; i++)
			word[i] = __atomic_load_n(&published->word[i],
						  __ATOMIC_ACQUIRE);
		if (seq % 2 == 0 &&
		    __atomic_load_n(&published->seq, __ATOMIC_RELAXED) == seq) {
			memcpy(text, word, sizeof word);
			return;
		}
	}
	text[0] = '\0';
}

void dctx_publish_scope(void)
{
	struct dctxi_runner *runner = dctxi_runner_here();
	const char *name = NULL;

	if (runner == NULL)
		return;
	(void)dctx_chain(&name, 1);
	dctxi_published_set(&runner->published, name);
}
