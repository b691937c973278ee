# SPDX-License-Identifier: MIT
# dctx_usable(NAME DEPENDENCY HEADER SYMBOL) - looks for the pkg-config package
# DEPENDENCY. Sets NAME_USABLE, and makes PkgConfig::NAME, when it is there and
# what is compiled here can link it: with a compiler of another C library the
# system's packages are found, too, and of no use.
include(CheckSymbolExists)
find_package(PkgConfig)

function(dctx_usable name dependency header symbol)
	set(${name}_USABLE FALSE PARENT_SCOPE)
	if(NOT PkgConfig_FOUND)
		return()
	endif()
	pkg_check_modules(${name} IMPORTED_TARGET GLOBAL ${dependency})
	if(NOT ${name}_FOUND)
		return()
	endif()
	set(CMAKE_REQUIRED_LIBRARIES PkgConfig::${name})
	check_symbol_exists(${symbol} ${header} ${name}_LINKS)
	set(${name}_USABLE ${${name}_LINKS} PARENT_SCOPE)
endfunction()
