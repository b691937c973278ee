# SPDX-License-Identifier: MIT
# What the library's symbols are to others: to a binding that knows no C, and to
# plug-ins that bring copies of the library into one process. The latter needs
# no test framework, so it runs on every machine.
include(CheckSymbolExists)

if(DCTX_BUILD_TESTS AND NOT CMAKE_CROSSCOMPILING)
	find_package(Python3 COMPONENTS Interpreter)
	if(Python3_FOUND)
		dctx_run(ctypes_test test/ctypes_test.py
			${Python3_EXECUTABLE} -B test/ctypes_test.py
			$<TARGET_FILE:dctx>)
	endif()
endif()

# dctx_add_plugin(name source library): a plug-in and what it is linked to.
function(dctx_add_plugin name source library)
	add_library(plugin_${name} MODULE test/copies/${source}.c)
	set_target_properties(plugin_${name} PROPERTIES PREFIX ""
		C_VISIBILITY_PRESET hidden)
	target_compile_definitions(plugin_${name} PRIVATE PLUGIN="${name}")
	target_link_libraries(plugin_${name} PRIVATE ${library})
	set(${name} $<TARGET_FILE:plugin_${name}> PARENT_SCOPE)
endfunction()

dctx_add_plugin(shared plugin dctx)
dctx_add_plugin(calls plugin dctx)
dctx_add_plugin(one plugin dctx_static)
dctx_add_plugin(two plugin dctx_static)
dctx_add_plugin(scopes scopes dctx_static)
# Calls do not depend on the layout, inlines do.
if(NOT DCTX_TLS_DYNAMIC)
	target_compile_definitions(plugin_calls PRIVATE DCTX_TLS_DYNAMIC)
	dctx_add_plugin(layout2 plugin dctx)
	target_compile_definitions(plugin_layout2 PRIVATE
		dctx_abi1_current=dctx_abi2_current)
	set(refused !abi2=${layout2})
endif()

function(dctx_add_host name source)
	dctx_add_program(${name} test/copies/${source}.c ${ARGN}
		${CMAKE_DL_LIBS})
endfunction()

dctx_add_host(shared_host shared_host dctx)
dctx_add_host(bare_host bare_host)
dctx_add_host(static_host static_host dctx_static)
dctx_add_host(part_host static_host dctx_static -rdynamic)
dctx_add_host(whole_host static_host -rdynamic
	-Wl,--whole-archive dctx_static -Wl,--no-whole-archive)

# dctx_host_test(test host argument...): two copies are no violation of C's rule
# of one definition, since each is bound to itself.
function(dctx_host_test test host)
	get_target_property(source ${host} SOURCES)
	dctx_run(copies_${test} ${source} ${DCTX_RUNNER} $<TARGET_FILE:${host}>
		${ARGN})
	if(TEST copies_${test})
		set_property(TEST copies_${test} APPEND PROPERTY ENVIRONMENT
			ASAN_OPTIONS=detect_odr_violation=0)
	endif()
endfunction()

dctx_host_test(together shared_host ${shared} ${calls} ${refused})
set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_symbol_exists(dlmopen dlfcn.h DCTX_HAVE_DLMOPEN)
unset(CMAKE_REQUIRED_DEFINITIONS)
if(DCTX_HAVE_DLMOPEN)
	# clang's link-time optimisation binds a plug-in's calls to the archive
	# in it before the loader could bind them to the program's copy.
	if(NOT (CMAKE_INTERPROCEDURAL_OPTIMIZATION AND
			CMAKE_C_COMPILER_ID MATCHES Clang))
		dctx_add_host(apart_host apart_host dctx)
		dctx_host_test(namespace apart_host ${one} ${two})
	endif()
endif()

# musl's dlopen refuses a copy of the library, unless it was built for that.
if(DCTX_HAVE_DLMOPEN OR DCTX_TLS_DYNAMIC)
	dctx_host_test(own shared_host ${one} ${shared} ${two} ${calls})
	dctx_host_test(two bare_host ${one} ${two})
	dctx_host_test(four bare_host ${two} ${shared} ${scopes} ${one})
	dctx_host_test(apart static_host apart ${one})
	dctx_host_test(apart_shared static_host apart ${shared})
	dctx_host_test(whole whole_host together ${one})
	dctx_host_test(whole_shared whole_host together ${shared})
	dctx_host_test(part part_host mixed ${shared})
else()
	dctx_host_test(refused shared_host !initial-exec=${one})
endif()

# Without a loader there is one copy, and nothing to warn of.
# memcheck stands in for no malloc in it, and takes libc's own start for errors.
if(NOT DCTX_UNDER MATCHES "san$|valgrind")
	dctx_add_program(smoke_alone test/cross/smoke.c dctx_static
		-static -Wl,--fatal-warnings)
	dctx_run(copies_none test/cross/smoke.c
		${DCTX_RUNNER} $<TARGET_FILE:smoke_alone>)
endif()
