/* SPDX-License-Identifier: MIT */
/* Tells the address sanitizer what memory may not be touched for now. */
#ifndef DCTXI_POISON_H
#define DCTXI_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DCTXI_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define DCTXI_ASAN 1
#endif

#ifdef DCTXI_ASAN
#include <sanitizer/asan_interface.h>
#define dctxi_poison(p, n) __asan_poison_memory_region((p), (n))
#define dctxi_unpoison(p, n) __asan_unpoison_memory_region((p), (n))
#elif defined(DCTX_DEBUG)
#include <string.h>
#define dctxi_poison(p, n) ((void)memset((p), 0xdb, (n)))
#define dctxi_unpoison(p, n) ((void)(p), (void)(n))
#else
#define dctxi_poison(p, n) ((void)(p), (void)(n))
#define dctxi_unpoison(p, n) ((void)(p), (void)(n))
#endif

#endif
