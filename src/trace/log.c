/* SPDX-License-Identifier: MIT */
/* The fields of lines, for whoever asks. */
#include "data/fail.h"
#include "flow/here.h"
#include "trace/log.h"

#include <errno.h>
#include <string.h>

#define CUT "..."

/* Past what is kept: into a buffer too small for it, without memory, or in a
 * format. */
static __attribute__((noinline)) size_t
text_anew(const struct dctx_store *store, dctx_log_style style, char *buf,
	  size_t size)
{
	struct dctxi_lines *lines = dctxi_lines();
	struct dctxi_untold untold;
	struct dctxi_line line;
	int saved = errno;
	size_t len;

	dctxi_line_open(&line, style, false, buf, size);
	len = dctxi_line_fields(&line, store,
				lines != NULL ? &lines->asking : NULL, &untold);
	dctxi_untold_tell(&untold);
	errno = saved;
	return len;
}

size_t dctx_store_log_text(const dctx_store *store, dctx_log_style style,
			   char *buf, size_t size)
{
	struct dctxi_local *local = dctxi_local_now;
	struct dctxi_lines *lines = local != NULL ? local->lines : NULL;
	struct dctxi_fields text;

	if (store == NULL || store == &dctxi_cold) {
		if (size > 0)
			buf[0] = '\0';
		return 0;
	}
	if (lines == NULL)
		lines = dctxi_lines();
	if (lines == NULL || dctxi_in_format(lines))
		return text_anew(store, style, buf, size);
	text = dctxi_lines_get(lines, store, dctxi_form(style, false));
	if (text.len >= size && size > 0)
		return text_anew(store, style, buf, size);
	if (size > 0)
		memcpy(buf, text.at, text.len + 1);
	return text.len;
}

struct dctxi_fields dctxi_log_text_here(dctx_log_style style, bool before)
{
	const struct dctx_store *store = dctx_abi1_current;
	struct dctxi_lines *lines;

	if (store == &dctxi_cold)
		return (struct dctxi_fields){"", 0};
	lines = dctxi_lines();
	if (lines == NULL || dctxi_in_format(lines)) {
		dctxi_event(DCTX_EV_UNTOLD,
			    lines == NULL ? DCTX_NOMEM : DCTX_BUSY, "log");
		return (struct dctxi_fields){"", 0};
	}
	return dctxi_lines_get(lines, store, dctxi_form(style, before));
}

const char *dctx_log_here(dctx_log_style style)
{
	return dctxi_log_text_here(style, false).at;
}

const char *dctx_log_before(dctx_log_style style)
{
	return dctxi_log_text_here(style, true).at;
}

/* What a format made of a value, in the buffer, which has room for the end of
 * what is cut. An object says what its type's did. */
static dctx_bytes made_by_format(const struct dctxi_said *said, char *buf)
{
	dctx_bytes text = said->text;

	if (!said->is_format && said->value.kind != DCTX_KIND_TYPE)
		return (dctx_bytes){NULL, 0};
	if (said->is_cut) {
		memcpy(buf + text.len, CUT, sizeof CUT - 1);
		text.len += sizeof CUT - 1;
	}
	return text;
}

void dctx_store_log_fields(const dctx_store *store,
			   bool (*told)(void *user, const char *name,
					const dctx_any *value, dctx_bytes text),
			   void *user)
{
	struct dctxi_lines *lines = dctxi_lines();
	struct dctxi_untold untold = {0, 0, NULL};
	struct dctxi_told_walk walk;
	const struct dctxi_told *field;
	struct dctxi_said said;
	char buf[DCTXI_TOLD_ROOM + sizeof CUT];
	bool more = store != NULL && told != NULL;

	if (more)
		dctxi_told_begin(&walk, store);
	while (more && (field = dctxi_told_next(&walk)) != NULL) {
		bool any = dctxi_told_say(store, field,
					  lines != NULL ? &lines->asking : NULL,
					  buf, &said);

		dctxi_untold_add(&untold, store, field, &said, any);
		if (any)
			more = told(user, field->name, &said.value,
				    made_by_format(&said, buf));
	}
	dctxi_untold_tell(&untold);
}

/* What this takes of the stack is most of it one line's walk and one value:
 * little enough for a signal stack of SIGSTKSZ. */
size_t dctx_log_signal(char *buf, size_t size)
{
	struct dctxi_untold untold;
	struct dctxi_line line;

	if (buf == NULL)
		size = 0;
	dctxi_line_open(&line, DCTX_LOG_LOGFMT, false, buf, size);
	line.in_signal = true;
	return dctxi_line_fields(&line, dctx_abi1_current, NULL, &untold);
}

bool dctx_log_field(const char *name, char *buf, dctx_any *out)
{
	const struct dctx_store *store = dctx_abi1_current;
	struct dctxi_told told;
	struct dctxi_said said;

	if (name == NULL || buf == NULL || out == NULL ||
	    !dctxi_told_find(store, name, &told) ||
	    !dctxi_told_say(store, &told, NULL, buf, &said))
		return false;
	*out = said.value;
	if (said.is_text)
		*out = (dctx_any){.kind = DCTX_KIND_STR, .as.bytes = said.text};
	return true;
}
