// SPDX-License-Identifier: MIT
/*
 * span_cxx_test.cc - proves that spans are opened, entered and closed in C++17
 * as in C, also when an exception leaves the block.
 */
#include <dctx/dctx.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

extern "C" {
#include <cmocka.h>
}

namespace
{
std::string told;

void note(const char *what, dctx_span *span)
{
	told += std::string(what) + " " + dctx_span_site_of(span)->name + "|";
}

dctx_layer layer;

class mounted {
public:
	mounted()
	{
		told.clear();
		layer.struct_size = DCTX_LAYER_SIZE;
		layer.on_enter = [](void *, dctx_span *s) { note("enter", s); };
		layer.on_leave = [](void *, dctx_span *s) { note("leave", s); };
		layer.on_record = [](void *, dctx_span *, const char *name,
				     const dctx_any *) {
			told += std::string(name) + "|";
		};
		layer.on_close = [](void *, dctx_span *s) { note("close", s); };
		assert_int_equal(dctx_layer_mount(&layer, 0), DCTX_OK);
	}
	~mounted() { dctx_layer_unmount(&layer); }
};
}

static int evaluated;

static int evaluate()
{
	return ++evaluated;
}

static void a_span_ends_with_its_block(void **)
{
	mounted here;
	{
		DCTX_SPAN(outer, "outer", {"n", DCTX_ANY(1)},
			  {"text", DCTX_ANY("x")}, {"user", DCTX_EMPTY});
		DCTX_SPAN_AT(inner, DCTX_LEVEL_DEBUG, "inner");
		assert_true(dctx_span_current() == inner);
		dctx_span_record(outer, "late", &DCTX_ANY(2.5));
	}
	assert_null(dctx_span_current());
	assert_string_equal(told.c_str(),
			    "n|text|user|enter outer|enter inner|late|"
			    "leave inner|close inner|leave outer|close outer|");
}

static void an_exception_ends_it_too(void **)
{
	mounted here;

	try {
		DCTX_SPAN(a, "a");
		throw std::runtime_error("out");
	} catch (const std::runtime_error &) {
		assert_null(dctx_span_current());
	}
	assert_string_equal(told.c_str(), "enter a|leave a|close a|");
}

static void what_nobody_wants_is_not_evaluated(void **)
{
	DCTX_SPAN(a, "a", {"n", DCTX_ANY(evaluate())});

	dctx_span *const none = a;
	assert_null(none);
	assert_int_equal(evaluated, 0);
}

static void begin_and_end_are_a_pair(void **)
{
	mounted here;

	DCTX_SPAN_BEGIN(a, "a", {"n", DCTX_ANY(1)});
	DCTX_SPAN_BEGIN_AT(b, DCTX_LEVEL_WARN, "b");
	assert_ptr_equal(dctx_span_current(), b);
	DCTX_SPAN_END(b);
	DCTX_SPAN_END(a);
	assert_null(dctx_span_current());
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_ends_with_its_block),
		cmocka_unit_test(an_exception_ends_it_too),
		cmocka_unit_test(what_nobody_wants_is_not_evaluated),
		cmocka_unit_test(begin_and_end_are_a_pair),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
