/* SPDX-License-Identifier: MIT */
/*
 * stand_in.h - a stand-in for a collector, for the tests of this folder: a
 * server on a thread of its own, a thread a connection, that keeps what it was
 * sent and answers, or does not, as it is told. Needs _GNU_SOURCE.
 */
#ifndef DCTXT_OTLP_STAND_IN_H
#define DCTXT_OTLP_STAND_IN_H

#include "kit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum behaviour {
	ANSWERS,      /* with what it was told to */
	SAYS_NOTHING, /* and keeps the connection */
	HANGS_UP,     /* once a request is there */
	HANGS_UP_AT_ONCE,
	FLOODS_BODY, /* for as long as it is taken */
	FLOODS_HEAD,
	DRIPS, /* a byte a tenth of a second, of an answer */
};

#define STAND_IN_CALLS 32

struct asked {
	int call; /* which connection, from 0 */
	char head[4096];
	unsigned char *body;
	size_t len;
};

struct stand_in {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum behaviour how;
	const char *answer; /* all of it */
	size_t answer_len;
	struct asked asked[STAND_IN_CALLS];
	int n;		  /* requests */
	int ended;	  /* connections */
	uint64_t flooded; /* bytes that were taken of a flood */
	/* The server's own. */
	int listener, port, calls;
	bool stop;
	pthread_t server;
	struct call {
		struct stand_in *stand_in;
		int fd, number;
		char *answer; /* here: a fork's child still reaches it */
		pthread_t thread;
	} call[STAND_IN_CALLS];
};

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static inline bool stopped(struct stand_in *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static inline bool give(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Reads until the blank line. Returns the head's length, or 0. */
static inline size_t take_head(int fd, char *head, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && recv(fd, head + n, 1, 0) == 1) {
		head[++n] = '\0';
		if (n >= 4 && strcmp(head + n - 4, "\r\n\r\n") == 0)
			return n;
	}
	return 0;
}

static inline bool take_request(int fd, struct asked *asked)
{
	const char *length;

	if (take_head(fd, asked->head, sizeof asked->head) == 0)
		return false;
	length = strcasestr(asked->head, "\r\ncontent-length:");
	if (!DCTXT_EXPECT(length != NULL))
		return false;
	asked->len = (size_t)atoi(length + strlen("\r\ncontent-length:"));
	asked->body = malloc(asked->len + 1);
	return asked->len == 0 || recv(fd, asked->body, asked->len,
				       MSG_WAITALL) == (ssize_t)asked->len;
}

static inline void flood(struct call *call, bool head)
{
	static const char line[] = "x-flood: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	struct stand_in *s = call->stand_in;

	(void)give(call->fd, "HTTP/1.1 200 OK\r\n", 17);
	if (!head)
		(void)give(call->fd, "\r\n", 2);
	while (!stopped(s) && give(call->fd, line, sizeof line - 1)) {
		pthread_mutex_lock(&s->lock);
		s->flooded += sizeof line - 1;
		pthread_mutex_unlock(&s->lock);
	}
}

/* Returns whether the connection goes on. */
static inline bool respond(struct call *call, enum behaviour how,
			   const char *answer, size_t len)
{
	struct stand_in *s = call->stand_in;
	char byte;

	switch (how) {
	case ANSWERS:
		return give(call->fd, answer, len) &&
		       strstr(answer, "Connection: close") == NULL;
	case SAYS_NOTHING:
		return recv(call->fd, &byte, 1, 0) == 1; /* until it goes */
	case FLOODS_BODY:
	case FLOODS_HEAD:
		flood(call, how == FLOODS_HEAD);
		return false;
	case DRIPS:
		for (size_t i = 0; !stopped(s) && i < len; i++) {
			if (!give(call->fd, answer + i, 1))
				break;
			usleep(100000);
		}
		return false;
	default:
		return false;
	}
}

static inline void *answer_call(void *arg)
{
	struct call *call = arg;
	struct stand_in *s = call->stand_in;
	bool goes_on = true;

	while (goes_on) {
		struct asked asked = {.call = call->number};
		enum behaviour how;
		size_t len;

		if (!take_request(call->fd, &asked)) {
			free(asked.body);
			break;
		}
		pthread_mutex_lock(&s->lock);
		if (DCTXT_EXPECT(s->n < STAND_IN_CALLS))
			s->asked[s->n++] = asked;
		how = s->how;
		len = s->answer_len;
		call->answer = calloc(1, len + 1);
		memcpy(call->answer, s->answer, len);
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->lock);
		goes_on = respond(call, how, call->answer, len);
		free(call->answer);
		call->answer = NULL;
	}
	shutdown(call->fd, SHUT_RDWR);
	pthread_mutex_lock(&s->lock);
	s->ended++;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static inline void *serve_calls(void *arg)
{
	struct stand_in *s = arg;
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct call *call = &s->call[s->calls];

		if (!DCTXT_EXPECT(s->calls < STAND_IN_CALLS))
			break;
		pthread_mutex_lock(&s->lock);
		*call = (struct call){
			.stand_in = s, .fd = fd, .number = s->calls++};
		if (s->how == HANGS_UP_AT_ONCE)
			shutdown(fd, SHUT_RDWR);
		pthread_mutex_unlock(&s->lock);
		DCTXT_EXPECT(pthread_create(&call->thread, NULL, answer_call,
					    call) == 0);
	}
	return NULL;
}

