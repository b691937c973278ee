/* SPDX-License-Identifier: MIT */
/*
 * To another process, as bytes and as base64 text. Keys with DCTX_WIRE travel,
 * and the names of the scopes. A receiver skips keys that it does not know, so
 * that both ends may be of different age.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_STR(k_password, "password", DCTX_LOCAL); /* never leaves */

#define ROOM 512

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%s: [%s] request %s, password %s\n", where, chain,
	       dctx_get(k_request_id, "-"), dctx_get(k_password, "-"));
}

static int complain(dctx_status status)
{
	fprintf(stderr, "%s: \"%s\"\n", dctx_strerror(status),
		dctx_last_error()->what);
	return 1;
}

/* Writes what the current store sees to `out`. */
static dctx_status encode(bool as_text, char out[ROOM], size_t *len)
{
	char bytes[ROOM];
	dctx_status status = dctx_encode(as_text ? bytes : out, ROOM, len);

	if (status != DCTX_OK || !as_text)
		return status;
	return dctx_base64_encode(DCTX_BASE64, bytes, *len, out, ROOM, len);
}

static int send_order(int fd, bool as_text)
{
	char message[ROOM];
	dctx_status status;
	size_t len;

	DCTX_FN;
	dctx_set(k_request_id, "r-1");
	dctx_set(k_password, "s3cret");
	status = encode(as_text, message, &len);
	if (status != DCTX_OK)
		return complain(status);
	show("sender");
	printf("sends %zu %s\n", len, as_text ? "characters" : "bytes");
	fflush(stdout); /* before the receiver prints */
	return write(fd, message, len) == (ssize_t)len ? 0 : 1;
}

/* So short a message goes through a pipe in one piece. */
static int receive_order(int fd, bool as_text)
{
	char message[ROOM];
	ssize_t got = read(fd, message, sizeof(message));
	size_t len = got > 0 ? (size_t)got : 0;
	dctx_status status = DCTX_OK;
	dctx_guard guard;

	if (as_text)
		status = dctx_base64_decode(DCTX_BASE64, message, len, message,
					    sizeof(message), &len);
	if (status == DCTX_OK)
		status = dctx_decode_here(message, len, &guard);
	if (status != DCTX_OK)
		return complain(status);
	show("receiver");
	dctx_leave(guard);
	show("receiver, after");
	return 0;
}

/* Forks before there is any context: the receiver has only what it is sent. */
static int deliver(bool as_text)
{
	int ends[2], sent, received;
	pid_t pid;

	fflush(stdout);
	if (pipe(ends) != 0 || (pid = fork()) == -1)
		return 1;
	if (pid == 0) {
		close(ends[1]);
		exit(receive_order(ends[0], as_text));
	}
	close(ends[0]);
	sent = send_order(ends[1], as_text);
	close(ends[1]);
	return waitpid(pid, &received, 0) != pid || sent != 0 || received != 0;
}

int main(void)
{
	return deliver(false) || deliver(true);
}
