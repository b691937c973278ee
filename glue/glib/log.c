/* SPDX-License-Identifier: MIT */
/*
 * Theory. A line's fields are a list on the stack: its own, then those of the
 * context that have no name of these. Formats of values, which are the user's
 * code, run before anything is taken that must be given back. Nothing is shared
 * between threads; who logs in here comes out of GLib elsewhere, since that
 * gives a line within a line to a writer of its own.
 */
#include "dctx_glib_log.h"

#include "../journal_fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OWN_FIELDS 64u

static const dctx_glib_log standard = {.struct_size = DCTX_GLIB_LOG_SIZE};

/* The fields of a line, with those of the context. */
struct enriched {
	struct dctxi_journal_fields ours;
	GLogField fields[OWN_FIELDS + DCTXI_JOURNAL_FIELDS + 1];
	gsize n;
};

static bool is_named(const GLogField *fields, gsize n, const char *name)
{
	for (gsize i = 0; i < n; i++)
		if (fields[i].key != NULL && strcmp(fields[i].key, name) == 0)
			return true;
	return false;
}

static void enrich(struct enriched *line, const GLogField *fields, gsize n,
		   const char *prefix)
{
	dctxi_journal_gather(&line->ours, prefix, '\0');
	if (n > 0)
		memcpy(line->fields, fields, n * sizeof *fields);
	line->n = n;
	for (uint32_t i = 0; i < line->ours.n; i++) {
		const struct dctxi_journal_field *field = &line->ours.at[i];

		if (!is_named(fields, n, field->name))
			line->fields[line->n++] = (GLogField){
				field->name, dctxi_journal_value(field),
				(gssize)field->len};
	}
}

static bool is_default(const dctx_glib_log *log)
{
	return log->next == NULL || log->next == g_log_writer_default;
}

static GLogWriterOutput hand_on(const dctx_glib_log *log, GLogLevelFlags level,
				const GLogField *fields, gsize n)
{
	if (log->next == NULL)
		return g_log_writer_default(level, fields, n, log->user_data);
	return log->next(level, fields, n, log->user_data);
}

/* Whether the line goes nowhere. */
static bool is_hidden(const dctx_glib_log *log, GLogLevelFlags level,
		      const GLogField *fields, gsize n)
{
#if GLIB_CHECK_VERSION(2, 68, 0)
	const char *domain = NULL;

	if (!is_default(log))
		return false;
	for (gsize i = 0; i < n && domain == NULL; i++)
		if (g_strcmp0(fields[i].key, "GLIB_DOMAIN") == 0 &&
		    fields[i].length < 0)
			domain = fields[i].value;
	return g_log_writer_default_would_drop(level, domain);
#else
	(void)log, (void)level, (void)fields, (void)n;
	return false;
#endif
}

static bool is_shown(const dctx_glib_log *log)
{
	if (log->shown != DCTX_GLIB_WHERE_NEEDED)
		return log->shown == DCTX_GLIB_ALWAYS;
	if (is_default(log))
		return !g_log_writer_is_journald(fileno(stderr));
	return log->next == g_log_writer_standard_streams;
}

static GLogField *find_message(struct enriched *line)
{
	for (gsize i = 0; i < line->n; i++)
		if (g_strcmp0(line->fields[i].key, "MESSAGE") == 0)
			return &line->fields[i];
	return NULL;
}

/* Hands on a line whose message has the fields before it. */
static GLogWriterOutput hand_on_shown(const dctx_glib_log *log,
				      GLogLevelFlags level,
				      struct enriched *line)
{
	const char *before = dctx_log_before(DCTX_LOG_LOGFMT);
	GLogField *message = find_message(line);
	size_t head = strlen(before), len;
	char room[1024], *text = room;
	GLogWriterOutput output;

	if (message != NULL && message->value != NULL && head > 0) {
		len = message->length < 0 ? strlen(message->value)
					  : (size_t)message->length;
		if (head + len >= sizeof room)
			text = g_try_malloc(head + len + 1);
		if (text != NULL) {
			memcpy(text, before, head);
			memcpy(text + head, message->value, len);
			text[head + len] = '\0';
			message->value = text;
			if (message->length >= 0)
				message->length = (gssize)(head + len);
		}
	}
	output = hand_on(log, level, line->fields, line->n);
	if (text != room)
		g_free(text);
	return output;
}

/* What stays in a function that hands on a line as it is: no large frame. */
static __attribute__((noinline)) GLogWriterOutput
hand_on_enriched(const dctx_glib_log *log, GLogLevelFlags level,
		 const GLogField *fields, gsize n)
{
	const char *prefix = log->prefix;
	struct enriched line;

	if (prefix != NULL && !dctxi_journal_prefix_valid(prefix))
		prefix = NULL;
	enrich(&line, fields, n, prefix);
	if (is_shown(log))
		return hand_on_shown(log, level, &line);
	return hand_on(log, level, line.fields, line.n);
}

GLogWriterOutput dctx_glib_log_writer(GLogLevelFlags level,
				      const GLogField *fields, gsize n,
				      gpointer user)
{
	const dctx_glib_log *log = user;
	int saved = errno;
	GLogWriterOutput output;

	if (log == NULL || log->struct_size < DCTX_GLIB_LOG_SIZE)
		log = &standard;
	if (n > OWN_FIELDS || is_hidden(log, level, fields, n))
		output = hand_on(log, level, fields, n);
	else
		output = hand_on_enriched(log, level, fields, n);
	errno = saved;
	return output;
}

void dctx_glib_log_structured_array(GLogLevelFlags level,
				    const GLogField *fields, gsize n)
{
	int saved = errno;
	struct enriched line;

	if (n > OWN_FIELDS) {
		g_log_structured_array(level, fields, n);
	} else {
		enrich(&line, fields, n, NULL);
		g_log_structured_array(level, line.fields, line.n);
	}
	errno = saved;
}
