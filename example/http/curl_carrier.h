/* SPDX-License-Identifier: MIT */
/* curl_carrier.h - the headers of a request by libcurl, for dctx_inject.
 * Copy it into your client. */
#ifndef CURL_CARRIER_H
#define CURL_CARRIER_H

#include <dctx/carrier.h>

#include <curl/curl.h>

/* Writes only. `list` may point to NULL or to a list with lines in it; it is
 * what CURLOPT_HTTPHEADER takes, and the caller's to free. */
dctx_carrier curl_carrier(struct curl_slist **list);

#endif
