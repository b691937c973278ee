/* SPDX-License-Identifier: MIT */
/* main.c - relay PORT: start, serve, stop when told. */
#include "relay.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocked before the first thread, so that none of them is interrupted. */
static sigset_t block_stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return set;
}

static bool read_port(const char *text, uint16_t *out)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = strtoul(text, NULL, 10);

	if (digits == 0 || digits > 5 || text[digits] != '\0' ||
	    number > UINT16_MAX)
		return false;
	*out = (uint16_t)number;
	return true;
}

static int run(uint16_t port, const sigset_t *stop_signals)
{
	struct relay_server *server = NULL;
	dctx_source *stop = NULL;
	int told;

	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop) == DCTX_OK)
		server = relay_server_start(port, stop);
	if (server == NULL) {
		fprintf(stderr, "relay: cannot listen on 127.0.0.1:%u\n", port);
		dctx_source_unref(stop);
		return EXIT_FAILURE;
	}
	printf("listening 127.0.0.1:%u\n", relay_server_port(server));
	fflush(stdout);
	sigwait(stop_signals, &told);
	dctx_cancel(stop, "the relay stops"); /* calls that wait end */
	relay_server_stop(server);
	dctx_source_unref(stop);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	sigset_t stop_signals = block_stop_signals();
	uint16_t port;
	int result;

	if (argc != 2 || !read_port(argv[1], &port)) {
		fprintf(stderr, "usage: relay PORT\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	result = run(port, &stop_signals);
	curl_global_cleanup();
	return result;
}
