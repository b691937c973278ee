/* SPDX-License-Identifier: MIT */
/*
 * scatter_locals_test.c - proves that what accessors capture goes along with
 * slices: captured once a scatter, whatever the number of slices, set around
 * each of them wherever it runs, and undone after it; and that an accessor that
 * fails ends the scatter before it begins, or one slice, and no more.
 */
#include "crew.h"
#include "slot.h"

#include <unistd.h>

enum { MANY = 24 };

static struct crew crew;
static dctx_accessors *list;
static dctx_submit_options how;
static dctx_slice slice[MANY];
static pthread_t caller;
static atomic_int captures, sets, restores, ran, elsewhere;
static int set_fails_at;
static __thread useconds_t restore_takes;

static dctx_status count_capture(void *user, void **out)
{
	captures++;
	return slot_capture(user, out);
}

static dctx_status count_set(void *user, void *value, void **out_before)
{
	if (++sets == set_fails_at)
		return DCTX_CODEC;
	return slot_set(user, value, out_before);
}

static void count_restore(void *user, void *before)
{
	usleep(restore_takes);
	slot_restore(user, before);
	restores++;
}

static dctx_scatter_options on(dctx_executor *executor)
{
	return (dctx_scatter_options){.struct_size = DCTX_SCATTER_SIZE,
				      .executor = executor,
				      .policy = DCTX_COLLECT,
				      .submit = &how};
}

/* Runs slices that shall see `seen` in the three slots. */
static dctx_status scatter(dctx_slice_fn fn, const char *seen,
			   dctx_executor *executor)
{
	const dctx_scatter_options options = on(executor);

	captures = sets = restores = ran = elsewhere = 0;
	caller = pthread_self();
	return dctx_scatter(MANY, fn, (void *)(uintptr_t)seen, &options, slice);
}

static dctx_status see(void *user, size_t i, void **out_result)
{
	(void)i;
	(void)out_result;
	ran++;
	if (!pthread_equal(pthread_self(), caller))
		elsewhere++;
	DCTXT_EXPECT(strcmp(slots_text(), user) == 0);
	slots_are("left", "by", "a slice");
	return DCTX_OK;
}

/* What a thread has of its own: the caller's, and the workers have nothing. */
static dctx_status see_own(void *user, size_t i, void **out_result)
{
	const bool here = pthread_equal(pthread_self(), caller);

	(void)i;
	(void)out_result;
	ran++;
	DCTXT_EXPECT(strcmp(slots_text(), here ? user : "- - -") == 0);
	return DCTX_OK;
}

static void expect_none_left(dctx_executor *executor)
{
	how.accessors = dctx_accessors_none();
	assert_int_equal(scatter(see_own, "A - C", executor), DCTX_OK);
	assert_int_equal(ran, MANY);
	assert_int_equal(captures, 0);
	how.accessors = list;
}

/* In the Java failover each slice has a capture of its own. */
static void one_capture_serves_all_slices(void **state)
{
	(void)state;
	slots_are("A", NULL, "C");
	crew_begin(&crew, 3, 64);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(scatter(see, "A - C", crew.executor), DCTX_OK);
		assert_int_equal(ran, MANY);
		assert_int_equal(captures, 1);
		assert_int_equal(sets, MANY);
		assert_int_equal(slots_alive, 0);
		assert_string_equal(slots_text(), "A - C");
	}
	expect_none_left(crew.executor);
	crew_end(&crew);
}

/* A fault of the Java failover's: with set and clear, slice 1 sees nothing, and
 * the caller has lost its own. */
static void slices_on_the_callers_thread_leave_it_its_own(void **state)
{
	dctx_executor *const executor[] = {NULL, dctx_executor_inline()};

	(void)state;
	slots_are("A", NULL, "C");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(scatter(see, "A - C", executor[i]), DCTX_OK);
		assert_int_equal(ran, MANY);
		assert_int_equal(elsewhere, 0);
		assert_int_equal(captures, 1);
		assert_string_equal(slots_text(), "A - C");
	}
	crew_begin(&crew, 0, 0);
	assert_int_equal(scatter(see, "A - C", crew.executor), DCTX_OK);
	assert_int_equal(elsewhere, 0);
	assert_string_equal(slots_text(), "A - C");
	crew_end(&crew);
}

