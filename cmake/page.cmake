# SPDX-License-Identifier: MIT
# The page of dctx trace: tool/dctx/page/ as one text with its policy, in which
# nothing may be loaded and no script runs but this one, known by its hash; as a
# C file of two lists of bytes, before the data and behind them.
#
# cmake -DFROM=tool/dctx/page -DTO=page.c -P cmake/page.cmake
set(scripts data layout chart list details find main)

# dctx_base64(out hex): of an even number of hexadecimal digits.
function(dctx_base64 out hex)
	set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz)
	string(APPEND letters 0123456789+/)
	set(text "")
	string(LENGTH "${hex}" length)
	set(at 0)
	while(at LESS length)
		string(SUBSTRING "${hex}" ${at} 6 three)
		string(LENGTH "${three}" digits)
		string(SUBSTRING "${three}0000" 0 6 three)
		math(EXPR kept "${digits} / 2 + 1")
		foreach(place RANGE 3)
			math(EXPR i "(0x${three} >> (18 - 6 * ${place})) & 63")
			string(SUBSTRING ${letters} ${i} 1 letter)
			if(place LESS kept)
				string(APPEND text ${letter})
			else()
				string(APPEND text =)
			endif()
		endforeach()
		math(EXPR at "${at} + 6")
	endwhile()
	set(${out} "${text}" PARENT_SCOPE)
endfunction()

# dctx_bytes(out hex): of digits, what stands between the braces of a C array.
function(dctx_bytes out hex)
	string(REGEX REPLACE "(................................)" "\\1\n"
		hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
	set(${out} "${hex}" PARENT_SCOPE)
endfunction()

# As hexadecimal digits all the way: a semicolon, a bracket or a backslash means
# something to CMake.
function(dctx_read out)
	set(all "")
	foreach(file ${ARGN})
		file(READ ${FROM}/${file} hex HEX)
		string(APPEND all ${hex})
	endforeach()
	set(${out} ${all} PARENT_SCOPE)
endfunction()

function(dctx_hex out text)
	string(HEX "${text}" hex)
	set(${out} ${hex} PARENT_SCOPE)
endfunction()

# dctx_hash(out file...): the hash of these together, as a policy has it.
function(dctx_hash out)
	execute_process(COMMAND ${CMAKE_COMMAND} -E cat ${ARGN}
		WORKING_DIRECTORY ${FROM} OUTPUT_FILE ${TO}.part)
	file(SHA256 ${TO}.part hex)
	file(REMOVE ${TO}.part)
	dctx_base64(text ${hex})
	set(${out} "'sha256-${text}'" PARENT_SCOPE)
endfunction()

list(TRANSFORM scripts APPEND .js)
dctx_read(html trace.html)
dctx_read(style trace.css)
dctx_read(script ${scripts})
dctx_hash(style_hash trace.css)
dctx_hash(script_hash ${scripts})
foreach(part STYLE SCRIPT STYLE_HASH SCRIPT_HASH)
	string(TOLOWER ${part} name)
	dctx_hex(place "@${part}@")
	if(part MATCHES HASH)
		dctx_hex(${name} "${${name}}")
	endif()
	string(FIND "${html}" ${place} at)
	if(at EQUAL -1)
		message(FATAL_ERROR "trace.html has no @${part}@")
	endif()
	string(REPLACE ${place} ${${name}} html "${html}")
endforeach()
dctx_hex(place "@DATA@")
string(FIND "${html}" ${place} at)
string(SUBSTRING "${html}" 0 ${at} head)
string(LENGTH ${place} length)
math(EXPR at "${at} + ${length}")
string(SUBSTRING "${html}" ${at} -1 tail)
dctx_bytes(head ${head})
dctx_bytes(tail ${tail})
file(WRITE ${TO} "/* Of tool/dctx/page/, by cmake/page.cmake. */
#include \"page.h\"

const unsigned char page_head[] = {
${head}
};
const unsigned char page_tail[] = {
${tail}
};
const size_t page_head_size = sizeof page_head;
const size_t page_tail_size = sizeof page_tail;
")
