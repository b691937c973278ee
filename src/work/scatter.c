/* SPDX-License-Identifier: MIT */
/* A scatter from its beginning to its end, on the thread that calls. */
#include "work/scatter.h"

#include "data/fail.h"
#include "data/snapshot.h"
#include "flow/store.h"
#include "life/alarm.h"
#include "life/source.h"
#include "plat/clock.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "work/executor.h"
#include "work/gather.h"

/* Blocks that go back and forth between threads would leave the caller's cache
 * for the workers'; so a few are kept for all, each taken and put by one
 * exchange. */
#define KEPT 8
#define KEPT_RUNNERS 65

static struct dctxi_scatter *kept[KEPT];

static size_t size_of(size_t runners)
{
	return sizeof(struct dctxi_scatter) +
	       runners * sizeof(struct dctxi_runner);
}

struct dctxi_scatter *dctxi_scatter_new(size_t runners)
{
	size_t room = runners < KEPT_RUNNERS ? KEPT_RUNNERS : runners;
	struct dctxi_scatter *s = NULL;

	if (room > (SIZE_MAX / 2 - sizeof *s) / sizeof(struct dctxi_runner))
		return NULL;
	for (int i = 0; i < KEPT && s == NULL && room == KEPT_RUNNERS; i++)
		s = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
	if (s == NULL)
		s = dctxi_alloc(size_of(room));
	if (s == NULL)
		return NULL;
	*s = (struct dctxi_scatter){.refs = 1, .room = runners, .given = 1};
	s->runner[0] =
		(struct dctxi_runner){.scatter = s, .at = DCTXI_NO_SLICE};
	return s;
}

