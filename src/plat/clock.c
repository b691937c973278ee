/* SPDX-License-Identifier: MIT */
#include "plat/clock.h"

#include <stddef.h>
#include <time.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

/* Linux has a coarse clock that is read without the counter of cycles. */
#ifdef CLOCK_MONOTONIC_COARSE
#define COARSE CLOCK_MONOTONIC_COARSE
#else
#define COARSE CLOCK_MONOTONIC
#endif

static struct dctxi_virtual_clock *virtual_clock;

struct dctxi_virtual_clock *dctxi_clock_virtual(void)
{
	return __atomic_load_n(&virtual_clock, __ATOMIC_ACQUIRE);
}

void dctxi_clock_set_virtual(struct dctxi_virtual_clock *clock)
{
	__atomic_store_n(&virtual_clock, clock, __ATOMIC_RELEASE);
}

static int64_t read_virtual(const struct dctxi_virtual_clock *clock,
			    clockid_t id)
{
	int64_t now = __atomic_load_n(&clock->now, __ATOMIC_RELAXED);

	return id == COARSE ? now - clock->lag : now;
}

static inline int64_t read_real(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static inline int64_t read_clock(clockid_t id)
{
	const struct dctxi_virtual_clock *instead = dctxi_clock_virtual();

	if (UNLIKELY(instead != NULL))
		return read_virtual(instead, id);
	return read_real(id);
}

int64_t dctxi_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t dctxi_clock_real(void)
{
	return read_real(CLOCK_MONOTONIC);
}

int64_t dctxi_clock_coarse(void)
{
	return read_clock(COARSE);
}

int64_t dctxi_clock_unix(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

/* The two clocks cannot be read at once: of some tries the one that took the
 * least time. */
static int64_t to_unix(int64_t *width)
{
	int64_t best = 0;

	*width = INT64_MAX;
	for (int i = 0; i < 5; i++) {
		int64_t before = dctxi_clock();
		int64_t unix_time = dctxi_clock_unix();
		int64_t took = dctxi_clock() - before;

		if (took >= *width)
			continue;
		*width = took;
		best = unix_time - before - took / 2;
	}
	return best;
}

static inline bool is_near(int64_t a, int64_t b, int64_t apart)
{
	return a - b <= apart && b - a <= apart;
}

/* Both clocks run alike, also while a daemon trims them: the distance changes
 * when one is set. That looks like a thread that was put aside between reading
 * the two, so it is looked at closer then. Of threads that do so at once any
 * may have the last word. */
int64_t dctxi_clock_to_unix(int64_t now)
{
	static int64_t kept = INT64_MIN;
	int64_t known = __atomic_load_n(&kept, __ATOMIC_RELAXED);
	int64_t width, found;

	if (known != INT64_MIN &&
	    is_near(dctxi_clock_unix() - now, known, MILLISECOND))
		return known;
	found = to_unix(&width);
	if (known != INT64_MIN && is_near(found, known, MILLISECOND + width))
		return known;
	__atomic_store_n(&kept, found, __ATOMIC_RELAXED);
	return found;
}

int64_t dctxi_clock_tick(void)
{
	static int64_t tick;
	int64_t known = __atomic_load_n(&tick, __ATOMIC_RELAXED);
	struct timespec resolution = {0, 0};

	if (known != 0)
		return known;
	(void)clock_getres(COARSE, &resolution);
	known = (int64_t)resolution.tv_sec * SECOND + resolution.tv_nsec;
	__atomic_store_n(&tick, known, __ATOMIC_RELAXED);
	return known;
}

bool dctxi_clock_pass(int64_t until)
{
	struct dctxi_virtual_clock *clock = dctxi_clock_virtual();

	if (clock == NULL)
		return false;
	if (until > __atomic_load_n(&clock->now, __ATOMIC_RELAXED))
		__atomic_store_n(&clock->now, until, __ATOMIC_RELAXED);
	return true;
}
