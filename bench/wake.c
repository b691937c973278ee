/* SPDX-License-Identifier: MIT */
/*
 * wake.c - floor W: two threads that wake each other in turn. Each has a word
 * of its own and sleeps on it, so a round trip is two wakes of a thread that
 * is asleep, as somebody who waits for a cancel is.
 */
#include "bench.h"
#include "floors.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIPS 501

static struct {
	_Alignas(64) uint32_t word;
} sleeper[2];

static void wake(int who)
{
	__atomic_store_n(&sleeper[who].word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &sleeper[who].word, FUTEX_WAKE_PRIVATE, 1, NULL);
}

static void wait_for_wake(int who)
{
	uint32_t *word = &sleeper[who].word;

	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL);
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
}

static void *answer(void *unused)
{
	(void)unused;
	pin(1);
	for (int i = 0; i < TRIPS * REPEATS; i++) {
		wait_for_wake(1);
		wake(0);
	}
	return NULL;
}

double floor_wake(void)
{
	double ns[REPEATS], trip[TRIPS];
	pthread_t peer;

	pin(0);
	must_be(pthread_create(&peer, NULL, answer, NULL) == 0, "thread");
	for (int rep = 0; rep < REPEATS; rep++) {
		for (int i = 0; i < TRIPS; i++) {
			double start = now_ns();

			wake(1);
			wait_for_wake(0);
			trip[i] = now_ns() - start;
		}
		ns[rep] = median(trip, TRIPS) / 2;
	}
	pthread_join(peer, NULL);
	return median(ns, REPEATS);
}