/* A port where nobody listens, until the stand-in does. */
static inline void stand_in_bind(struct stand_in *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;

	*s = (struct stand_in){.how = ANSWERS,
			       .answer = OK_ANSWER,
			       .answer_len = strlen(OK_ANSWER)};
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&at, size), 0);
	assert_int_equal(
		getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
	s->port = ntohs(at.sin_port);
}

static inline void stand_in_listen(struct stand_in *s)
{
	assert_int_equal(listen(s->listener, 16), 0);
	assert_int_equal(pthread_create(&s->server, NULL, serve_calls, s), 0);
}

static inline void stand_in_begin(struct stand_in *s)
{
	stand_in_bind(s);
	stand_in_listen(s);
}

static inline void stand_in_is(struct stand_in *s, enum behaviour how)
{
	pthread_mutex_lock(&s->lock);
	s->how = how;
	pthread_mutex_unlock(&s->lock);
}

static inline void stand_in_answers_bytes(struct stand_in *s,
					  const char *answer, size_t len)
{
	pthread_mutex_lock(&s->lock);
	s->how = ANSWERS;
	s->answer = answer;
	s->answer_len = len;
	pthread_mutex_unlock(&s->lock);
}

static inline void stand_in_answers(struct stand_in *s, const char *answer)
{
	stand_in_answers_bytes(s, answer, strlen(answer));
}

/* Lets everybody go who is still there. */
static inline void stand_in_hang_up(struct stand_in *s)
{
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->calls; i++)
		shutdown(s->call[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

/* Waits until so many requests came. Returns the last of them. */
static inline struct asked *stand_in_await(struct stand_in *s, int n)
{
	pthread_mutex_lock(&s->lock);
	while (s->n < n)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return &s->asked[n - 1];
}

static inline void stand_in_await_ended(struct stand_in *s, int n)
{
	pthread_mutex_lock(&s->lock);
	while (s->ended < n)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static inline int stand_in_ended(struct stand_in *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->ended;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline int stand_in_count(struct stand_in *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* After it nobody is there. */
static inline void stand_in_end(struct stand_in *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	shutdown(s->listener, SHUT_RDWR);
	assert_int_equal(pthread_join(s->server, NULL), 0);
	close(s->listener);
	for (int i = 0; i < s->calls; i++) {
		shutdown(s->call[i].fd, SHUT_RDWR);
		assert_int_equal(pthread_join(s->call[i].thread, NULL), 0);
		close(s->call[i].fd);
	}
	for (int i = 0; i < s->n; i++)
		free(s->asked[i].body);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->changed);
}

/* What `name` was sent with, in a buffer of its own; NULL: not at all. */
static inline const char *header(const struct asked *asked, const char *name)
{
	static char value[1024];
	char wanted[256];
	const char *at;

	(void)snprintf(wanted, sizeof wanted, "\r\n%s:", name);
	at = strcasestr(asked->head, wanted);
	if (at == NULL)
		return NULL;
	at += strlen(wanted);
	at += strspn(at, " ");
	(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

/* Nothing around a test decides where it sends to. */
static inline void alone_in_the_environment(void)
{
	extern char **environ;
	char name[256];

	for (char **at = environ; *at != NULL;) {
		(void)snprintf(name, sizeof name, "%.*s",
			       (int)strcspn(*at, "="), *at);
		if (strncmp(name, "OTEL_", 5) == 0 ||
		    strcasestr(name, "_proxy") != NULL) {
			(void)unsetenv(name);
			at = environ;
		} else {
			at++;
		}
	}
}

#endif
