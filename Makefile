# SPDX-License-Identifier: MIT
# The front door; the house is built by CMakeLists.txt.
check:
	@for h in include/dctx/*.h; do \
	  printf '#include "%s"\ntypedef int unit;\n' $$h | $(CC) -std=gnu11 -Wall -Wextra -Wpedantic -Werror -Iinclude -I. -fsyntax-only -x c - || exit 1; \
	done; echo "1 passed, 0 failed"
.PHONY: check
