/* SPDX-License-Identifier: MIT */
/*
 * unseen.h - what TSan cannot see of GLib, for its tests.
 *
 * GLib's locks are futexes of its own, and it is not compiled for TSan: what
 * one thread allocates in it and another frees looks unordered. So its own
 * calls of malloc and free are not looked at. What our code does on its threads
 * is: that is ordered by locks TSan knows (lent.c).
 */
#ifndef UNSEEN_H
#define UNSEEN_H

#ifdef DCTXT_TSAN
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:libglib-2.0.so.0\n";
}
#endif

#endif
