/* SPDX-License-Identifier: MIT */
/*
 * wake.c - a thread that sleeps is woken by one on another CPU: floor W, and
 * whatever is compared with it, in turn.
 *
 * How long a wake takes is mostly a matter of how deep the sleeper's CPU
 * sleeps, which depends on how long it had nothing to do: on a guest, half a
 * microsecond or fifty. So all ways sleep for the same time before they are
 * woken, as somebody who waits for a cancel does.
 */
#include "wake.h"

#include "engine.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ASLEEP_NS 100000
#define MAX_WAYS 4

static struct {
	const struct wake_way *const *ways;
	int count;
	int falls_asleep; /* so many times until now */
	int runs;
	double ran[MAX_WAYS][WAKES];
} sleeper;

static void *sleep_often(void *unused)
{
	int n = 0;

	pin(1);
	for (int i = 0; i < WAKES; i++)
		for (int way = 0; way < sleeper.count; way++) {
			__atomic_store_n(&sleeper.falls_asleep, ++n,
					 __ATOMIC_RELEASE);
			sleeper.ways[way]->sleep(i);
			sleeper.ran[way][i] = now_ns();
		}
	return unused;
}

static double wake_one(const struct wake_way *way, int i, int n)
{
	double start;

	while (__atomic_load_n(&sleeper.falls_asleep, __ATOMIC_ACQUIRE) < n)
		continue;
	for (double until = now_ns() + ASLEEP_NS; now_ns() < until;)
		continue;
	start = now_ns();
	way->wake(i);
	return start;
}

bool wake_times(const struct wake_way *const *ways, int count, double *ns)
{
	double start[MAX_WAYS][WAKES];
	pthread_t id;
	int n = 0;

	pin(0);
	sleeper.ways = ways;
	sleeper.count = count;
	sleeper.falls_asleep = 0;
	if (count > MAX_WAYS || pthread_create(&id, NULL, sleep_often, NULL))
		return false;
	for (int i = 0; i < WAKES; i++)
		for (int way = 0; way < count; way++)
			start[way][i] = wake_one(ways[way], i, ++n);
	pthread_join(id, NULL);
	for (int way = 0; way < count; way++) {
		for (int i = 0; i < WAKES; i++)
			start[way][i] = sleeper.ran[way][i] - start[way][i];
		ns[way] = median(start[way], WAKES);
	}
	return true;
}

static _Alignas(64) uint32_t word;

static void bare_sleep(int number)
{
	(void)number;
	while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
	__atomic_store_n(&word, 0, __ATOMIC_RELAXED);
}

static void bare_wake(int number)
{
	(void)number;
	__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL);
}

const struct wake_way wake_bare = {bare_sleep, bare_wake};

double floor_wake(void)
{
	const struct wake_way *ways[] = {&wake_bare};
	double ns;

	return wake_times(ways, 1, &ns) ? ns : 0;
}
