/* SPDX-License-Identifier: MIT */
/*
 * One message, two kinds of receiver. One decodes it to a snapshot, from which
 * it starts a task: nothing of its thread's own context is touched. The other
 * decodes it into a scope of its thread. The message comes as bytes or, where a
 * carrier takes text only, as base64.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM 512

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE | DCTX_LOG);

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%s: [%s] request %s, tenant %d\n", where, chain,
	       dctx_get(k_request_id, "-"), (int)dctx_get(k_tenant, 0));
}

static bool send_request(int fd, bool as_text)
{
	char message[ROOM], text[DCTX_BASE64_SIZE(ROOM)], *out = message;
	size_t len;

	DCTX_SCOPE("sender");
	dctx_set(k_request_id, "r-1");
	dctx_set(k_tenant, 42);
	if (dctx_encode(message, sizeof(message), &len) != DCTX_OK)
		return false;
	if (as_text) {
		if (dctx_base64_encode(DCTX_BASE64_URL, message, len, text,
				       sizeof(text), &len) != DCTX_OK)
			return false;
		out = text;
	}
	printf("sends %zu %s\n", len, as_text ? "characters" : "bytes");
	fflush(stdout); /* before the receiver prints */
	return write(fd, out, len) == (ssize_t)len;
}

/* So short a message goes through a pipe in one piece. */
static bool receive(int fd, bool as_text, char message[ROOM], size_t *len)
{
	ssize_t got = read(fd, message, ROOM);

	*len = got > 0 ? (size_t)got : 0;
	if (!as_text)
		return got > 0;
	return dctx_base64_decode(DCTX_BASE64_URL, message, *len, message,
				  ROOM, len) == DCTX_OK;
}

static bool handle_step(void *state)
{
	int *at = state;

	if ((*at)++ == 0) {
		(void)dctx_enter("handle"); /* ends with the task */
		show("task");
		return true;
	}
	show("task, next step");
	return false;
}

static bool serve_as_task(const char *message, size_t len)
{
	struct runner runner = {0};
	int at = 0;
	struct runner_task task = {.step = handle_step, .state = &at};
	dctx_snapshot *snapshot;
	dctx_status status;

	if (dctx_decode(message, len, &snapshot) != DCTX_OK)
		return false;
	status = dctx_task_new(snapshot, &task.store);
	dctx_snapshot_unref(snapshot); /* the task has its own reference */
	if (status != DCTX_OK)
		return false;
	runner_add(&runner, &task);
	runner_run(&runner);
	return true;
}

static bool serve_here(const char *message, size_t len)
{
	dctx_guard guard;

	if (dctx_decode_here(message, len, &guard) != DCTX_OK)
		return false;
	{
		DCTX_SCOPE("handle");
		show("thread");
	}
	dctx_leave(guard);
	return true;
}

static bool receiver(int fd, bool as_text)
{
	char message[ROOM];
	size_t len;

	DCTX_SCOPE("receiver");
	dctx_set(k_tenant, 1); /* its own, hidden while it serves */
	if (!receive(fd, as_text, message, &len) ||
	    !serve_as_task(message, len) || !serve_here(message, len))
		return false;
	show("after");
	return true;
}

/* Forks before there is any context: the receiver has only what it is sent. */
static bool deliver(bool as_text)
{
	int ends[2], received;
	bool sent;
	pid_t pid;

	fflush(stdout);
	if (pipe(ends) != 0 || (pid = fork()) == -1)
		return false;
	if (pid == 0) {
		close(ends[1]);
		exit(receiver(ends[0], as_text) ? 0 : 1);
	}
	close(ends[0]);
	sent = send_request(ends[1], as_text);
	close(ends[1]);
	return waitpid(pid, &received, 0) == pid && sent && received == 0;
}

int main(void)
{
	return deliver(false) && deliver(true) ? 0 : 1;
}
