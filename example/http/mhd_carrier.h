/* SPDX-License-Identifier: MIT */
/* mhd_carrier.h - the headers of a request to libmicrohttpd, for dctx_extract.
 * Copy it into your server. */
#ifndef MHD_CARRIER_H
#define MHD_CARRIER_H

#include <dctx/carrier.h>

#include <microhttpd.h>

/* Reads only; its views last as long as the request does. */
dctx_carrier mhd_carrier(struct MHD_Connection *connection);

#endif
