# SPDX-License-Identifier: MIT
# The front door. Each target sees to the packages it needs (tool/setup), builds
# and runs; the house itself is CMakeLists.txt and test/check/.
PREFIX ?= /usr/local
FUZZ_SECONDS ?=
PORT ?= 5000
build = tool/build

help:
	@echo 'make demo       watch a request carry its context through three'
	@echo '                servers; FAULT=1 breaks it, SERVE=1 leaves it running'
	@echo 'make relay      serve on PORT=$(PORT) what the tests of W3C Trace'
	@echo '                Context ask for, until ^C'
	@echo 'make check      build and test with gcc and clang, ASan, UBSan, TSan,'
	@echo '                and check the tree: minutes'
	@echo 'make check-page'
	@echo '                open the page of dctx trace in headless Chromium'
	@echo 'make check-all  that, and valgrind, coverage, other compilers and'
	@echo '                machines, an installed copy, a bare Debian'
	@echo 'make check-interop'
	@echo '                exchange contexts with OpenTelemetry JS over HTTP,'
	@echo '                and have it read our spans'
	@echo 'make bench      what each operation costs, against the floor'
	@echo 'make bench-peers'
	@echo '                what the same costs in other systems, beside ours'
	@echo 'make fuzz       fuzz until interrupted, or FUZZ_SECONDS=n a target'
	@echo 'make install    into PREFIX=$(PREFIX), under DESTDIR='
	@echo 'make clean      remove build/'

demo:
	@tool/setup demo
	@$(build) demo
	@BUILD=build/demo example/shop/demo

relay:
	@tool/setup relay
	@$(build) demo
	@exec build/demo/example/relay/relay $(PORT)

check:
	@tool/setup check
	@test/check/run check

check-all:
	@tool/setup check check-all check-interop check-page
	@test/check/run check extra

check-interop:
	@tool/setup check check-interop
	@$(build) release
	@test/interop/run build/release

check-page:
	@tool/setup build check-page
	@$(build) release
	@test/page/run build/release

bench:
	@tool/setup bench
	@$(build) release
	@bench/run

bench-peers:
	@tool/setup build
	@tool/setup bench-peers || echo 'Peers that are not there are left out.'
	@$(build) peers
	@bench/peers/run

fuzz:
	@tool/setup fuzz
	@$(build) fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) test/check/fuzz_all

install:
	@tool/setup build
	@$(build) install -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	@DESTDIR=$(DESTDIR) cmake --install build/install

clean:
	rm -rf build

.PHONY: help demo relay check check-all check-interop check-page bench \
	bench-peers fuzz install clean
