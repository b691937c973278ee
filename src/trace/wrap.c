/* SPDX-License-Identifier: MIT */
/* Lines with their fields before them: for callbacks, and for who prints. */
#include "data/fail.h"
#include "data/utf8.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "trace/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *dctxi_message_room(struct dctxi_message *m, size_t len)
{
	m->block = NULL;
	if (len < sizeof m->room)
		return m->room;
	m->block = dctxi_raw_alloc(sizeof *m->block + len + 1);
	if (m->block != NULL && dctxi_hold(m->block))
		return (char *)(m->block + 1);
	dctxi_raw_free(m->block);
	m->block = NULL;
	return NULL;
}

void dctxi_message_end(struct dctxi_message *m)
{
	if (m->block == NULL)
		return;
	dctxi_let_go(m->block);
	dctxi_raw_free(m->block);
	m->block = NULL;
}

static size_t print(char *buf, size_t size, const char *format, va_list args)
{
	int n = vsnprintf(buf, size, format, args);

	return n < 0 ? 0 : (size_t)n;
}

void dctxi_message_print(struct dctxi_message *m, const char *format,
			 va_list args)
{
	int saved = errno;
	va_list again;
	size_t len;
	char *text;

	va_copy(again, args);
	m->block = NULL;
	m->room[0] = '\0';
	m->text = m->room;
	m->len = print(m->room, sizeof m->room, format, args);
	text = dctxi_message_room(m, m->len);
	/* For %m. */
	errno = saved;
	if (text == NULL) {
		m->len = dctxi_utf8_whole(m->room, sizeof m->room - 1);
		m->room[m->len] = '\0';
		dctxi_event(DCTX_EV_UNTOLD, DCTX_NOMEM, "message");
	} else if (text != m->room) {
		len = print(text, m->len + 1, format, again);
		/* Another thread may write to an argument meanwhile. */
		if (len < m->len)
			m->len = len;
		m->text = text;
	}
	va_end(again);
	errno = saved;
}

/* A message behind its fields; of what does not fit the fields go first. */
static size_t compose_text(struct dctxi_fields fields, const char *message,
			   size_t len, char *buf, size_t size)
{
	size_t total = fields.len + len, room = size > 0 ? size - 1 : 0;

	if (size == 0)
		return total;
	if (fields.len > room)
		fields.len = 0;
	room -= fields.len;
	if (len > room)
		len = dctxi_utf8_whole(message, room);
	memcpy(buf, fields.at, fields.len);
	memcpy(buf + fields.len, message, len);
	buf[fields.len + len] = '\0';
	return total;
}

/* A line of fields and a message. JSON's is an object. */
static size_t compose(dctx_log_style style, struct dctxi_fields fields,
		      const char *message, size_t len, char *buf, size_t size)
{
	struct dctx_dumper d;

	if (style != DCTX_LOG_JSON)
		return compose_text(fields, message, len, buf, size);
	dctxi_dump_open(&d, DCTX_DUMP_JSON, 0, buf, size);
	dctxi_dump_unit(&d, fields.at, fields.len);
	dctxi_dump_raw(&d, "\"message\":");
	dctxi_dump_quoted(&d, message, len);
	return dctxi_dump_close(&d);
}

void dctx_log_wrapped(void *user, int level, const char *line)
{
	const dctx_log_wrap *wrap = user;
	size_t len = line != NULL ? strlen(line) : 0, size;
	struct dctxi_fields fields;
	struct dctxi_message m;
	char *text;

	if (wrap == NULL || wrap->fn == NULL || line == NULL)
		return;
	fields = dctxi_log_text_here(wrap->style, true);
	size = compose(wrap->style, fields, line, len, NULL, 0);
	text = dctxi_message_room(&m, size);
	if (text == NULL) {
		dctxi_event(DCTX_EV_UNTOLD, DCTX_NOMEM, "line");
		wrap->fn(wrap->user, level, line);
		return;
	}
	(void)compose(wrap->style, fields, line, len, text, size + 1);
	wrap->fn(wrap->user, level, text);
	dctxi_message_end(&m);
}

size_t dctx_log_vline(dctx_log_style style, char *buf, size_t size,
		      const char *format, va_list args)
{
	struct dctxi_message m;
	size_t len;
	int saved = errno;

	dctxi_message_print(&m, format, args);
	len = compose(style, dctxi_log_text_here(style, true), m.text, m.len,
		      buf, size);
	dctxi_message_end(&m);
	errno = saved;
	return len;
}

size_t dctx_log_line(dctx_log_style style, char *buf, size_t size,
		     const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = dctx_log_vline(style, buf, size, format, args);
	va_end(args);
	return len;
}
