/* SPDX-License-Identifier: MIT */
/*
 * trace_file.c - Chrome's trace events (Google, Trace Event Format, 2016), with
 * what dctx's sink says in their args, and without: of others the complete
 * events ("X") are spans, and what they say besides is their fields.
 *
 * A member of another type than expected is as one that is not there.
 */
#include "trace_file.h"
#include "raw.h"
#include "scan.h"

#include <jansson.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct picture *picture;
	struct source *source; /* moves when one is added: not within a file */
	dctx_bytes text;       /* of the event */
	json_t *event, *args;
	dctx_bytes args_text;
	uint64_t cut_line;
};

static uint32_t put(struct reading *r, dctx_bytes text)
{
	return strings_put(&r->picture->strings, text.data, text.len);
}

static uint32_t put_string(struct reading *r, const json_t *object,
			   const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return 0;
	return put(r, (dctx_bytes){json_string_value(value),
				   json_string_length(value)});
}

/* An object or list in the args, as it came; an empty one is none. */
static uint32_t put_raw(struct reading *r, const char *name)
{
	const json_t *value = json_object_get(r->args, name);
	dctx_bytes text;

	if (json_object_size(value) + json_array_size(value) == 0 ||
	    !raw_member(r->args_text, name, &text))
		return 0;
	return put(r, text);
}

static bool get_id(const json_t *args, const char *name, void *out, size_t size)
{
	const json_t *value = json_object_get(args, name);

	return json_string_length(value) == 2 * size &&
	       unhex(json_string_value(value), 2 * size, out);
}

static bool get_time(dctx_bytes object, const char *name, int64_t *out)
{
	dctx_bytes text;

	return raw_member(object, name, &text) && raw_time(text, out);
}

static int64_t get_integer(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	/* Some write numbers of processes as texts; one of a name is 0. */
	return json_is_string(value)
		       ? strtoll(json_string_value(value), NULL, 10)
		       : json_integer_value(value);
}

static uint64_t get_count(const json_t *object, const char *name)
{
	int64_t value = get_integer(object, name);

	return value > 0 ? (uint64_t)value : 0;
}

/* What dctx says of a span. */
static void read_args(struct reading *r, struct span *span)
{
	const json_t *remote = json_object_get(r->args, "remote");

	span->has_trace =
		get_id(r->args, "trace", span->trace, sizeof span->trace);
	span->has_parent =
		get_id(r->args, "parent", span->parent, sizeof span->parent);
	span->is_remote = json_is_true(remote);
	span->task = get_count(r->args, "task");
	span->dropped = get_count(r->args, "dropped");
	if (!get_time(r->args_text, "deadline", &span->deadline))
		span->deadline = NO_TIME;
	span->level = put_string(r, r->args, "level");
	span->kind = put_string(r, r->args, "kind");
	span->cause = put_string(r, r->args, "cause");
	span->status = put_string(r, r->args, "status");
	span->status_text = put_string(r, r->args, "status_text");
	span->source = put_string(r, r->args, "file");
	span->chain = put_raw(r, "chain");
	span->fields = put_raw(r, "fields");
	span->values = put_raw(r, "values");
	span->links = put_raw(r, "links");
}

static void read_span(struct reading *r)
{
	struct span *span = picture_span(r->picture);

	if (!get_time(r->text, "ts", &span->start))
		span->start = 0;
	if (!get_time(r->text, "dur", &span->duration) || span->duration < 0)
		span->duration = 0;
	span->name = put_string(r, r->event, "name");
	span->target = put_string(r, r->event, "cat");
	span->process =
		picture_process(r->picture, get_integer(r->event, "pid"));
	span->thread = picture_thread(r->picture, span->process,
				      get_integer(r->event, "tid"));
	span->has_id = get_id(r->args, "span", span->id, sizeof span->id);
	if (span->has_id)
		read_args(r, span);
	else if (json_object_size(r->args) > 0)
		span->fields = put(r, r->args_text);
	r->source->spans++;
}

