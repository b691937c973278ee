/* SPDX-License-Identifier: MIT */
/* curl_wait.c - curl waits for its sockets, and beside them for the end of the
 * current context: it knows no more of that than a descriptor. */
#include "curl_wait.h"

#include <dctx/dctx.h>

/* How long curl may wait: until the deadline, and no more than a second. */
static int patience(void)
{
	int64_t left = dctx_remaining();

	return left > DCTX_S ? 1000 : (int)(left / DCTX_MS) + 1;
}

bool curl_wait(CURLM *multi)
{
	struct curl_waitfd end = {.fd = dctx_wait_fd(),
				  .events = CURL_WAIT_POLLIN};
	unsigned ends = end.fd >= 0;
	CURLMcode code = CURLM_OK;
	CURLMsg *message;
	int running = 1, left;

	while (code == CURLM_OK && dctx_done() == DCTX_OK) {
		code = curl_multi_perform(multi, &running);
		if (code != CURLM_OK || running == 0)
			break;
		code = curl_multi_poll(multi, &end, ends, patience(), NULL);
	}
	dctx_wait_fd_done();
	if (running > 0)
		return false;
	message = curl_multi_info_read(multi, &left);
	return message != NULL && message->msg == CURLMSG_DONE &&
	       message->data.result == CURLE_OK;
}
