# SPDX-License-Identifier: MIT
# libFuzzer targets. ctest runs each for FUZZ_SECONDS from its seeds, which are
# never written to: see test/check/fuzz.
if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
	message(FATAL_ERROR "Fuzzing needs clang: use the preset fuzz")
endif()

# dctx_add_fuzz(source library...)
function(dctx_add_fuzz source)
	get_filename_component(name ${source} NAME_WE)
	dctx_add_program(fuzz_${name} ${source} ${ARGN} -fsanitize=fuzzer)
	dctx_run(fuzz_${name} ${source}
		${PROJECT_SOURCE_DIR}/test/check/fuzz $<TARGET_FILE:fuzz_${name}>
		${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
	set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 86400)
endfunction()

file(GLOB targets CONFIGURE_DEPENDS fuzz/*.c)
foreach(source ${targets})
	dctx_add_fuzz(${source} dctx_testing)
endforeach()
