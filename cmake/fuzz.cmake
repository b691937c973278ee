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
	get_filename_component(name ${source} NAME)
	if(NOT EXISTS ${PROJECT_SOURCE_DIR}/tool/dctx/${name})
		dctx_add_fuzz(${source} dctx_testing)
	elseif(TARGET dctx_tool_parts) # of a file of the command
		dctx_add_fuzz(${source} dctx_tool_parts)
	endif()
endforeach()
