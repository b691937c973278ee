/* SPDX-License-Identifier: MIT */
/* The inlines of the public headers once more, as functions of the library,
 * for bindings that cannot inline and for -DDCTX_TLS_DYNAMIC. */
#define DCTX_EMIT
#include <dctx/dctx.h>
