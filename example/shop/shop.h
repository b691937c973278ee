/* SPDX-License-Identifier: MIT */
/*
 * shop.h - what the processes of the shop share.
 *
 *     shop_load --> shop_gateway --x-dctx--> shop_pricing
 *                                \--x-dctx--> shop_stock
 *
 * Nothing below takes a request id or a tenant as a parameter: whoever needs
 * them reads the context that runs along.
 */
#ifndef SHOP_H
#define SHOP_H

#include <dctx/dctx.h>

#include <jansson.h>
#include <semaphore.h>

/* keys.c: what a request carries. */
DCTX_KEY_DECLARE_STR(k_request_id);
DCTX_KEY_DECLARE_U64(k_tenant);
/* And what is gathered from wherever it was: in cents, and in lines. */
DCTX_KEY_DECLARE_U64(k_cost);
DCTX_KEY_DECLARE_STR(k_warnings);

/* log.c: the context, as an object for answers and in a line for people. */

/* Gives {"request_id", "tenant", "trace", "chain"} of the current context. */
json_t *shop_context(void);

/* Writes one line to stderr: the process, the current context, a message. */
__attribute__((format(printf, 1, 2))) void shop_log(const char *format, ...);
void shop_log_open(const char *process);
const char *shop_process(void);

/* spans.c: what is told of a request, in each process that it comes to. */

/* Mounts the layer and makes the sinks that the environment asks for:
 * SHOP_TRACES is a folder for files, OTEL_EXPORTER_OTLP_ENDPOINT a collector.
 */
dctx_status shop_spans_open(const char *process);
/* Open a span for a request that came, and for a GET that is made. */
dctx_span *shop_span_of_request(bool is_post, const char *path);
dctx_span *shop_span_of_call(const char *url);
/* Say how it went, in its context; a body may be NULL. */
void shop_span_answered(dctx_span *span, unsigned http, const json_t *body);
void shop_span_called(dctx_span *span, unsigned http, const json_t *body);
/* Leaves a span, and what was gathered in its scope stays. */
void shop_span_leave(dctx_span *span);
/* What a HTTP status, or 0 for no answer, comes to in this context. */
dctx_status shop_meaning(unsigned http);

/* timing.c: what each step of a crossing took, served as /stats. */
enum shop_step {
	SHOP_CLOCK, /* two clock reads and nothing between: in every figure */
	SHOP_CAPTURE,
	SHOP_ATTACH,
	SHOP_DETACH,
	SHOP_WRAP,
	SHOP_INJECT,
	SHOP_EXTRACT,
	SHOP_LATE, /* how late this process noticed that it is over */
	SHOP_STEPS
};
uint64_t shop_now(void);
void shop_took(enum shop_step step, uint64_t since);
void shop_late(uint64_t ns);
json_t *shop_timings(void);

/* In what /stats gives: how many requests it has not ended yet. */
#define SHOP_AT_WORK "at work"

/* http_server.c: requests in. */

/* A request while its handler runs. */
struct shop_request;

struct shop_answer {
	unsigned status;
	json_t *body;
};

/* What a process does with a request: `arrive` brings its context to this
 * thread, `handle` answers under it, `depart` writes what the header SHOP_SHARE
 * of the answer takes back. A false `arrive` has brought nothing and has filled
 * in the refusal; without a `depart`, or with a false one, there is no such
 * header. */
struct shop_service {
	const char *name; /* also of the scope that handle runs in */
	bool takes_posts; /* else only GET */
	bool (*arrive)(const struct shop_request *request, dctx_guard *out,
		       struct shop_answer *refusal);
	void (*handle)(const struct shop_request *request,
		       struct shop_answer *answer);
	bool (*depart)(char *header, size_t size);
};

struct shop_server;
struct shop_server *shop_server_start(const struct shop_service *service,
				      uint16_t port);
unsigned shop_server_port(const struct shop_server *server);
void shop_server_stop(struct shop_server *server);

const char *shop_path(const struct shop_request *request);
bool shop_is_post(const struct shop_request *request);
/* What was posted: never NULL, without a NUL after it. */
const char *shop_body(const struct shop_request *request, size_t *out_len);
/* FAULT=1: see log_the_end. */
bool shop_is_faulty(void);
dctx_carrier shop_headers(const struct shop_request *request);
/* Both give NULL for what the request does not have. */
const char *shop_header(const struct shop_request *request, const char *name);
const char *shop_argument(const struct shop_request *request, const char *name);

/* http_answer.c: answers out. */

/* Fills in {"error": ...}. Returns: false, for an arrive to return. */
__attribute__((format(printf, 3, 4))) bool
shop_refuse(struct shop_answer *answer, unsigned status, const char *format,
	    ...);
/* Send an answer, which is gone then, with a share or ""; and what Prometheus
 * asks for. Both return false when the connection can only be closed. */
struct MHD_Connection;
bool shop_send(struct MHD_Connection *connection,
	       const struct shop_answer *answer, const char *share);
bool shop_send_metrics(struct MHD_Connection *connection);

/* budget.c: Works on an item, for ever on a snail. Returns: false when it is
 * not wanted any more. */
bool shop_toil(const char *item);
/* Whether the request is over; fills in 504 and the cause then. */
bool shop_cut_off(struct shop_answer *answer);

/* text.c: Tells whether text is 1 to 64 of A-Z a-z 0-9 - _ . */
bool shop_is_word(const char *text);
/* Whether it is a number of up to 18 digits, and which. */
bool shop_is_number(const char *text, uint64_t *out);

/* main.c: the life of a service process. Prepare comes before any thread. */
void shop_prepare(const char *process);
int shop_run(const struct shop_service *service, const char *port);

/* http_client.c: requests out. */
struct curl_slist;
void shop_client_open(void);
void shop_client_close(void);
/* GET a URL, or POST a text to it, as long as the current context wants it.
 * What comes back of gathered keys is joined. Returns: the JSON answer, NULL
 * without one; *out_status is the HTTP status, 0 when nothing came back. */
json_t *shop_get(const char *url, const struct curl_slist *headers,
		 unsigned *out_status);
json_t *shop_post(const char *url, const struct curl_slist *headers,
		  const char *text, unsigned *out_status);

/* crossing.c: the context over HTTP, in the formats that SHOP_PROPAGATORS names
 * besides the envelope. Returns: false when it names one that is none. */
bool shop_crossing_open(void);
/* The two ways to arrive: from plain headers at the edge, from an envelope in
 * the header x-dctx behind it. */
bool shop_arrive_by_headers(const struct shop_request *request,
			    dctx_guard *out, struct shop_answer *refusal);
bool shop_arrive_by_envelope(const struct shop_request *request,
			     dctx_guard *out, struct shop_answer *refusal);
/* shop_get with the current context along. */
json_t *shop_call(const char *url, unsigned *out_status);

/* share.c: what was gathered, as the header of an answer; see dctx/gather.h. */
#define SHOP_SHARE "x-dctx"
/* Writes what this flow has. Returns: whether it could. */
bool shop_give_share(char *text, size_t size);
/* Merges what came into what this flow has. */
void shop_join_share(const char *text);

/* pool.c: a fixed number of threads that run wrapped calls. */
struct shop_pool;
struct shop_pool *shop_pool_start(unsigned threads);
/* Takes `work` and posts `ran` after it. Blocks: while the queue is full. */
void shop_pool_submit(struct shop_pool *pool, dctx_work *work, sem_t *ran);
void shop_pool_stop(struct shop_pool *pool);

#endif
