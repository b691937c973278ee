/* SPDX-License-Identifier: MIT */
/* main.c - the life of a service process: start, serve, stop when told. */
#include "shop.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static sigset_t stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

/* Blocked before the first thread, so that none of them is interrupted. */
void shop_prepare(const char *process)
{
	sigset_t set = stop_signals();
	const dctx_key *refused;
	dctx_status status = dctx_registry_check(&refused, NULL);

	if (status != DCTX_OK) {
		fprintf(stderr, "%s: key %s: %s\n", process, refused->name,
			dctx_strerror(status));
		exit(EXIT_FAILURE);
	}
	if (!shop_crossing_open()) {
		fprintf(stderr, "%s: SHOP_PROPAGATORS: no such format\n",
			process);
		exit(EXIT_FAILURE);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	status = shop_spans_open(process);
	if (status != DCTX_OK) {
		fprintf(stderr, "%s: spans: %s\n", process,
			dctx_strerror(status));
		exit(EXIT_FAILURE);
	}
	shop_log_open(process);
}

int shop_run(const struct shop_service *service, const char *port)
{
	sigset_t set = stop_signals();
	unsigned long number = strtoul(port, NULL, 10);
	struct shop_server *server = NULL;
	int told;

	if (number <= UINT16_MAX)
		server = shop_server_start(service, (uint16_t)number);
	if (server == NULL) {
		fprintf(stderr, "%s: cannot listen on 127.0.0.1:%s\n",
			service->name, port);
		return EXIT_FAILURE;
	}
	printf("listening 127.0.0.1:%u\n", shop_server_port(server));
	fflush(stdout);
	sigwait(&set, &told);
	shop_server_stop(server);
	return EXIT_SUCCESS;
}
