/* SPDX-License-Identifier: MIT */
#include "post.h"

#include <curl/curl.h>
#include <dctx/diag.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TYPE "application/x-protobuf"

static atomic_bool stopped;
static atomic_int under_way;

#define SOCKETS 8

/* What libcurl has of a collector: a handle with its connection. */
struct line {
	struct line *next; /* of those that a fork lost */
	CURL *easy;
	struct curl_slist *headers;
	atomic_int sockets[SOCKETS]; /* a descriptor plus 1, or 0 */
	char error[CURL_ERROR_SIZE];
};

/* The parents', in the order of forks. Nobody looks at it, but for who looks
 * for leaks. */
static struct line *lost;

/* Not for programs that are executed, and known to a fork's child. */
static curl_socket_t socket_open(void *arg, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct line *line = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
			address->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	for (int i = 0; i < SOCKETS; i++) {
		if (atomic_load(&line->sockets[i]) == 0) {
			atomic_store(&line->sockets[i], fd + 1);
			return fd;
		}
	}
	(void)close(fd);
	return CURL_SOCKET_BAD;
}

static int socket_close(void *arg, curl_socket_t fd)
{
	struct line *line = arg;

	for (int i = 0; i < SOCKETS; i++)
		if (atomic_load(&line->sockets[i]) == fd + 1)
			atomic_store(&line->sockets[i], 0);
	return close(fd);
}

/* What does not fit ends the transfer; the answer's code has come by then. */
static size_t body_take(char *data, size_t one, size_t len, void *arg)
{
	struct answer *answer = arg;

	len *= one;
	if (len > sizeof(answer->body) - answer->len)
		return 0;
	memcpy(answer->body + answer->len, data, len);
	answer->len += len;
	return len;
}

/* Heads of answers like 100 and trailers are counted, too. */
static size_t head_take(char *data, size_t one, size_t len, void *arg)
{
	struct answer *answer = arg;

	(void)data;
	len *= one;
	answer->head += len;
	return answer->head <= ANSWER_MOST ? len : 0;
}

static bool header_add(struct line *line, const char *text)
{
	struct curl_slist *list = curl_slist_append(line->headers, text);

	if (list == NULL)
		return false;
	line->headers = list;
	return true;
}

/* A header without a value is written with a semicolon, to libcurl. */
static bool header_make(struct line *line, const struct pair *pair)
{
	struct arena arena = {.chunks = NULL};
	const size_t size = strlen(pair->name) + strlen(pair->value) + 3;
	char *text = dctxi_otlp_take(&arena, size);
	bool good = text != NULL;

	if (good) {
		(void)snprintf(text, size, "%s%s%s", pair->name,
			       pair->value[0] != '\0' ? ": " : ";",
			       pair->value);
		good = header_add(line, text);
	}
	dctxi_otlp_give_back(&arena);
	return good;
}

static bool headers_make(struct line *line, const struct config *config)
{
	bool good = header_add(line, "Content-Type: " TYPE) &&
		    header_add(line, "Accept: " TYPE) &&
		    header_add(line, "Expect:"); /* or it waits a second */

	if (config->gzip)
		good = good && header_add(line, "Content-Encoding: gzip");
	for (const struct pair *at = config->headers; at != NULL && good;
	     at = at->next)
		good = header_make(line, at);
	return good;
}

/* libcurl asks once a second, at least. */
static int is_over(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
		   curl_off_t d)
{
	(void)arg, (void)a, (void)b, (void)c, (void)d;
	return atomic_load(&stopped);
}

