/* SPDX-License-Identifier: MIT */
/* http_answer.c - answers out: JSON, and numbers for Prometheus. */
#include "shop.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool shop_refuse(struct shop_answer *answer, unsigned status,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer->status = status;
	answer->body = json_pack("{s:o}", "error",
				 json_vsprintf(format, args));
	va_end(args);
	return false;
}

/* Takes the text; NULL is none. */
static bool send_text(struct MHD_Connection *connection, unsigned status,
		      char *text, const char *type, const char *share)
{
	struct MHD_Response *response;
	bool sent;

	if (text == NULL)
		return false;
	response = MHD_create_response_from_buffer(strlen(text), text,
						   MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return false;
	}
	MHD_add_response_header(response, "content-type", type);
	if (share[0] != '\0')
		MHD_add_response_header(response, SHOP_SHARE, share);
	sent = MHD_queue_response(connection, status, response) == MHD_YES;
	MHD_destroy_response(response);
	return sent;
}

bool shop_send(struct MHD_Connection *connection,
	       const struct shop_answer *answer, const char *share)
{
	char *text = json_dumps(answer->body, JSON_INDENT(2));

	json_decref(answer->body);
	return send_text(connection, answer->status, text, "application/json",
			 share);
}

/* How long they are may change until they are written: asks until they fit. */
bool shop_send_metrics(struct MHD_Connection *connection)
{
	dctx_status status = DCTX_TOO_SMALL;
	char *text = NULL, *grown;
	size_t size = 0, len = 4096;

	while (status == DCTX_TOO_SMALL) {
		size = len + 1;
		grown = realloc(text, size);
		if (grown == NULL)
			break;
		text = grown;
		status = dctx_executors_prometheus(text, size - 1, &len);
	}
	if (status != DCTX_OK) {
		free(text);
		return false;
	}
	text[len] = '\0';
	return send_text(connection, MHD_HTTP_OK, text,
			 "text/plain; version=0.0.4", "");
}
