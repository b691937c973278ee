/* SPDX-License-Identifier: MIT */
/* curl_wait.h - a transfer by libcurl that ends with the current context.
 * Copy it into your client. */
#ifndef CURL_WAIT_H
#define CURL_WAIT_H

#include <curl/curl.h>
#include <stdbool.h>

/* Runs the one transfer that was added to `multi`, until it is through or the
 * current context is done. Returns: whether an answer came, of any status. */
bool curl_wait(CURLM *multi);

#endif
