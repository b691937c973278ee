/* SPDX-License-Identifier: MIT */
/* What the executors have done, for people and for collectors. Under the lock
 * of the list no user's code runs. */
#include "work/metrics.h"

#include "data/fail.h"
#include "work/executor.h"

#include <dctx/dump.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct counter {
	const char *name, *help;
	size_t offset;
	bool now; /* a gauge */
};

#define COUNTER(field, text)                                                   \
	{                                                                      \
#field, text, offsetof(struct dctx_executor_stats, field),     \
			false                                                  \
	}
#define GAUGE(field, text)                                                     \
	{                                                                      \
#field, text, offsetof(struct dctx_executor_stats, field),     \
			true                                                   \
	}

static const struct counter counters[] = {
	COUNTER(submitted, "Items that were taken."),
	COUNTER(completed, "Items that ran to their end."),
	COUNTER(rejected, "Items that were not taken."),
	COUNTER(dropped, "Items that were taken and did not run."),
	COUNTER(cancelled, "Items that were cancelled before they ran."),
	COUNTER(timed_out, "Items whose deadline came before they ran."),
	COUNTER(caller_ran, "Items that who submitted or waited ran itself."),
	COUNTER(scatters, "Scatters that are over."),
	COUNTER(partial, "Scatters that ended with some slices missing."),
	COUNTER(slices, "Slices of scatters that succeeded."),
	COUNTER(missing, "Slices of scatters that did not."),
	COUNTER(unclean, "Workers that were not empty between two items."),
	GAUGE(running, "Items that run now."),
	GAUGE(queued, "Items that wait now."),
};
#define COUNTERS (sizeof counters / sizeof *counters)

struct histogram {
	const char *name, *prometheus, *help;
	size_t offset; /* in the stats */
	size_t sum;    /* in the executor's own times */
};

static const struct histogram histograms[] = {
	{"queue_ns", "queue_seconds", "How long items waited.",
	 offsetof(struct dctx_executor_stats, queue_ns),
	 offsetof(struct dctxi_times, queue_sum)},
	{"run_ns", "run_seconds", "How long items ran.",
	 offsetof(struct dctx_executor_stats, run_ns),
	 offsetof(struct dctxi_times, run_sum)},
};
#define HISTOGRAMS (sizeof histograms / sizeof *histograms)

static void read_stats(const struct dctx_executor *executor,
		       dctx_executor_stats *out)
{
	out->struct_size = sizeof *out;
	(void)dctx_executor_stats_read(executor, out);
}

static uint64_t value_of(const dctx_executor_stats *stats, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)stats + offset, sizeof value);
	return value;
}

static uint64_t sum_of(const struct dctx_executor *executor, size_t offset)
{
	struct dctxi_times times;
	uint64_t sum;

	dctxi_times_sum(executor, &times);
	memcpy(&sum, (const char *)&times + offset, sizeof sum);
	return sum;
}

/* A bucket's bound. */
static uint64_t bound(int bucket)
{
	return UINT64_C(1) << (bucket + 10);
}

/* What was written, and what would have been. */
struct text {
	char *buf;
	size_t size, len;
};

static void put(struct text *text, const char *bytes, size_t len)
{
	if (text->len < text->size)
		memcpy(text->buf + text->len, bytes,
		       len < text->size - text->len ? len
						    : text->size - text->len);
	text->len += len;
}

static __attribute__((format(printf, 2, 3))) void print(struct text *text,
							const char *format, ...)
{
	char line[160];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (len > 0)
		put(text, line, strlen(line));
}

/* A label's value: backslash, quote and line feed escaped. */
static void put_label(struct text *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			put(text, "\\", 1);
		if (*value == '\n')
			put(text, "\\n", 2);
		else
			put(text, value, 1);
	}
}

/* name{executor="pool",id="1", up to what comes next. */
static void put_series(struct text *text, const char *name, const char *suffix,
		       const struct dctx_executor *executor)
{
	print(text, "dctx_executor_%s%s{executor=\"", name, suffix);
	put_label(text, executor->name);
	print(text, "\",id=\"%" PRIu64 "\"", executor->id);
}

static void put_head(struct text *text, const char *name, const char *suffix,
		     const char *type, const char *help)
{
	print(text, "# HELP dctx_executor_%s%s %s\n", name, suffix, help);
	print(text, "# TYPE dctx_executor_%s%s %s\n", name, suffix, type);
}

