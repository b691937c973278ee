/* SPDX-License-Identifier: MIT */
#include "plat/random.h"

#include "plat/clock.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "plat/thread.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

/* One step of splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* What is left when the system refuses: other in each thread, each process and
 * at each moment. */
static void improvise(uint64_t word[4])
{
	uint64_t state = (uint64_t)dctxi_clock();

	state ^= (uint64_t)dctxi_thread_id() << 32;
	state ^= (uint64_t)(uintptr_t)word;
	state ^= (uint64_t)dctxi_fork_count() << 48;
	for (int i = 0; i < 4; i++)
		word[i] = mix(&state);
}

/* Never blocks: early in a system's life there may be nothing yet. */
static bool from_system(void *out, size_t size)
{
	int before = errno, cancel;
	bool all;

	if (dctxi_refused())
		return false;
	cancel = dctxi_uncancelled();
	all = getrandom(out, size, GRND_NONBLOCK) == (ssize_t)size;
	dctxi_uncancelled_end(cancel);
	errno = before;
	return all;
}

static void seed(struct dctxi_random *random)
{
	uint64_t *word = random->word;

	if (!from_system(word, sizeof random->word) ||
	    (word[0] | word[1] | word[2] | word[3]) == 0)
		improvise(word);
	random->forks = dctxi_fork_count() + 1;
}

static inline uint64_t rotated(uint64_t word, int by)
{
	return word << by | word >> (64 - by);
}

static uint64_t next(uint64_t word[4])
{
	uint64_t result = rotated(word[1] * 5, 7) * 9, old = word[1] << 17;

	word[2] ^= word[0];
	word[3] ^= word[1];
	word[1] ^= word[2];
	word[0] ^= word[3];
	word[2] ^= old;
	word[3] = rotated(word[3], 45);
	return result;
}

void dctxi_random(uint64_t *out, size_t n)
{
	struct dctxi_local *local = dctxi_local();
	struct dctxi_random once, *random = &once;

	if (local != NULL)
		random = &local->random;
	if (local == NULL || random->forks != dctxi_fork_count() + 1)
		seed(random);
	for (size_t i = 0; i < n; i++)
		do
			out[i] = next(random->word);
		while (out[i] == 0);
}
