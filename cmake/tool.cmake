# SPDX-License-Identifier: MIT
# The command dctx: public headers only, and jansson.
dctx_usable(jansson jansson jansson.h json_object)
if(NOT jansson_USABLE)
	message(STATUS "The command dctx needs jansson")
	return()
endif()

file(GLOB tool CONFIGURE_DEPENDS tool/dctx/*.c)
add_executable(dctx_tool ${tool})
target_link_libraries(dctx_tool PRIVATE dctx PkgConfig::jansson)
file(RELATIVE_PATH libraries
	${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(dctx_tool PROPERTIES OUTPUT_NAME dctx
	RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tool
	INSTALL_RPATH "$ORIGIN/${libraries}")

install(TARGETS dctx_tool)
install(FILES doc/man/dctx.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES tool/dctx/completion.bash RENAME dctx
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
