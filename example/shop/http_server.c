/* SPDX-License-Identifier: MIT */
/*
 * http_server.c - requests in: a pool of threads on 127.0.0.1.
 *
 * A request comes to a thread that served another one before. Its context is
 * brought there by `arrive`, and taken away by leaving the guard. The callback
 * that is told of the answer's end runs later, outside of that: it attaches the
 * context captured meanwhile.
 */
#include "shop.h"

#include "mhd_carrier.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 1024u
#define IDLE_SECONDS 30u

struct shop_server {
	const struct shop_service *service;
	struct MHD_Daemon *daemon;
	atomic_uint at_work; /* requests whose handler has not come back */
};

struct shop_request {
	struct MHD_Connection *connection;
	const char *path;
	dctx_snapshot *context; /* NULL until it arrived */
	unsigned status;
};

const char *shop_path(const struct shop_request *request)
{
	return request->path;
}

bool shop_is_faulty(void)
{
	const char *fault = getenv("SHOP_FAULT");

	return fault != NULL && strcmp(fault, "1") == 0;
}

dctx_carrier shop_headers(const struct shop_request *request)
{
	return mhd_carrier(request->connection);
}

const char *shop_header(const struct shop_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_HEADER_KIND, name);
}

const char *shop_argument(const struct shop_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
}

bool shop_is_word(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz"
				  "0123456789-_.");

	return len > 0 && len <= 64 && text[len] == '\0';
}

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

static enum MHD_Result send_answer(struct shop_request *request,
				   struct shop_answer *answer)
{
	char *text = json_dumps(answer->body, JSON_INDENT(2));
	struct MHD_Response *response;
	enum MHD_Result result;

	json_decref(answer->body);
	if (text == NULL)
		return MHD_NO; /* closes the connection */
	response = MHD_create_response_from_buffer(strlen(text), text,
						   MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "content-type", "application/json");
	request->status = answer->status;
	result = MHD_queue_response(request->connection, answer->status,
				    response);
	MHD_destroy_response(response);
	return result;
}

/* Answers under the context that arrived, and keeps it for log_the_end. */
static void handle(const struct shop_service *service,
		   struct shop_request *request, struct shop_answer *answer)
{
	uint64_t since = shop_now();
	dctx_status status = dctx_capture(&request->context);

	shop_took(SHOP_CAPTURE, since);
	if (status != DCTX_OK) {
		shop_refuse(answer, 503, "%s", dctx_strerror(status));
		return;
	}
	dctx_guard named = dctx_enter(service->name);
	service->handle(request, answer);
	dctx_leave(named);
}

static void serve(struct shop_server *server, struct shop_request *request,
		  struct shop_answer *answer)
{
	const struct shop_service *service = server->service;
	dctx_guard arrival;

	if (!service->arrive(request, &arrival, answer))
		return;
	atomic_fetch_add(&server->at_work, 1);
	handle(service, request, answer);
	atomic_fetch_sub(&server->at_work, 1);
	dctx_leave(arrival);
}

/* A service that is cut off may come back later than whoever gave it up. */
static struct shop_answer stats(struct shop_server *server)
{
	json_t *body = shop_timings();

	json_object_set_new(body, SHOP_AT_WORK,
			    json_integer(atomic_load(&server->at_work)));
	return (struct shop_answer){200, body};
}

/*
 * Logs that the answer is out, under the context of its request. With FAULT=1
 * the detach is left out, and a request at the edge begins in a scope of what
 * the thread is in: this request's context, so that what the next one reads
 * without having set it is this one's. Either alone does no harm.
 */
static void log_the_end(const struct shop_server *server,
			const struct shop_request *request)
{
	dctx_guard attached;
	uint64_t since = shop_now();
	dctx_status status = dctx_attach(request->context, &attached);

	shop_took(SHOP_ATTACH, since);
	if (status != DCTX_OK)
		return;
	dctx_guard named = dctx_enter(server->service->name);
	shop_log("answered %u", request->status);
	dctx_leave(named);
	if (shop_is_faulty())
		return;
	since = shop_now();
	dctx_leave(attached);
	shop_took(SHOP_DETACH, since);
	since = shop_now();
	shop_took(SHOP_CLOCK, since);
}

static void on_end(void *arg, struct MHD_Connection *connection, void **slot,
		   enum MHD_RequestTerminationCode code)
{
	struct shop_request *request = *slot;

	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	if (request->context != NULL)
		log_the_end(arg, request);
	dctx_snapshot_unref(request->context);
	free(request);
	*slot = NULL;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **slot)
{
	struct shop_server *server = arg;
	struct shop_request *request = *slot;
	struct shop_answer answer = {500, NULL};

	(void)version;
	(void)upload;
	if (request == NULL) { /* the headers are there, a body may follow */
		*slot = calloc(1, sizeof(*request));
		return *slot != NULL ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) { /* nobody asked for a body */
		*upload_size = 0;
		return MHD_YES;
	}
	request->connection = connection;
	request->path = path;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		shop_refuse(&answer, 405, "only GET");
	else if (strcmp(path, "/stats") == 0)
		answer = stats(server);
	else
		serve(server, request, &answer);
	return send_answer(request, &answer);
}

static struct MHD_Daemon *start_daemon(struct shop_server *server,
				       uint16_t port)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return MHD_start_daemon(
		MHD_USE_POLL_INTERNAL_THREAD, port, NULL, NULL,
		on_request, server,
		MHD_OPTION_SOCK_ADDR, &here,
		MHD_OPTION_THREAD_POOL_SIZE, server->service->threads,
		MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, server,
		MHD_OPTION_END);
}

struct shop_server *shop_server_start(const struct shop_service *service,
				      uint16_t port)
{
	struct shop_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->service = service;
	server->daemon = start_daemon(server, port);
	if (server->daemon == NULL) {
		free(server);
		return NULL;
	}
	return server;
}

unsigned shop_server_port(const struct shop_server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)
		->port;
}

void shop_server_stop(struct shop_server *server)
{
	MHD_stop_daemon(server->daemon);
	free(server);
}