void dctxi_scatter_unref(struct dctxi_scatter *s)
{
	size_t room = s->room < KEPT_RUNNERS ? KEPT_RUNNERS : s->room;
	struct dctxi_scatter *none;

	if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (int i = 0; i < KEPT && room == KEPT_RUNNERS; i++) {
		none = NULL;
		if (__atomic_compare_exchange_n(&kept[i], &none, s, false,
						__ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return;
	}
	dctxi_free(s, size_of(room));
}

bool dctxi_scatter_orphaned(const struct dctxi_scatter *s)
{
	return s->options.executor != NULL && dctxi_fork_count() != s->born;
}

dctx_status dctxi_scatter_check(const dctx_scatter_options *o, size_t n)
{
	if (o == NULL)
		return DCTX_OK;
	if (o->struct_size < sizeof *o || o->flags & ~DCTX_SCATTER_TIMED ||
	    (unsigned)o->policy > DCTX_FIRST_SUCCESS || o->grace < 0 ||
	    !dctxi_carry_fits(o->submit) ||
	    (o->submit != NULL && o->submit->deadline < 0) ||
	    (o->policy == DCTX_QUORUM && (o->quorum == 0 || o->quorum > n)))
		return DCTX_INVALID;
	return DCTX_OK;
}

int64_t dctxi_scatter_until(const dctx_scatter_options *o)
{
	int64_t until = DCTX_NO_DEADLINE;

	if (o != NULL && o->timeout != 0)
		until = dctx_deadline_in(o->timeout);
	if (o != NULL && o->submit != NULL && o->submit->deadline != 0 &&
	    o->submit->deadline < until)
		until = o->submit->deadline;
	return until;
}

static size_t quorum_of(const dctx_scatter_options *o, size_t n)
{
	switch (o->policy) {
	case DCTX_COLLECT:
		return 0;
	case DCTX_QUORUM:
		return o->quorum;
	case DCTX_FIRST_SUCCESS:
		return 1;
	default:
		return n;
	}
}

/* The slices' context is what the caller sees, by reference, under a source of
 * its own that also has the deadline. */
static dctx_status context_make(struct dctxi_scatter *s, dctx_store *store,
				int64_t until)
{
	struct dctxi_cell *cell;
	dctx_snapshot *seen;
	dctx_status status = dctx_store_capture(store, &seen);

	if (status != DCTX_OK)
		return status;
	s->deadline = until < seen->deadline ? until : seen->deadline;
	status = dctxi_source_make(dctxi_cell_of(seen->cell), s->deadline,
				   &s->source);
	if (status == DCTX_OK) {
		cell = dctxi_source_cell(s->source);
		dctxi_cell_hold(cell);
		s->snapshot =
			dctxi_snapshot_over(seen, dctxi_names_ref(seen->names),
					    &cell->abi, s->deadline);
		if (s->snapshot == NULL) {
			dctxi_names_unref(seen->names);
			dctxi_cell_drop(cell);
			status = dctxi_fail(DCTX_NOMEM, "scatter");
		}
	}
	dctx_snapshot_unref(seen);
	return status;
}

/* What goes along besides: captured once, whatever the number of slices. */
static dctx_status goods_make(struct dctxi_scatter *s)
{
	if (!dctxi_gather_idle()) {
		s->gathered = dctxi_alloc(s->n * sizeof *s->gathered);
		if (s->gathered == NULL)
			return dctxi_fail(DCTX_NOMEM, "scatter");
		for (size_t i = 0; i < s->n; i++)
			s->gathered[i] = NULL;
	}
	return dctxi_along_begin(&s->along, s->options.submit,
				 &dctxi_slice_call);
}

/* Shares are joined in the order of the slices, also of a scatter that failed:
 * what was spent was spent. */
static void goods_end(struct dctxi_scatter *s)
{
	dctxi_along_end(&s->along);
	if (s->gathered == NULL)
		return;
	(void)dctx_store_gather_join(dctx_current(), s->gathered, s->n);
	for (size_t i = 0; i < s->n; i++)
		dctx_snapshot_unref(s->gathered[i]);
	dctxi_free(s->gathered, s->n * sizeof *s->gathered);
	s->gathered = NULL;
}

static dctx_status alarm_set(struct dctxi_scatter *s)
{
	struct dctx_store words = {.cell = s->snapshot->cell,
				   .deadline = s->deadline};

	if (s->options.executor == NULL)
		return dctx_snapshot_done(s->snapshot);
	return dctxi_alarm_set(&words, -1, &s->alarm);
}

/* Without a limit as many as slices, up to what is more than any machine runs
 * at once. An executor that says how many it runs is not given more, but for
 * others that end with their threads. */
static size_t runners_of(const dctx_scatter_options *o, size_t n)
{
	size_t most = o->at_a_time != 0 ? o->at_a_time : DCTX_SCATTER_MOST;
	size_t at_once;

	if (o->executor == NULL)
		return 1;
	at_once = o->executor->at_once;
	if (at_once != 0 && at_once < KEPT_RUNNERS - 1)
		at_once = KEPT_RUNNERS - 1;
	if (at_once != 0 && at_once < most)
		most = at_once;
	return 1 + (most < n ? most : n);
}

/* Nothing has begun when this fails. */
static dctx_status begin(struct dctxi_scatter_call *c,
			 const dctx_scatter_options *o,
			 struct dctxi_scatter **out)
{
	struct dctxi_scatter *s = dctxi_scatter_new(runners_of(o, c->n));
	dctx_status status;

	*out = s;
	if (s == NULL)
		return dctxi_fail(DCTX_NOMEM, "scatter");
	s->n = c->n;
	s->fn = c->fn;
	s->user = c->user;
	s->told_user = c->told_user;
	s->slice = c->slice;
	s->options = *o;
	if (o->submit != NULL)
		s->submit = *o->submit;
	s->quorum = quorum_of(o, c->n);
	s->limited =
		o->executor != NULL && o->at_a_time != 0 && o->at_a_time < c->n;
	s->places = o->at_a_time;
	s->born = dctxi_fork_count();
	status = goods_make(s);
	if (status == DCTX_OK)
		status = context_make(s, dctx_current(), c->until);
	return status == DCTX_OK ? alarm_set(s) : status;
}

/* Takes away what belongs to the call; late items may still have the block. */
static void end(struct dctxi_scatter *s)
{
	struct dctxi_alarm *alarm;

	if (s == NULL || dctxi_scatter_orphaned(s))
		return;
	dctxi_mutex_lock(&s->lock);
	alarm = s->alarm;
	s->alarm = NULL;
	dctxi_mutex_unlock(&s->lock);
	if (alarm != NULL)
		(void)dctxi_alarm_end(alarm);
	goods_end(s);
	dctx_source_unref(s->source);
	dctx_snapshot_unref(s->snapshot);
	dctxi_scatter_unref(s);
}

/* The calling thread ends in a slice. */
static void left_inside(void *arg)
{
	struct dctxi_scatter *s = arg;

	(void)dctx_cancel(s->source, "the caller's thread has ended");
	dctxi_scatter_close(s, DCTX_CANCELED);
	if (s->alarm != NULL)
		dctxi_scatter_wait(s);
	end(s);
}

static void run(struct dctxi_scatter *s)
{
	pthread_cleanup_push(left_inside, s);
	if (s->options.executor == NULL)
		(void)dctxi_runner_go(&s->runner[0], SIZE_MAX);
	else
		dctxi_scatter_spread(s);
	pthread_cleanup_pop(0);
}

/* Until they are over: what is not claimed, and in a fork's child what others
 * had claimed, stays so. */
static void mark(const struct dctxi_scatter_call *c, dctx_status status)
{
	for (size_t i = 0; c->slice != NULL && i < c->n; i++)
		c->slice[i] = (dctx_slice){.status = status};
}

/* Of the executor whose slices they were, wherever they ran. */
static void count(const struct dctxi_scatter *s, size_t failed)
{
	dctx_executor *executor = s->options.executor;

	if (executor == NULL || dctxi_scatter_orphaned(s))
		return;
	dctxi_count(&executor->counts.scatters, 1);
	dctxi_count(&executor->counts.slices, (int64_t)(s->n - failed));
	dctxi_count(&executor->counts.missing, (int64_t)failed);
	if (failed > 0)
		dctxi_count(&executor->counts.partial, 1);
}

/* Whether none began because it was over before, which is an outcome as any
 * other of each slice. */
static bool is_end(dctx_status status)
{
	return status == DCTX_CANCELED || status == DCTX_DEADLINE_EXCEEDED;
}

dctx_status dctxi_scatter_call(struct dctxi_scatter_call *c)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	struct dctxi_scatter *s;
	dctx_status status;

	c->failed = 0;
	if (c->n == 0)
		return DCTX_OK;
	if (c->options != NULL)
		options = *c->options;
	status = begin(c, &options, &s);
	mark(c, status != DCTX_OK ? status : DCTX_CANCELED);
	c->failed = c->n;
	if (status == DCTX_OK) {
		run(s);
		c->failed = s->failed;
		status = dctxi_scatter_orphaned(s) ? DCTX_CANCELED : s->decided;
	} else if (!is_end(status)) {
		end(s);
		return status;
	}
	count(s, c->failed);
	end(s);
	if (options.policy == DCTX_COLLECT && c->failed > 0)
		status = dctx_done();
	if (status == DCTX_OK && options.merge != NULL)
		status = options.merge(c->told_user, c->slice, c->n);
	return status;
}

dctx_status dctx_scatter(size_t n, dctx_slice_fn fn, void *user,
			 const dctx_scatter_options *options, dctx_slice *slice)
{
	struct dctxi_scatter_call call = {.n = n,
					  .fn = fn,
					  .user = user,
					  .told_user = user,
					  .options = options,
					  .slice = slice};

	if (fn == NULL || (slice == NULL && n > 0) ||
	    dctxi_scatter_check(options, n) != DCTX_OK)
		return dctxi_fail(DCTX_INVALID, "scatter");
	call.until = dctxi_scatter_until(options);
	return dctxi_scatter_call(&call);
}