/* Each option that is wrong, or has no memory, is one that fails. */
#define SET(option, value)                                                     \
	(good = good && curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static bool transport_set(CURL *easy, struct line *line)
{
	bool good = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_MAXCONNECTS, 1L);
	SET(CURLOPT_ERRORBUFFER, line->error);
	SET(CURLOPT_OPENSOCKETFUNCTION, socket_open);
	SET(CURLOPT_OPENSOCKETDATA, line);
	SET(CURLOPT_CLOSESOCKETFUNCTION, socket_close);
	SET(CURLOPT_CLOSESOCKETDATA, line);
	SET(CURLOPT_WRITEFUNCTION, body_take);
	SET(CURLOPT_HEADERFUNCTION, head_take);
	SET(CURLOPT_XFERINFOFUNCTION, is_over);
	SET(CURLOPT_NOPROGRESS, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* It does not wait for a name that is being looked up. */
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	return good;
}

/* Who is named is believed, and not also whom the system knows. A pass phrase
 * is the empty one: without any OpenSSL asks at the terminal. */
static bool identity_set(CURL *easy, const struct config *config)
{
	bool good = true;

	if (config->ca_file != NULL) {
		SET(CURLOPT_CAINFO, config->ca_file);
		/* Not every TLS library has such a directory. */
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (config->client_certificate != NULL)
		SET(CURLOPT_SSLCERT, config->client_certificate);
	if (config->client_key != NULL)
		SET(CURLOPT_SSLKEY, config->client_key);
	SET(CURLOPT_KEYPASSWD, "");
	return good;
}

static bool request_set(CURL *easy, struct line *line,
			const struct config *config)
{
	bool good = true;

	SET(CURLOPT_URL, config->url);
	SET(CURLOPT_USERAGENT, "dctx-otlp/" DCTX_VERSION_TEXT);
	SET(CURLOPT_HTTPHEADER, line->headers);
	SET(CURLOPT_POST, 1L);
	return good;
}

static bool message_set(CURL *easy, struct answer *answer,
			ProtobufCBinaryData message, long ms)
{
	bool good = true;

	SET(CURLOPT_WRITEDATA, answer);
	SET(CURLOPT_HEADERDATA, answer);
	SET(CURLOPT_POSTFIELDS, message.data);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message.len);
	SET(CURLOPT_TIMEOUT_MS, ms);
	return good;
}

/* libcurl's functions are fine with NULL. */
static void line_free(struct line *line)
{
	curl_easy_cleanup(line->easy);
	curl_slist_free_all(line->headers);
	free(line);
}

static struct line *line_make(const struct config *config)
{
	struct line *line = calloc(1, sizeof *line);

	if (line == NULL)
		return NULL;
	line->easy = curl_easy_init();
	if (line->easy != NULL && headers_make(line, config) &&
	    transport_set(line->easy, line) &&
	    request_set(line->easy, line, config) &&
	    identity_set(line->easy, config))
		return line;
	line_free(line);
	return NULL;
}

/* A TLS library writes to sockets as to files: one that was closed raises
 * SIGPIPE, which libcurl leaves alone when it is to raise none. */
static CURLcode perform(CURL *easy)
{
	static const struct timespec now;
	sigset_t pipe, before, waiting;
	CURLcode result;
	bool waited;

	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigpending(&waiting);
	waited = sigismember(&waiting, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
	result = curl_easy_perform(easy);
	if (!waited)
		(void)sigtimedwait(&pipe, NULL, &now);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static void answer_read(struct post *post, CURLcode result)
{
	struct answer *answer = &post->answer;
	CURL *easy = post->line->easy;
	const char *type = NULL;
	curl_off_t seconds = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->code);
	(void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	if (answer->code < 200) /* it was to be continued */
		answer->code = 0;
	if (seconds > 0)
		answer->retry_after = seconds < INT64_MAX / DCTX_S
					      ? seconds * DCTX_S
					      : INT64_MAX;
	answer->whole = result == CURLE_OK;
	answer->protobuf =
		type != NULL && strncasecmp(type, TYPE, strlen(TYPE)) == 0;
	if (result != CURLE_OK)
		answer->why = post->line->error[0] != '\0'
				      ? post->line->error
				      : curl_easy_strerror(result);
}

static void answer_clear(struct answer *answer)
{
	answer->code = 0;
	answer->retry_after = 0;
	answer->whole = answer->protobuf = false;
	answer->head = answer->len = 0;
	answer->why = NULL;
}

static dctx_status exchange(struct post *post, const struct config *config,
			    ProtobufCBinaryData message, long ms)
{
	if (post->line == NULL)
		post->line = line_make(config);
	if (post->line == NULL ||
	    !message_set(post->line->easy, &post->answer, message, ms))
		return DCTX_NOMEM;
	post->line->error[0] = '\0';
	answer_read(post, perform(post->line->easy));
	return DCTX_OK;
}

dctx_status dctxi_otlp_post(struct post *post, const struct config *config,
			    ProtobufCBinaryData message, int64_t until)
{
	int64_t left = until - dctx_now();
	int64_t ms = config->timeout / DCTX_MS +
		     (config->timeout % DCTX_MS != 0);
	dctx_status status = DCTX_CANCELED;

	answer_clear(&post->answer);
	if (until != DCTX_NO_DEADLINE && left / DCTX_MS < ms)
		ms = left / DCTX_MS;
	if (ms <= 0)
		return DCTX_DEADLINE_EXCEEDED;
	/* Who stops sets the one and then reads the other. */
	atomic_fetch_add(&under_way, 1);
	if (!atomic_load(&stopped))
		status = exchange(post, config, message, (long)ms);
	atomic_fetch_sub(&under_way, 1);
	return status;
}

void dctxi_otlp_posts_stop(void)
{
	static const struct timespec tick = {0, 1000000};

	atomic_store(&stopped, true);
	for (int i = 0; i < 2000 && atomic_load(&under_way) > 0; i++)
		(void)nanosleep(&tick, NULL);
}

void dctxi_otlp_posts_forget(void)
{
	atomic_store(&under_way, 0);
}

void dctxi_otlp_post_end(struct post *post)
{
	if (post->line != NULL)
		line_free(post->line);
	post->line = NULL;
}

void dctxi_otlp_post_lose(struct post *post)
{
	struct line *line = post->line;

	if (line == NULL)
		return;
	for (int i = 0; i < SOCKETS; i++) {
		const int fd = atomic_exchange(&line->sockets[i], 0) - 1;

		if (fd >= 0)
			(void)close(fd);
	}
	line->next = lost;
	lost = line;
	post->line = NULL;
}