static void a_capture_that_fails_ends_it_before_it_begins(void **state)
{
	(void)state;
	slots_are("A", "B", NULL);
	slot_b.capture_fails = DCTX_CODEC;
	crew_begin(&crew, 2, 64);
	assert_int_equal(scatter(see, "A B -", crew.executor), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "b");
	assert_int_equal(ran, 0);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(slice[i].status, DCTX_CODEC);
		assert_false(slice[i].ran);
	}
	assert_int_equal(slots_alive, 0);
	crew_end(&crew);
}

static void expect_one_codec(void)
{
	int failed = 0;

	for (int i = 0; i < MANY; i++) {
		failed += slice[i].status == DCTX_CODEC;
		assert_int_equal(slice[i].ran, slice[i].status == DCTX_OK);
	}
	assert_int_equal(failed, 1);
	assert_int_equal(ran, MANY - 1);
}

static void a_set_that_fails_is_that_slices_failure(void **state)
{
	(void)state;
	slots_are("A", NULL, "C");
	set_fails_at = 3;
	crew_begin(&crew, 3, 64);
	assert_int_equal(scatter(see, "A - C", crew.executor), DCTX_OK);
	expect_one_codec();
	assert_int_equal(scatter(see, "A - C", NULL), DCTX_OK);
	expect_one_codec();
	assert_int_equal(slice[2].status, DCTX_CODEC);
	assert_string_equal(slots_text(), "A - C");
	expect_none_left(crew.executor);
	crew_end(&crew);
}

static dctx_status end_the_thread(void *user, size_t i, void **out_result)
{
	(void)see(user, i, out_result);
	if (i == MANY - 1 && !pthread_equal(pthread_self(), caller)) {
		restore_takes = 10000;
		pthread_exit(NULL);
	}
	return DCTX_OK;
}

/* Not later, when the ended thread ends its thread-locals: nobody waits for
 * that. */
static void a_thread_that_ends_in_a_slice_restores_before_the_end(void **state)
{
	(void)state;
	slots_are("A", NULL, "C");
	for (int i = 0; i < 5; i++) {
		dctx_status status;
		int restored, alive;

		crew_begin(&crew, 2, 64);
		status = scatter(end_the_thread, "A - C", crew.executor);
		restored = restores;
		alive = slots_alive;
		crew_end(&crew);
		assert_int_equal(status, DCTX_OK);
		assert_int_equal(sets, MANY);
		assert_int_equal(restored, MANY);
		assert_int_equal(alive, 0);
	}
}

static void no_slices_capture_nothing(void **state)
{
	const dctx_scatter_options options = on(NULL);

	(void)state;
	slots_are("A", NULL, NULL);
	captures = 0;
	assert_int_equal(dctx_scatter(0, see, NULL, &options, NULL), DCTX_OK);
	assert_int_equal(captures, 0);
}

static bool is_a(void *user, const char *name)
{
	(void)user;
	return strcmp(name, "a") == 0;
}

static dctx_status see_a(void *user, size_t i, void **out_result)
{
	const bool here = pthread_equal(pthread_self(), caller);

	(void)i;
	(void)user;
	(void)out_result;
	DCTXT_EXPECT(strcmp(slots_text(), here ? "A - C" : "A - -") == 0);
	return DCTX_OK;
}

static void a_filter_leaves_others_out(void **state)
{
	const dctx_accessor_filter only_a = {.passes = is_a};

	(void)state;
	how.filter = &only_a;
	slots_are("A", NULL, "C");
	crew_begin(&crew, 2, 64);
	assert_int_equal(scatter(see_a, NULL, crew.executor), DCTX_OK);
	crew_end(&crew);
}

static dctx_status scatter_on(void *user, size_t i, void **out_result)
{
	const dctx_scatter_options options = on(user);
	dctx_slice inner[2];

	(void)i;
	(void)out_result;
	DCTXT_EXPECT(strcmp(slots_text(), "A - C") == 0);
	slots_are("slice's", NULL, "C");
	return dctx_scatter(2, see, (void *)(uintptr_t) "slice's - C", &options,
			    inner);
}

static void a_scatter_in_a_slice_takes_along_the_slices_own(void **state)
{
	const dctx_scatter_options options = on(NULL);

	(void)state;
	slots_are("A", NULL, "C");
	crew_begin(&crew, 2, 64);
	ran = 0;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_scatter(MANY, scatter_on,
					      i == 0 ? crew.executor : NULL,
					      &options, slice),
				 DCTX_OK);
		assert_string_equal(slots_text(), "A - C");
	}
	assert_int_equal(ran, 2 * 2 * MANY);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_OK);
	crew_end(&crew);
}

