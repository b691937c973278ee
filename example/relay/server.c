/* SPDX-License-Identifier: MIT */
/*
 * server.c - requests in: a thread a connection, since a call may lead back
 * here, and would wait for ever for a thread that waits for it.
 *
 * A body is kept as it comes, up to a limit. When it is there, the context of
 * the request is made of its headers and holds until the answer is known. What
 * comes in chunks and is past the limit is read and dropped, since a client may
 * be answered when it has ended only; past MAX_READ the connection is closed.
 */
#include "relay.h"

#include "mhd_carrier.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 256u
#define IDLE_SECONDS 30u
#define HEADERS_SIZE ((size_t)64 * 1024)
#define MAX_BODY ((size_t)256 * 1024)
#define MAX_READ ((size_t)1024 * 1024)
#define REQUEST_TIMEOUT (10 * DCTX_S)

struct relay_server {
	struct MHD_Daemon *daemon;
	dctx_source *stop;
};

struct request {
	char *body;
	size_t len; /* what came; past MAX_BODY none is kept */
};

static enum MHD_Result send_answer(struct MHD_Connection *connection,
				   struct relay_answer answer)
{
	char *text = json_dumps(answer.body, JSON_COMPACT);
	struct MHD_Response *response;
	enum MHD_Result result;

	json_decref(answer.body);
	if (text == NULL)
		return MHD_NO; /* closes the connection */
	response = MHD_create_response_from_buffer(strlen(text), text,
						   MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "content-type", "application/json");
	result = MHD_queue_response(connection, answer.status, response);
	MHD_destroy_response(response);
	return result;
}

/* A request that is in no trace, or in none that can be continued, begins one.
 */
static void be_in_a_trace(void)
{
	dctx_trace trace;

	if (dctx_trace_get(&trace))
		return;
	trace = dctx_trace_new(0);
	dctx_trace_set(&trace);
}

static struct relay_answer serve(const struct relay_server *server,
				 struct MHD_Connection *connection,
				 const struct request *request)
{
	const dctx_carrier headers = mhd_carrier(connection);
	struct relay_answer answer;
	dctx_guard arrival;

	if (dctx_extract(&headers, NULL, &arrival) != DCTX_OK)
		return relay_refusal(503, "out of memory");
	be_in_a_trace();
	dctx_set_timeout(REQUEST_TIMEOUT);
	dctx_add_source(server->stop);
	if (dctx_scope_status() == DCTX_OK)
		answer = relay_calls(request->body, request->len);
	else
		answer = relay_refusal(503, "out of memory");
	dctx_leave(arrival);
	return answer;
}

static bool keep(struct request *request, const char *part, size_t len)
{
	char *grown;

	if (len > MAX_READ - request->len)
		return false;
	if (len > MAX_BODY || request->len > MAX_BODY - len) {
		request->len += len;
		return true;
	}
	grown = realloc(request->body, request->len + len);
	if (grown == NULL)
		return false;
	memcpy(grown + request->len, part, len);
	request->body = grown;
	request->len += len;
	return true;
}

static struct relay_answer too_long(void)
{
	return relay_refusal(413, "the body is too long");
}

/* The headers are there, a body may follow. */
static enum MHD_Result begin(struct MHD_Connection *connection,
			     const char *method, void **slot)
{
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return send_answer(connection, relay_refusal(405, "only POST"));
	if (length != NULL && strtoull(length, NULL, 10) > MAX_BODY)
		return send_answer(connection, too_long());
	*slot = calloc(1, sizeof(struct request));
	return *slot != NULL ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **slot)
{
	struct request *request = *slot;

	(void)path; /* any */
	(void)version;
	if (request == NULL)
		return begin(connection, method, slot);
	if (*upload_size > 0) {
		if (!keep(request, upload, *upload_size))
			return MHD_NO;
		*upload_size = 0;
		return MHD_YES;
	}
	if (request->len > MAX_BODY)
		return send_answer(connection, too_long());
	return send_answer(connection, serve(arg, connection, request));
}

static void on_end(void *arg, struct MHD_Connection *connection, void **slot,
		   enum MHD_RequestTerminationCode code)
{
	struct request *request = *slot;

	(void)arg;
	(void)connection;
	(void)code;
	if (request != NULL)
		free(request->body);
	free(request);
	*slot = NULL;
}

static struct MHD_Daemon *start_daemon(struct relay_server *server,
				       uint16_t port)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return MHD_start_daemon(
		MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION,
		port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
		&here, MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_SIZE,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, server, MHD_OPTION_END);
}

struct relay_server *relay_server_start(uint16_t port, dctx_source *stop)
{
	struct relay_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->stop = stop;
	server->daemon = start_daemon(server, port);
	if (server->daemon == NULL) {
		free(server);
		return NULL;
	}
	return server;
}

unsigned relay_server_port(const struct relay_server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)
		->port;
}

void relay_server_stop(struct relay_server *server)
{
	MHD_stop_daemon(server->daemon);
	free(server);
}
