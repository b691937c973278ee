/* SPDX-License-Identifier: MIT */
/*
 * relay.h - a service that does what it is told, as the W3C's tests of trace
 * contexts want it: the body of a POST is a list of calls to make.
 *
 *     [{"url": "http://127.0.0.1:7777/1", "arguments": []}, ...]
 */
#ifndef RELAY_H
#define RELAY_H

#include <dctx/dctx.h>

#include <jansson.h>

struct relay_answer {
	unsigned status;
	json_t *body;
};

/* calls.c: makes the calls that a text asks for, in the current context. */
struct relay_answer relay_calls(const char *text, size_t len);
struct relay_answer relay_refusal(unsigned status, const char *why);

/* client.c: requests out. */
struct relay_client;
struct relay_client *relay_client_new(void);
struct relay_client *relay_client_free(struct relay_client *client);

/* POSTs a body, with the headers of the current context and for as long as it
 * lasts. Returns: the status of the answer, 0 when none came. */
unsigned relay_post(struct relay_client *client, const char *url,
		    const char *body);

/* server.c: requests in, on 127.0.0.1. `stop` ends those that run. */
struct relay_server;
struct relay_server *relay_server_start(uint16_t port, dctx_source *stop);
unsigned relay_server_port(const struct relay_server *server);
void relay_server_stop(struct relay_server *server);

#endif
