/* SPDX-License-Identifier: MIT */
/*
 * http_server.c - requests in: a thread a connection on 127.0.0.1, since
 * handlers wait, and none should wait for another's.
 *
 * Connections are kept, so a request comes to a thread that served another one
 * before. Its context is brought there by `arrive`, and taken away by leaving
 * the guard. The callback that is told of the answer's end runs later, outside
 * of that: it attaches the context captured meanwhile. The request's span ends
 * there, too.
 */
#include "shop.h"

#include "mhd_carrier.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 1024u
#define IDLE_SECONDS 30u
#define MAX_BODY 4096u

struct shop_server {
	const struct shop_service *service;
	struct MHD_Daemon *daemon;
	atomic_uint at_work; /* requests whose handler has not come back */
};

struct shop_request {
	struct MHD_Connection *connection;
	const char *path;
	bool is_post;
	char *body; /* NULL, or MAX_BODY bytes */
	size_t body_len;
	unsigned refusal; /* of the body; 0: none */
	dctx_snapshot *context; /* NULL until it arrived */
	dctx_span *span;	/* the same */
	unsigned status;
	char share[1024]; /* what goes back beside the answer, or "" */
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

bool shop_is_post(const struct shop_request *request)
{
	return request->is_post;
}

const char *shop_body(const struct shop_request *request, size_t *out_len)
{
	*out_len = request->body_len;
	return request->body != NULL ? request->body : "";
}

const char *shop_argument(const struct shop_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
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
	service->handle(request, answer);
	if (service->depart != NULL &&
	    !service->depart(request->share, sizeof(request->share)))
		request->share[0] = '\0';
}

static void handle_in_span(const struct shop_service *service,
			   struct shop_request *request,
			   struct shop_answer *answer)
{
	dctx_guard named = dctx_enter(service->name);

	request->span = shop_span_of_request(request->is_post, request->path);
	dctx_span_enter(request->span);
	handle(service, request, answer);
	shop_span_answered(request->span, answer->status, answer->body);
	dctx_span_leave(request->span);
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
	handle_in_span(service, request, answer);
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
static void log_the_end(const struct shop_request *request)
{
	dctx_guard attached;
	uint64_t since = shop_now();
	dctx_status status = dctx_attach(request->context, &attached);

	shop_took(SHOP_ATTACH, since);
	if (status != DCTX_OK)
		return;
	shop_log("answered %u", request->status);
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

	(void)arg;
	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	if (request->context != NULL)
		log_the_end(request);
	dctx_span_close(request->span);
	dctx_snapshot_unref(request->context);
	free(request->body);
	free(request);
	*slot = NULL;
}

/* Keeps a part of a body, if it is wanted at all. What is too big is known
 * before there is memory for it, and the rest of it goes by unseen. */
static void keep(struct shop_request *request, const char *part, size_t len)
{
	if (len > MAX_BODY - request->body_len)
		request->refusal = 413;
	if (request->refusal == 0 && request->body == NULL) {
		request->body = malloc(MAX_BODY);
		if (request->body == NULL)
			request->refusal = 503;
	}
	if (request->refusal != 0)
		return;
	memcpy(request->body + request->body_len, part, len);
	request->body_len += len;
}

static void answer_it(struct shop_server *server, struct shop_request *request,
		      const char *method, struct shop_answer *answer)
{
	if (!request->is_post && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		shop_refuse(answer, 405, "only GET%s",
			    server->service->takes_posts ? " and POST" : "");
	else if (request->refusal == 413)
		shop_refuse(answer, 413, "more than %u bytes", MAX_BODY);
	else if (request->refusal != 0)
		shop_refuse(answer, request->refusal, "no memory");
	else if (strcmp(request->path, "/stats") == 0)
		*answer = stats(server);
	else
		serve(server, request, answer);
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
	if (request == NULL) { /* the headers are there, a body may follow */
		request = calloc(1, sizeof(*request));
		*slot = request;
		if (request == NULL)
			return MHD_NO;
		request->connection = connection;
		request->path = path;
		request->is_post = server->service->takes_posts &&
				   strcmp(method, MHD_HTTP_METHOD_POST) == 0;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		if (request->is_post)
			keep(request, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (!request->is_post && strcmp(path, "/metrics") == 0)
		return shop_send_metrics(connection) ? MHD_YES : MHD_NO;
	answer_it(server, request, method, &answer);
	request->status = answer.status;
	return shop_send(connection, &answer, request->share) ? MHD_YES
							      : MHD_NO;
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
		MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION,
		port, NULL, NULL,
		on_request, server,
		MHD_OPTION_SOCK_ADDR, &here,
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
