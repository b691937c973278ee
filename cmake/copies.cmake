# SPDX-License-Identifier: MIT
# What the library's symbols are to others: a binding that knows no C.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
	dctx_run(ctypes_test test/ctypes_test.py ${Python3_EXECUTABLE} -B
		test/ctypes_test.py $<TARGET_FILE:dctx>)
endif()