static void read_moment(struct reading *r)
{
	unsigned char id[8];
	struct moment *moment;

	if (!get_id(r->args, "span", id, sizeof id)) {
		r->source->ignored++;
		return;
	}
	moment = picture_moment(r->picture);
	memcpy(moment->id, id, sizeof id);
	if (!get_time(r->text, "ts", &moment->at))
		moment->at = 0;
	moment->process =
		picture_process(r->picture, get_integer(r->event, "pid"));
	moment->name = put_string(r, r->event, "name");
	moment->fields = put_raw(r, "fields");
	r->source->moments++;
}

static bool is_named(const json_t *event, const char *member, const char *name)
{
	const char *value = json_string_value(json_object_get(event, member));

	return value != NULL && strcmp(value, name) == 0;
}

static void read_about(struct reading *r)
{
	int64_t pid = get_integer(r->event, "pid");
	uint32_t name = put_string(r, r->args, "name"), process, thread;

	if (is_named(r->event, "name", "dctx")) {
		picture_place_process(r->picture, pid,
				      put_string(r, r->args, "host"),
				      put_string(r, r->args, "boot"));
	} else if (is_named(r->event, "name", "process_name")) {
		picture_name_process(r->picture, pid, name);
	} else if (is_named(r->event, "name", "thread_name")) {
		process = picture_process(r->picture, pid);
		thread = picture_thread(r->picture, process,
					get_integer(r->event, "tid"));
		r->picture->threads[thread].name = name;
	}
}

static void read_event(struct reading *r)
{
	r->args = json_object_get(r->event, "args");
	if (!json_is_object(r->args) ||
	    !raw_member(r->text, "args", &r->args_text))
		r->args = NULL;
	if (r->args == NULL)
		r->args_text = (dctx_bytes){"{}", 2};
	if (is_named(r->event, "ph", "X"))
		read_span(r);
	else if (is_named(r->event, "ph", "i") || is_named(r->event, "ph", "I"))
		read_moment(r);
	else if (is_named(r->event, "ph", "M"))
		read_about(r);
	else
		r->source->ignored++;
}

/* jansson refuses what is no UTF-8. It refuses integers past 64 bits, too,
 * which a double will do for. */
static json_t *parsed(dctx_bytes text)
{
	json_error_t error;
	json_t *event = json_loadb(text.data, text.len, JSON_ALLOW_NUL, &error);

	if (event == NULL &&
	    json_error_code(&error) == json_error_numeric_overflow)
		event = json_loadb(text.data, text.len,
				   JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				   &error);
	return event;
}

static void note_bad(struct source *source, uint64_t line)
{
	if (source->bad++ == 0)
		source->bad_line = line;
}

/* What is cut within the last line is known when nothing comes behind it. */
static void read_found(struct reading *r, const struct scan *scan,
		       enum scan_found found)
{
	struct source *source = r->source;

	if (source->cut) {
		source->cut = false;
		note_bad(source, r->cut_line);
	}
	if (found == SCAN_CUT) {
		source->cut = true;
		r->cut_line = scan->line;
		return;
	}
	r->event = found == SCAN_OBJECT ? parsed(r->text) : NULL;
	if (r->event == NULL) {
		note_bad(source, scan->line);
		return;
	}
	read_event(r);
	json_decref(r->event);
}

bool trace_file_read(struct picture *picture, FILE *file,
		     void (*progress)(uint64_t bytes))
{
	struct reading r = {
		.picture = picture,
		.source = &picture->sources[picture->source_count - 1],
	};
	struct scan scan = {.file = file};
	enum scan_found found;
	bool done;

	errno = 0;
	while ((found = scan_next(&scan, &r.text)) != SCAN_END) {
		if (picture_full(picture)) {
			r.source->past_limit = true;
			break;
		}
		read_found(&r, &scan, found);
		if (progress != NULL)
			progress(scan.consumed);
	}
	done = ferror(file) == 0;
	scan_free(&scan);
	return done;
}