/* A wrap, of a tracer: it sees to what runs, or does not. */
static int wraps;
static atomic_int enters, drops;
static bool swallows;

static void *enter_and_run(void *arg)
{
	const dctx_call *inner = arg;

	enters++;
	return swallows ? NULL : inner->run(inner->arg);
}

static void drop_it(void *arg)
{
	const dctx_call inner = *(const dctx_call *)arg;

	drops++;
	inner.drop(inner.arg);
	free(arg);
}

static dctx_status wrap_it(void *user, const dctx_call *inner, dctx_call *out)
{
	dctx_call *kept = malloc(sizeof(*kept));

	(void)user;
	if (kept == NULL)
		return DCTX_NOMEM;
	wraps++;
	*kept = *inner;
	*out = (dctx_call){enter_and_run, drop_it, kept};
	return DCTX_OK;
}

static void one_wrap_serves_all_slices(void **state)
{
	const dctx_accessor tracer = {.name = "tracer", .wrap = wrap_it};

	(void)state;
	assert_int_equal(dctx_accessor_add(list, &tracer), DCTX_OK);
	slots_are("A", NULL, "C");
	crew_begin(&crew, 3, 64);
	assert_int_equal(scatter(see, "A - C", crew.executor), DCTX_OK);
	assert_int_equal(ran, MANY);
	assert_int_equal(wraps, 1);
	assert_int_equal(enters, MANY);
	assert_int_equal(drops, 1);
	swallows = true;
	assert_int_equal(scatter(see, "A - C", crew.executor), DCTX_OK);
	assert_int_equal(ran, 0);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(slice[i].status, DCTX_CANCELED);
		assert_false(slice[i].ran);
	}
	assert_int_equal(drops, 2);
	crew_end(&crew);
}

/* What no test there had: slices side by side of more than one tenant. */
static dctx_executor *pool;

static dctx_status is_tenant(void *user, size_t i, void **out_result)
{
	const char *tenant = *(const char *const *)user;

	(void)i;
	(void)out_result;
	if (tenant != NULL)
		DCTXT_EXPECT(slot_now[0] != NULL &&
			     strcmp(slot_now[0], tenant) == 0);
	else
		DCTXT_EXPECT(slot_now[0] == NULL);
	return DCTX_OK;
}

static void *serve_tenant(void *arg)
{
	const dctx_scatter_options options = on(pool);
	dctx_slice mine[8];

	for (int i = 0; i < 100; i++) {
		slots_are(*(const char *const *)arg, NULL, NULL);
		DCTXT_EXPECT(dctx_scatter(8, is_tenant, arg, &options, mine) ==
			     DCTX_OK);
		DCTXT_EXPECT(slot_now[0] == *(const char *const *)arg);
	}
	return NULL;
}

static void tenants_share_a_pool_and_see_only_themselves(void **state)
{
	static const char *tenants[] = {"acme", "globex", NULL, "initech"};
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = 3};

	(void)state;
	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	dctxt_together(4, serve_tenant, tenants, sizeof(tenants[0]));
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	dctx_executor_unref(pool);
}

static int begin(void **state)
{
	dctx_accessor counted = slot_accessor(&slot_a);
	int failed = slots_begin(state);

	slot_logs = false;
	set_fails_at = -1;
	swallows = false;
	counted.capture = count_capture;
	counted.set = count_set;
	counted.restore = count_restore;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &counted), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_b), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_c), DCTX_OK);
	how = (dctx_submit_options){.struct_size = sizeof(how),
				    .accessors = list,
				    .carry = DCTX_EXACT_LOCALS};
	return failed;
}

static int end(void **state)
{
	list = dctx_accessors_unref(list);
	return slots_end(state);
}

#define LOCALS_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCALS_TEST(one_capture_serves_all_slices),
		LOCALS_TEST(slices_on_the_callers_thread_leave_it_its_own),
		LOCALS_TEST(a_capture_that_fails_ends_it_before_it_begins),
		LOCALS_TEST(a_set_that_fails_is_that_slices_failure),
		LOCALS_TEST(
			a_thread_that_ends_in_a_slice_restores_before_the_end),
		LOCALS_TEST(no_slices_capture_nothing),
		LOCALS_TEST(a_filter_leaves_others_out),
		LOCALS_TEST(a_scatter_in_a_slice_takes_along_the_slices_own),
		LOCALS_TEST(one_wrap_serves_all_slices),
		LOCALS_TEST(tenants_share_a_pool_and_see_only_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
