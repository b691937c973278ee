# SPDX-License-Identifier: MIT
# Every example is a program and a test of its output.
set(libraries dctx)
file(GLOB common CONFIGURE_DEPENDS example/common/*.c)
if(common)
	add_library(dctx_example_common STATIC ${common})
	target_include_directories(dctx_example_common PUBLIC example)
	target_link_libraries(dctx_example_common PUBLIC dctx Threads::Threads)
	list(PREPEND libraries dctx_example_common)
endif()

file(GLOB examples CONFIGURE_DEPENDS example/*.c example/*.cc)
foreach(source ${examples})
	dctx_add_example(${source} ${libraries})
endforeach()

# Like the examples these need the library only: both forms of it.
file(GLOB cross CONFIGURE_DEPENDS test/cross/*.c)
foreach(source ${cross})
	get_filename_component(name ${source} NAME_WE)
	foreach(library dctx dctx_static)
		dctx_add_program(${name}_${library} ${source} ${library})
		dctx_run(${name}_${library} ${source}
			${DCTX_RUNNER} $<TARGET_FILE:${name}_${library}>)
	endforeach()
endforeach()

# The shop is three servers and a load generator, the relay one server, and one
# sample is a server, too: they need more libraries.
pkg_check_modules(microhttpd IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(curl IMPORTED_TARGET libcurl>=7.84)
pkg_check_modules(jansson IMPORTED_TARGET jansson)
if(microhttpd_FOUND AND curl_FOUND AND jansson_FOUND)
	add_subdirectory(example/http)
	add_subdirectory(example/relay)
	add_subdirectory(example/shop)
	dctx_add_example(${PROJECT_SOURCE_DIR}/example/web/tracking_web.c
		dctx PkgConfig::microhttpd)
	if(DCTX_BUILD_TESTS)
		dctx_add_test(example/http/http_carrier_test.c example_http)
		dctx_add_test(example/shop/basket_test.c shop_common)
		dctx_add_test(example/shop/share_test.c shop_common)
		dctx_add_test(example/shop/shop_test.c shop_common)
		dctx_add_test(example/shop/spans_test.c shop_common)
		add_subdirectory(test/interop)
	endif()
else()
	message(STATUS "Shop and relay need libmicrohttpd, libcurl, jansson")
endif()
