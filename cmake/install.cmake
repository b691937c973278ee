# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: headers, both libraries, a pkg-config file
# and a CMake package. The last two find themselves, so the tree can be moved.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/dctx)
file(RELATIVE_PATH DCTX_PREFIX
	${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" DCTX_PREFIX ${DCTX_PREFIX})
foreach(option DCTX_DEBUG DCTX_TLS_DYNAMIC)
	if(${option})
		string(APPEND DCTX_CFLAGS " -D${option}")
	endif()
endforeach()
configure_file(cmake/dctx.pc.in dctx.pc @ONLY)
configure_package_config_file(cmake/dctx-config.cmake.in dctx-config.cmake
	INSTALL_DESTINATION ${package}
	NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(dctx-config-version.cmake
	COMPATIBILITY SameMinorVersion)

install(DIRECTORY include/dctx DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS dctx dctx_static EXPORT dctx)
install(EXPORT dctx NAMESPACE dctx:: FILE dctx-targets.cmake
	DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/dctx-config.cmake
	${PROJECT_BINARY_DIR}/dctx-config-version.cmake
	DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/dctx.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
