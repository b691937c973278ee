/* SPDX-License-Identifier: MIT */
/*
 * signal_test.c - proves that a signal handler which reads the context of the
 * thread it interrupts, at whatever moment, finds each value whole: the one
 * from before or the one from after.
 *
 * Not under: valgrind qemu-i386 - of two busy threads valgrind may run the same
 * one for ever, and this qemu ends them.
 */
#include "kit.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_STR(k_large, "large", DCTX_LOCAL);

enum { SIGNALS = 5000, LETTERS = 26, LARGE = 2000 };

static char texts[LETTERS][64];
static char larges[LETTERS][LARGE];
static atomic_int handled, torn;
static atomic_bool over;
static sem_t was_handled;

/* Whether a text is one letter over and over. */
static bool whole(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at != *text)
			return false;
	return true;
}

static void read_context(int number)
{
	uint64_t num = dctx_get(k_num, 0);
	double ratio = dctx_get(k_ratio, 0);

	(void)number;
	if (num >> 32 != (num & UINT32_MAX) || ratio != (double)(int)ratio ||
	    !whole(dctx_get(k_text, "")) || !whole(dctx_get(k_large, "")))
		atomic_fetch_add(&torn, 1);
	atomic_fetch_add(&handled, 1);
	sem_post(&was_handled);
}

static void *send_signals(void *arg)
{
	while (!atomic_load(&over)) {
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		while (sem_wait(&was_handled) != 0)
			;
	}
	return NULL;
}

/* Changes what the handler reads in every way there is. */
static void change_all(unsigned i, dctx_snapshot *snapshot)
{
	DCTX_SCOPE("changes");

	dctx_set(k_num, (uint64_t)i << 32 | i);
	dctx_set(k_ratio, (double)i);
	dctx_set(k_text, texts[i % LETTERS]);
	dctx_replace(k_large, larges[i % LETTERS]);
	dctx_replace(k_large, larges[(i + 1) % LETTERS]);
	dctx_unset(k_ratio);
	{
		DCTX_ATTACH(snapshot);
		dctx_set(k_text, texts[(i + 2) % LETTERS]);
		dctx_set(k_num, (uint64_t)~i << 32 | (uint32_t)~i);
		dctx_set(k_large, larges[(i + 3) % LETTERS]);
	}
	dctx_set(k_num, (uint64_t)i << 32 | i);
	dctx_replace(k_text, texts[(i + 4) % LETTERS]);
}

static void fill_texts(void)
{
	for (int i = 0; i < LETTERS; i++) {
		memset(texts[i], 'a' + i, 10 + (size_t)i * 2);
		memset(larges[i], 'A' + i, (size_t)LARGE - 1 - (size_t)i * 30);
	}
}

static void a_handler_finds_every_value_whole(void **state)
{
	struct sigaction action = {.sa_handler = read_context};
	pthread_t self = pthread_self(), sender;
	dctx_snapshot *snapshot;

	(void)state;
	fill_texts();
	assert_int_equal(sem_init(&was_handled, 0, 0), 0);
	dctx_set(k_text, texts[0]);
	dctx_set(k_large, larges[0]);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(pthread_create(&sender, NULL, send_signals, &self), 0);
	for (unsigned i = 0; atomic_load(&handled) < SIGNALS; i++)
		change_all(i, snapshot);
	atomic_store(&over, true);
	assert_int_equal(pthread_join(sender, NULL), 0);
	assert_int_equal(atomic_load(&torn), 0);
	dctx_snapshot_unref(snapshot);
	sem_destroy(&was_handled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_handler_finds_every_value_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
