/* SPDX-License-Identifier: MIT */
/* How the system schedules this thread (Linux, where each thread has its own).
 * Each returns 0 or an error, and leaves errno alone. */
#ifndef DCTXI_SCHED_H
#define DCTXI_SCHED_H

/* Processors by bits: as many as any kernel is built for. */
#define DCTXI_CPUS 8192

struct dctxi_cpus {
	unsigned long word[DCTXI_CPUS / (8 * sizeof(long))];
};

int dctxi_affinity(struct dctxi_cpus *out);
int dctxi_affinity_set(const struct dctxi_cpus *cpus);

int dctxi_nice(int *out);
int dctxi_nice_set(int nice);

#endif
