# SPDX-License-Identifier: MIT
# White-box tests stand beside the source they test and see all of it. Black-box
# tests, in test/, link the shared library and see the public headers.
pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)

file(GLOB inside CONFIGURE_DEPENDS src/*/*_test.c)
foreach(source ${inside})
	dctx_add_test(${source} dctx_testing PkgConfig::jansson)
endforeach()

# What the black-box tests share is every other source of test/.
file(GLOB outside CONFIGURE_DEPENDS test/*_test.c test/*_test.cc)
if(outside MATCHES "\\.cc(;|$)")
	enable_language(CXX) # here: a function would keep it to itself
endif()
file(GLOB kit CONFIGURE_DEPENDS test/*.c)
list(FILTER kit EXCLUDE REGEX "_test\\.c$")
add_library(dctx_test_kit STATIC ${kit})
set_target_properties(dctx_test_kit PROPERTIES
	INTERPROCEDURAL_OPTIMIZATION OFF)
target_compile_options(dctx_test_kit PRIVATE -UNDEBUG)
target_compile_definitions(dctx_test_kit PRIVATE
	$<$<STREQUAL:${DCTX_UNDER},coverage>:DCTXT_COVERAGE>)
if(DCTX_RUNNER MATCHES "^qemu")
	target_compile_definitions(dctx_test_kit PUBLIC DCTXT_QEMU)
endif()
if(DCTX_UNDER MATCHES "tsan|valgrind" OR DCTX_RUNNER MATCHES "^qemu")
	target_compile_definitions(dctx_test_kit PUBLIC DCTXT_SLOW)
endif()
target_include_directories(dctx_test_kit PUBLIC test)
target_link_libraries(dctx_test_kit PUBLIC dctx PkgConfig::cmocka
	PkgConfig::jansson Threads::Threads)
foreach(source ${outside})
	dctx_add_test(${source} dctx_test_kit)
endforeach()
add_subdirectory(test/plugin)

# The command as a shell sees it. It starts what it tests by itself, so what
# sets a program's personality does so for all of them.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET dctx_tool AND Python3_FOUND AND NOT CMAKE_CROSSCOMPILING)
	dctx_add_program(where test/tool/where.c dctx)
	dctx_add_program(teller test/tool/teller.c dctx)
	file(GLOB commands CONFIGURE_DEPENDS test/tool/*_test.py)
	foreach(source ${commands})
		get_filename_component(test ${source} NAME_WE)
		dctx_run(tool_${test} ${source} ${DCTX_RUNNER}
			${Python3_EXECUTABLE} -B ${source}
			$<TARGET_FILE:dctx_tool> $<TARGET_FILE:where>
			$<TARGET_FILE:teller>)
	endforeach()
endif()

# What tracers find in the library.
if(DCTX_USDT AND DCTX_HAVE_SDT AND NOT CMAKE_CROSSCOMPILING)
	dctx_add_program(probed test/probes/probed.c dctx_static)
	dctx_run(probes test/probes/probed.c test/check/probes
		$<TARGET_FILE:dctx> $<TARGET_FILE:probed>)
endif()

# test/check/torture runs it.
file(GLOB torture CONFIGURE_DEPENDS test/torture/*.c)
dctx_add_program(torture "${torture}" dctx)

# It stops after each of half a million instructions.
if(TEST signal_step_test)
	set_tests_properties(signal_step_test PROPERTIES TIMEOUT 300)
endif()