static void put_counter(struct text *text, const struct counter *counter)
{
	const char *suffix = counter->now ? "" : "_total";
	dctx_executor_stats stats;

	put_head(text, counter->name, suffix,
		 counter->now ? "gauge" : "counter", counter->help);
	for (struct dctx_executor *e = &dctxi_inline; e != NULL; e = e->next) {
		read_stats(e, &stats);
		put_series(text, counter->name, suffix, e);
		print(text, "} %" PRIu64 "\n",
		      value_of(&stats, counter->offset));
	}
}

static void put_seconds(struct text *text, uint64_t ns)
{
	print(text, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static void put_buckets(struct text *text, const struct histogram *h,
			const struct dctx_executor *executor)
{
	dctx_executor_stats stats;
	uint64_t count = 0;

	read_stats(executor, &stats);
	for (int i = 0; i < DCTXI_BUCKETS; i++) {
		count += value_of(&stats, h->offset + sizeof count * (size_t)i);
		put_series(text, h->prometheus, "_bucket", executor);
		print(text, ",le=\"");
		if (i < DCTXI_BUCKETS - 1)
			put_seconds(text, bound(i));
		else
			print(text, "+Inf");
		print(text, "\"} %" PRIu64 "\n", count);
	}
	put_series(text, h->prometheus, "_sum", executor);
	print(text, "} ");
	put_seconds(text, sum_of(executor, h->sum));
	print(text, "\n");
	put_series(text, h->prometheus, "_count", executor);
	print(text, "} %" PRIu64 "\n", count);
}

dctx_status dctx_executors_prometheus(char *buf, size_t size, size_t *out_len)
{
	struct text text = {buf, size, 0};

	if (out_len == NULL || (buf == NULL && size != 0))
		return dctxi_fail(DCTX_INVALID, "metrics");
	dctxi_executors_lock();
	for (size_t i = 0; i < COUNTERS; i++)
		put_counter(&text, &counters[i]);
	for (size_t i = 0; i < HISTOGRAMS; i++) {
		put_head(&text, histograms[i].prometheus, "", "histogram",
			 histograms[i].help);
		for (struct dctx_executor *e = &dctxi_inline; e != NULL;
		     e = e->next)
			put_buckets(&text, &histograms[i], e);
	}
	dctxi_executors_unlock();
	*out_len = text.len;
	if (text.len > size)
		return dctxi_fail(DCTX_TOO_SMALL, "metrics");
	return DCTX_OK;
}

/* The bound that so many of a hundred are below; 0 of none. */
static uint64_t percentile(const dctx_executor_stats *stats, size_t offset,
			   uint64_t count, uint64_t percent)
{
	uint64_t seen = 0;

	for (int i = 0; i < DCTXI_BUCKETS; i++) {
		seen += value_of(stats, offset + sizeof seen * (size_t)i);
		if (seen > 0 && seen * 100 >= count * percent)
			return bound(i);
	}
	return 0;
}

static void dump_histogram(dctx_dumper *d, const struct histogram *h,
			   const struct dctx_executor *executor,
			   const dctx_executor_stats *stats)
{
	uint64_t count = 0;

	for (int i = 0; i < DCTXI_BUCKETS; i++)
		count += value_of(stats, h->offset + sizeof count * (size_t)i);
	dctx_dump_begin(d, h->name);
	dctx_dump_u64(d, "count", count);
	dctx_dump_u64(d, "sum", sum_of(executor, h->sum));
	dctx_dump_u64(d, "half_below", percentile(stats, h->offset, count, 50));
	dctx_dump_u64(d, "99_percent_below",
		      percentile(stats, h->offset, count, 99));
	dctx_dump_end(d);
}

static void dump_executor(dctx_dumper *d, const struct dctx_executor *executor)
{
	dctx_executor_stats stats;

	read_stats(executor, &stats);
	dctx_dump_begin(d, NULL);
	dctx_dump_text(d, "name", executor->name);
	dctx_dump_u64(d, "id", executor->id);
	for (size_t i = 0; i < COUNTERS; i++)
		dctx_dump_u64(d, counters[i].name,
			      value_of(&stats, counters[i].offset));
	for (size_t i = 0; i < HISTOGRAMS; i++)
		dump_histogram(d, &histograms[i], executor, &stats);
	dctx_dump_end(d);
}

static void dump(dctx_dumper *d, void *unused)
{
	(void)unused;
	dctx_dump_begin_list(d, "all");
	dctxi_executors_lock();
	for (struct dctx_executor *e = &dctxi_inline; e != NULL; e = e->next)
		dump_executor(d, e);
	dctxi_executors_unlock();
	dctx_dump_end(d);
}

void dctxi_metrics_show(void)
{
	static dctx_dump_section section = {.name = "executors", .fn = dump};

	(void)dctx_dump_register(&section);
}
