# SPDX-License-Identifier: MIT
# The command `dctx`, where jansson is: one program of all of tool/dctx/, with
# the library in it.
if(CMAKE_CROSSCOMPILING)
	return()
endif()
pkg_check_modules(jansson IMPORTED_TARGET jansson)
if(NOT jansson_FOUND)
	message(STATUS "The command dctx needs jansson")
	return()
endif()

file(GLOB command CONFIGURE_DEPENDS tool/dctx/*.c)
add_executable(dctx_command ${command})
target_link_libraries(dctx_command PRIVATE dctx_static PkgConfig::jansson
	Threads::Threads)
set_target_properties(dctx_command PROPERTIES OUTPUT_NAME dctx
	RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
install(TARGETS dctx_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Its tests are scripts that get the program.
if(DCTX_BUILD_TESTS)
	file(GLOB scripts CONFIGURE_DEPENDS test/tool/*_test
		test/tool/*_test.py)
	find_package(Python3 COMPONENTS Interpreter)
	foreach(source ${scripts})
		get_filename_component(name ${source} NAME_WE)
		if(source MATCHES "\\.py$")
			if(Python3_FOUND)
				dctx_run(tool_${name} ${source}
					${Python3_EXECUTABLE} -B ${source}
					$<TARGET_FILE:dctx_command>)
			endif()
		else()
			dctx_run(tool_${name} ${source} ${source}
				$<TARGET_FILE:dctx_command>)
		endif()
	endforeach()
endif()
