/* SPDX-License-Identifier: MIT */
/*
 * The web example of ContextTracking.jl: a server that gives each request an
 * id, which every line about it has, though no function below hands it along.
 * Four users order at once, each served by a thread, and none goes on before
 * all are in the middle of it; so their lines are mixed, and told apart by id.
 *
 * There the id is memoized outside of @ctx: it stays in the connection's task,
 * and the next request on that connection has it until it gets its own. Here it
 * belongs to the handler's scope.
 */
#include <dctx/dctx.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define USERS 4
#define LINES 64
#define ID_SIZE 37
#define HEADER "X-Correlation-Id"

DCTX_KEY_STR(k_correlation_id, "correlation_id", DCTX_LOG);

static char lines[LINES][160];
static int n_lines;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all_ordering;

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

/* The program's logger: the fields of the context, where we are, and the text.
 */
static void say(const char *text, int n)
{
	char where[80];

	dctx_chain_text(" > ", where, sizeof(where));
	pthread_mutex_lock(&lock);
	if (n_lines < LINES)
		snprintf(lines[n_lines++], sizeof(*lines),
			 DCTX_LOGGED("%s: %s %d"), where, text, n);
	pthread_mutex_unlock(&lock);
}

static void check_inventory(int books)
{
	DCTX_FN;
	pthread_barrier_wait(&all_ordering);
	say("there are more books than", books);
}

static void save_order(int books)
{
	DCTX_FN;
	say("books are saved:", books);
}

static void notify_customer(int books)
{
	DCTX_FN;
	say("books are on their way:", books);
}

static void place_order(int books)
{
	DCTX_FN;
	say("books are ordered:", books);
	check_inventory(books);
	save_order(books);
	notify_customer(books);
}

/* A UUID of random bits (RFC 9562, 5.4). */
static void new_id(char id[ID_SIZE])
{
	unsigned char b[16];

	must(getrandom(b, sizeof(b), 0) == (ssize_t)sizeof(b), "getrandom");
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(id, ID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Says the id that all of it ran under. */
static enum MHD_Result answer(struct MHD_Connection *connection)
{
	const char *id = dctx_get(k_correlation_id, "-");
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(id), (void *)(uintptr_t)id, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result handle_request(struct MHD_Connection *connection,
				      const char *path)
{
	const char *given = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, HEADER);
	char id[ID_SIZE];
	int books;

	DCTX_FN;
	new_id(id);
	dctx_set(k_correlation_id, given != NULL ? given : id);
	if (sscanf(path, "/order/%d", &books) == 1)
		place_order(books);
	return answer(connection);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **slot)
{
	(void)user, (void)method, (void)version, (void)upload;
	if (*slot == NULL) { /* the headers are there */
		*slot = connection;
		return MHD_YES;
	}
	*upload_size = 0;
	return handle_request(connection, path);
}

static struct MHD_Daemon *serve(struct sockaddr_in *here)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
		NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, here,
		MHD_OPTION_END);
	const union MHD_DaemonInfo *port;

	must(daemon != NULL, "MHD_start_daemon");
	port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	must(port != NULL, "MHD_get_daemon_info");
	here->sin_port = htons(port->port);
	return daemon;
}

static void ask(int fd, const char *path, const char *id)
{
	char text[200];
	int n = snprintf(text, sizeof(text),
			 "GET %s HTTP/1.1\r\nHost: shop\r\n%s%s%s\r\n", path,
			 id != NULL ? HEADER ": " : "", id != NULL ? id : "",
			 id != NULL ? "\r\n" : "");

	must(write(fd, text, (size_t)n) == n, "write");
}

/* Gives the answer's body. */
static const char *hear(int fd)
{
	static char text[1000];
	size_t len = 0, size = 0;
	const char *body = NULL, *length;

	while (body == NULL || strlen(body) < size) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		must(n > 0, "read");
		len += (size_t)n;
		text[len] = '\0';
		length = strstr(text, "Content-Length: ");
		body = strstr(text, "\r\n\r\n");
		if (body == NULL || length == NULL)
			continue;
		body += 4;
		size = (size_t)atoi(length + 16);
	}
	return body;
}

static int connect_to(const struct sockaddr_in *here)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && connect(fd, (const void *)here, sizeof(*here)) == 0,
	     "connect");
	return fd;
}

/* The lines of one id, in order. */
static void show(const char *id)
{
	char prefix[64];
	int i, n;

	n = snprintf(prefix, sizeof(prefix), "correlation_id=%s ", id);
	for (i = 0; i < n_lines; i++)
		if (strncmp(lines[i], prefix, (size_t)n) == 0)
			printf("  %s\n", lines[i]);
}

int main(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_Daemon *daemon;
	char id[16], path[16];
	int users[USERS], i;
	bool all_there = true, is_new;

	must(pthread_barrier_init(&all_ordering, NULL, USERS) == 0, "barrier");
	daemon = serve(&here);
	for (i = 0; i < USERS; i++) {
		snprintf(id, sizeof(id), "user-%d", i + 1);
		snprintf(path, sizeof(path), "/order/%d", 10 * (i + 1));
		users[i] = connect_to(&here);
		ask(users[i], path, id);
	}
	for (i = 0; i < USERS; i++) {
		snprintf(id, sizeof(id), "user-%d", i + 1);
		if (strcmp(hear(users[i]), id) != 0)
			all_there = false;
	}
	ask(users[0], "/", NULL);
	is_new = strlen(hear(users[0])) == ID_SIZE - 1;
	for (i = 0; i < USERS; i++)
		close(users[i]);
	MHD_stop_daemon(daemon);
	pthread_barrier_destroy(&all_ordering);

	printf("%d users at once, %d lines, each answered by its id: %s\n",
	       USERS, n_lines, all_there ? "yes" : "no");
	show("user-1");
	show("user-4");
	printf("the next request on the first connection has a new id: %s\n",
	       is_new ? "yes" : "no");
	return 0;
}
