/* SPDX-License-Identifier: MIT */
/* dctx exec: a command under a context. */
#include "run.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* As timeout(1), env(1) and sh(1) have them. */
enum { TIMED_OUT = 124, FAILED = 125, KILLED = 128 };

struct setting {
	struct setting *next;
	const char *value;
	dctx_key key;
};

/* Keys live as long as the process. */
static struct setting *settings, **last = &settings;

struct exec {
	const char *scope;
	int64_t timeout; /* DCTX_NO_DEADLINE: none of its own */
	bool trace;
	bool json;
	struct run run;
};

static int help(void)
{
	puts("usage: dctx exec [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	     "Runs a command under the context of this environment and "
	     "more:\n\n"
	     "  --timeout TIME  end it after 250ms, 1.5s, 2m: SIGTERM to its "
	     "group\n"
	     "  --grace TIME    and SIGKILL so much later (1s)\n"
	     "  --set KEY=TEXT  a value for its context; may be given again\n"
	     "  --scope NAME    a name for the chain of scopes\n"
	     "  --trace         begin a new trace, also within another\n"
	     "  --foreground    no process group of its own\n"
	     "  --json          say on stderr how it ended\n\n"
	     "Exit codes: the command's; 128 + n when signal n killed it; "
	     "124 at the deadline;\n125 when dctx failed, 126 and 127 when "
	     "the command cannot be executed or found.");
	return TOOL_OK;
}

static bool is_text(const char *text)
{
	json_t *value = json_string(text); /* NULL for what is no UTF-8 */

	json_decref(value);
	return value != NULL;
}

static int add_setting(char *text)
{
	char *value = strchr(text, '=');
	struct setting *s;

	if (value == NULL || value == text)
		return tool_usage("--set %s: it is not KEY=TEXT", text);
	*value++ = '\0';
	if (!is_text(value))
		return tool_usage("--set %s: it is no UTF-8", text);
	s = calloc(1, sizeof *s);
	if (s == NULL) {
		tool_error("no memory");
		return FAILED;
	}
	s->value = value;
	s->key = (dctx_key){
		.kind = DCTX_KIND_STR,
		.policy = DCTX_WIRE | DCTX_ENV | DCTX_BAGGAGE | DCTX_LOG,
		.version = 1,
		.name = text,
	};
	*last = s;
	last = &s->next;
	if (dctx_key_register(&s->key) != DCTX_OK)
		return tool_usage("--set %s: this can be no key's name", text);
	return TOOL_OK;
}

static int set_time(const char *option, const char *text, int64_t *out)
{
	if (tool_duration(text, out))
		return TOOL_OK;
	return tool_usage("--%s %s: it is no time as 250ms, 1.5s or 2m", option,
			  text);
}

enum { HELP = 256, TIMEOUT, GRACE, SET, SCOPE, TRACE, FOREGROUND, JSON };

static const struct option options[] = {
	{"help", no_argument, NULL, HELP},
	{"timeout", required_argument, NULL, TIMEOUT},
	{"grace", required_argument, NULL, GRACE},
	{"set", required_argument, NULL, SET},
	{"scope", required_argument, NULL, SCOPE},
	{"trace", no_argument, NULL, TRACE},
	{"foreground", no_argument, NULL, FOREGROUND},
	{"json", no_argument, NULL, JSON},
	{NULL, 0, NULL, 0},
};

static int take(struct exec *e, int option)
{
	switch (option) {
	case TIMEOUT:
		return set_time("timeout", optarg, &e->timeout);
	case GRACE:
		e->run.grace_is_given = true;
		return set_time("grace", optarg, &e->run.grace);
	case SET:
		return add_setting(optarg);
	case SCOPE:
		e->scope = optarg;
		return TOOL_OK;
	case TRACE:
		e->trace = true;
		return TOOL_OK;
	case FOREGROUND:
		e->run.foreground = true;
		return TOOL_OK;
	case JSON:
		e->json = true;
		return TOOL_OK;
	default:
		return tool_usage("exec: that is no option, or not all of one");
	}
}

/* Puts into the context what the options say. */
static dctx_status fill(const struct exec *e)
{
	dctx_trace trace;
	dctx_status status = DCTX_OK;

	for (struct setting *s = settings; s != NULL; s = s->next)
		if (status == DCTX_OK)
			status = dctx_store_set_str(dctx_current(), &s->key,
						    s->value);
	if (status == DCTX_OK && e->timeout != DCTX_NO_DEADLINE)
		status = dctx_set_timeout(e->timeout);
	if (status == DCTX_OK && (e->trace || !dctx_trace_get(&trace))) {
		trace = dctx_trace_new(DCTX_TRACE_SAMPLED);
		status = dctx_trace_set(&trace);
	}
	return status;
}

static json_t *number(bool is_there, int value)
{
	return is_there ? json_integer(value) : json_null();
}

/* What never began has neither a number nor a status. */
static json_t *report(const struct run *r, int code)
{
	bool began = r->pid > 0;
	json_t *trace_id = json_null();
	dctx_trace trace;

	if (dctx_trace_get(&trace))
		trace_id = tool_json_hex(
			(dctx_bytes){trace.trace_id, DCTX_TRACE_ID});
	return json_pack(
		"{sosbsososiso}", "trace_id", trace_id, "timed_out",
		code == TIMED_OUT && (r->timed_out || !began), "pid",
		number(began, r->pid), "signal", number(r->killed, r->status),
		"code", code, "status",
		number(began, r->killed ? KILLED + r->status : r->status));
}

/* Returns: TOOL_OK when the command may begin. */
static int prepare(struct exec *e)
{
	dctx_status status = fill(e);

	if (status == DCTX_OK)
		status = dctx_environ_here(NULL, NULL, &e->run.env);
	if (status != DCTX_OK) {
		tool_error("the context: %s", dctx_strerror(status));
		return FAILED;
	}
	e->run.deadline = dctx_deadline();
	/* A cancel that travelled may be a deadline's that did not. */
	switch (dctx_done()) {
	case DCTX_OK:
		return TOOL_OK;
	case DCTX_DEADLINE_EXCEEDED:
		tool_error("the deadline has passed before");
		return TIMED_OUT;
	default:
		tool_error("the context was canceled before");
		return FAILED;
	}
}

static int run_here(struct exec *e)
{
	struct run *r = &e->run;
	int code = prepare(e);

	if (code == TOOL_OK && !run(r)) {
		tool_error("%s", strerror(errno));
		code = FAILED;
		r->pid = 0;
	} else if (code == TOOL_OK) {
		code = r->killed ? KILLED + r->status : r->status;
		if (r->timed_out)
			code = TIMED_OUT;
	}
	if (e->json)
		tool_json(report(r, code), stderr);
	return code;
}

static int run_under(struct exec *e)
{
	DCTX_ATTACH(dctx_environ());
	dctx_guard guard = dctx_enter(e->scope);
	int code = run_here(e);

	dctx_leave(guard);
	free(e->run.env);
	return code;
}

int tool_exec(int argc, char **argv)
{
	struct exec e = {.timeout = DCTX_NO_DEADLINE, .run = {.grace = DCTX_S}};
	int option, code = TOOL_OK;

	opterr = 0;
	while (code == TOOL_OK &&
	       (option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == HELP)
			return help();
		code = take(&e, option);
	}
	if (code != TOOL_OK)
		return code;
	if (optind == argc)
		return tool_usage("exec: no command is given");
	e.run.argv = argv + optind;
	return run_under(&e);
}
