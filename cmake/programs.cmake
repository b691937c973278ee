# SPDX-License-Identifier: MIT
# How a program of the project's own is built, and run by ctest.

set(DCTX_RUNNER "" CACHE STRING
	"What runs a test's program: valgrind, an emulator; a list or nothing")

set(DCTX_TIMEOUT 120)
if(DCTX_UNDER OR DCTX_RUNNER)
	set(DCTX_TIMEOUT 300)
endif()
set(DCTX_TEST_ENVIRONMENT
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
	UBSAN_OPTIONS=print_stacktrace=1)

find_package(PkgConfig)

# The library as white-box tests and fuzz targets see it: with every symbol.
# What is linked two hundred times is not optimised again each time: black-box
# tests and the hosts of copies have the library's link-time optimisation.
add_library(dctx_testing STATIC EXCLUDE_FROM_ALL ${sources})
dctx_compile(dctx_testing)
set_target_properties(dctx_testing PROPERTIES
	INTERPROCEDURAL_OPTIMIZATION OFF)
target_compile_definitions(dctx_testing PUBLIC DCTXI_TESTING)
target_include_directories(dctx_testing INTERFACE src)

# dctx_add_program(target source library...): with asserts, whatever the build.
function(dctx_add_program target source)
	if(source MATCHES "\\.cc$")
		enable_language(CXX)
	endif()
	add_executable(${target} ${source})
	target_compile_options(${target} PRIVATE -UNDEBUG)
	# gcc's link-time optimisation runs a program's constructors in another
	# order, and that is the order in which tests expect keys to be listed.
	# What is linked may be an archive of such code: clang must hear of it.
	set_target_properties(${target} PROPERTIES
		INTERPROCEDURAL_OPTIMIZATION OFF)
	if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
		target_link_options(${target} PRIVATE
			${CMAKE_C_COMPILE_OPTIONS_IPO})
	endif()
	target_link_libraries(${target} PRIVATE ${ARGN} Threads::Threads)
endfunction()

# dctx_not_here(out source): whether a source says "Not under: tsan valgrind -
# why" and DCTX_UNDER is one of these, or needs a host: C++, Python.
function(dctx_not_here out source)
	set(${out} OFF PARENT_SCOPE)
	file(STRINGS ${source} not_under REGEX "Not under:" LIMIT_COUNT 1)
	string(REGEX REPLACE " - .*" "" not_under "${not_under}")
	if(DCTX_UNDER AND not_under MATCHES " ${DCTX_UNDER}( |$)")
		message(STATUS "${source} is not for ${DCTX_UNDER}")
		set(${out} ON PARENT_SCOPE)
	elseif(CMAKE_CROSSCOMPILING AND source MATCHES "\\.(cc|py)$")
		set(${out} ON PARENT_SCOPE)
	endif()
endfunction()

# dctx_run(test source command...): has ctest run a command at the top of the
# source tree, where its source may be run.
function(dctx_run test source)
	dctx_not_here(skip ${source})
	if(skip)
		return()
	endif()
	add_test(NAME ${test} COMMAND ${ARGN} ${DCTX_CONFIGURATIONS}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${test} PROPERTIES TIMEOUT ${DCTX_TIMEOUT}
		ENVIRONMENT "${DCTX_TEST_ENVIRONMENT}")
endfunction()

# dctx_add_test(source library...): a cmocka program, named after its source.
function(dctx_add_test source)
	dctx_not_here(skip ${source})
	if(skip)
		return()
	endif()
	get_filename_component(test ${source} NAME_WE)
	dctx_add_program(${test} ${source} ${ARGN} PkgConfig::cmocka)
	dctx_run(${test} ${source} ${DCTX_RUNNER} $<TARGET_FILE:${test}>)
endfunction()

# dctx_add_example(source library...): a program whose output must be, byte for
# byte, what the file beside it says, which ends in .expected.
function(dctx_add_example source)
	dctx_not_here(skip ${source})
	if(skip)
		return()
	endif()
	get_filename_component(name ${source} NAME_WE)
	string(REGEX REPLACE "\\.cc?$" ".expected" expected ${source})
	if(NOT EXISTS ${expected})
		message(FATAL_ERROR "${name} has no ${expected}")
	endif()
	dctx_add_program(example_${name} ${source} ${ARGN})
	set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/example)
	dctx_run(example_${name} ${source}
		${PROJECT_SOURCE_DIR}/test/check/expect ${expected}
		${DCTX_RUNNER} $<TARGET_FILE:example_${name}>)
endfunction()
