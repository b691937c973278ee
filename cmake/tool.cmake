# SPDX-License-Identifier: MIT
# The command dctx: public headers only, and jansson.
dctx_usable(jansson jansson jansson.h json_object)
if(NOT jansson_USABLE)
	message(STATUS "The command dctx needs jansson")
	return()
endif()

file(GLOB page CONFIGURE_DEPENDS tool/dctx/page/*)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/tool/page.c
	COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/tool
	COMMAND ${CMAKE_COMMAND} -DFROM=${PROJECT_SOURCE_DIR}/tool/dctx/page
		-DTO=${PROJECT_BINARY_DIR}/tool/page.c
		-P ${PROJECT_SOURCE_DIR}/cmake/page.cmake
	DEPENDS ${page} cmake/page.cmake
	COMMENT "Putting the page of dctx trace together" VERBATIM)

# All but main, for fuzzing, too.
file(GLOB tool CONFIGURE_DEPENDS tool/dctx/*.c)
list(FILTER tool EXCLUDE REGEX "/main\\.c$")
add_library(dctx_tool_parts STATIC EXCLUDE_FROM_ALL ${tool}
	${PROJECT_BINARY_DIR}/tool/page.c)
target_include_directories(dctx_tool_parts PUBLIC tool/dctx)
target_link_libraries(dctx_tool_parts PUBLIC dctx PkgConfig::jansson)

add_executable(dctx_tool tool/dctx/main.c)
target_link_libraries(dctx_tool PRIVATE dctx_tool_parts)
file(RELATIVE_PATH libraries
	${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(dctx_tool PROPERTIES OUTPUT_NAME dctx
	RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tool
	INSTALL_RPATH "$ORIGIN/${libraries}")

install(TARGETS dctx_tool)
install(FILES doc/man/dctx.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES tool/dctx/completion.bash RENAME dctx
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
