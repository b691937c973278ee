/* SPDX-License-Identifier: MIT */
/* dctx/any_cxx.h - DCTX_ANY for C++17; any.h includes this. */
#ifndef DCTX_ANY_H
#include <dctx/any.h>
#elif !defined(DCTX_ANY_CXX_H) && defined(__cplusplus)
#define DCTX_ANY_CXX_H

#define DCTX_ANY(x) dctx_any_of(x)
#define DCTX_ANY_OBJECT(type, object) dctx_any_object((type), (object))

#define DCTX_ANY_OF_(tag, T)                                                  \
	inline dctx_any dctx_any_of(T v)                                      \
	{                                                                     \
		return dctx_any_##tag(v);                                     \
	}
DCTX_ANY_OF_(bool, bool)
DCTX_ANY_OF_(char, char)
DCTX_ANY_OF_(schar, signed char)
DCTX_ANY_OF_(uchar, unsigned char)
DCTX_ANY_OF_(short, short)
DCTX_ANY_OF_(ushort, unsigned short)
DCTX_ANY_OF_(int, int)
DCTX_ANY_OF_(uint, unsigned)
DCTX_ANY_OF_(long, long)
DCTX_ANY_OF_(ulong, unsigned long)
DCTX_ANY_OF_(llong, long long)
DCTX_ANY_OF_(ullong, unsigned long long)
DCTX_ANY_OF_(float, float)
DCTX_ANY_OF_(double, double)
DCTX_ANY_OF_(text, char *)
DCTX_ANY_OF_(text, const char *)
DCTX_ANY_OF_(bytes, dctx_bytes)
#undef DCTX_ANY_OF_

/* Any other pointer would go for a bool. */
template <class T> dctx_any dctx_any_of(T *) = delete;

/* &DCTX_ANY(7), as in C: the temporary lives until the call is over. */
inline const dctx_any *operator&(dctx_any &&value)
{
	return __builtin_addressof(value);
}

#endif
