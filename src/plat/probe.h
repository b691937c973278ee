/* SPDX-License-Identifier: MIT */
/*
 * Probes: places where bpftrace, perf, SystemTap or gdb look in from outside,
 * without the program knowing. They stand as notes in the library's file
 * (readelf -n); each is one instruction that does nothing until somebody
 * attaches, and then traps. No word of memory is looked at to see whether
 * somebody did (no semaphores): arguments are what is at hand there.
 *
 *     bpftrace -e 'usdt:/usr/lib/libdctx.so:dctx:cancel { @[str(arg0)]++; }'
 *
 * Provider: dctx. Texts are C strings; a tool that reads one which the program
 * never touched gets "", since its page is not there yet. Ids are bytes.
 *
 *  probe        arg0          arg1        arg2            arg3         arg4
 *  span_open    name          trace id*16 span id*8       parent id*8  level
 *  span_enter   name          span id*8
 *  span_leave   name          span id*8
 *  span_close   name          span id*8   status          began        ended
 *  scope_enter  name          depth with it
 *  scope_leave  depth with it
 *  cancel       message       status      code            cell
 *  deadline     deadline
 *  run_begin    executor's name  item     ns it waited
 *  run_end      executor's name  item
 *
 * Times are on dctx_now's clock. span_enter, span_leave: on the flow that does
 * so. span_close: status is dctx_status' number; began and ended are 0 where
 * nobody had the clock read for the span, as without a sink. cancel: a source
 * was cancelled, by whoever was first, in a signal handler, too; cell stands
 * for the source. deadline: one that is later than all before was found to have
 * come, by whoever asked. run_begin, run_end: a job or a slice, on the thread
 * that runs it; no run_end when that thread ends in it.
 *
 * DCTXI_USDT is defined where <sys/sdt.h> was found (CMake's DCTX_USDT). These
 * names and their arguments are part of what a version promises, as functions
 * are. Signal-safe.
 */
#ifndef DCTXI_PROBE_H
#define DCTXI_PROBE_H

#ifdef DCTXI_USDT
#include <sys/sdt.h>
#ifdef __clang__ /* The macros of that leave out what ISO C wants. */
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#if __has_warning("-Wc23-extensions") /* where clang 19 has it */
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif
#endif
#define DCTXI_PROBE1(name, a) DTRACE_PROBE1(dctx, name, a)
#define DCTXI_PROBE2(name, a, b) DTRACE_PROBE2(dctx, name, a, b)
#define DCTXI_PROBE3(name, a, b, c) DTRACE_PROBE3(dctx, name, a, b, c)
#define DCTXI_PROBE4(name, a, b, c, d) DTRACE_PROBE4(dctx, name, a, b, c, d)
#define DCTXI_PROBE5(name, a, b, c, d, e)                                      \
	DTRACE_PROBE5(dctx, name, a, b, c, d, e)
#else
#define DCTXI_PROBE1(name, a) ((void)(a))
#define DCTXI_PROBE2(name, a, b) ((void)(a), (void)(b))
#define DCTXI_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#define DCTXI_PROBE4(name, a, b, c, d)                                         \
	((void)(a), (void)(b), (void)(c), (void)(d))
#define DCTXI_PROBE5(name, a, b, c, d, e)                                      \
	((void)(a), (void)(b), (void)(c), (void)(d), (void)(e))
#endif

#endif
