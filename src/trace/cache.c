/* SPDX-License-Identifier: MIT */
#include "trace/cache.h"

#include "data/fail.h"
#include "plat/heap.h"

#include <errno.h>
#include <string.h>

static void lines_end(struct dctxi_local *local)
{
	struct dctxi_lines *lines = local->lines;

	local->lines = NULL;
	local->unlines = NULL;
	for (unsigned i = 0; i < DCTXI_LINES; i++)
		dctxi_raw_free(lines->kept[i].memory);
	dctxi_raw_free(lines);
}

struct dctxi_lines *dctxi_lines(void)
{
	struct dctxi_local *local = dctxi_local();
	struct dctxi_lines *lines;

	if (local == NULL || local->lines != NULL)
		return local != NULL ? local->lines : NULL;
	lines = dctxi_raw_alloc(sizeof *lines);
	if (lines == NULL)
		return NULL;
	memset(lines, 0, offsetof(struct dctxi_lines, room));
	local->lines = lines;
	local->unlines = lines_end;
	return lines;
}

/* Whether a field that is not told needed a format. */
static bool was_due(const struct dctx_store *store,
		    const struct dctxi_told *told)
{
	return dctx_abi_word(store->dir, told->index / DCTXI_PAGE_SLOTS,
			     told->index % DCTXI_PAGE_SLOTS) &
	       1;
}

void dctxi_untold_add(struct dctxi_untold *untold,
		      const struct dctx_store *store,
		      const struct dctxi_told *told,
		      const struct dctxi_said *said, bool any)
{
	if (said->is_bad) {
		untold->formats++;
		untold->name = told->name;
	} else if (!any && was_due(store, told)) {
		untold->fields++;
	}
}

size_t dctxi_line_fields(struct dctxi_line *line,
			 const struct dctx_store *store,
			 struct dctxi_asking *asking,
			 struct dctxi_untold *untold)
{
	char buf[DCTXI_TOLD_ROOM];
	struct dctxi_told_walk walk;
	const struct dctxi_told *told;
	struct dctxi_said said;

	*untold = (struct dctxi_untold){0, 0, NULL};
	dctxi_told_begin(&walk, store);
	while ((told = dctxi_told_next(&walk)) != NULL) {
		bool any;

		/* Nobody is asked for what has no room. */
		if (line->full) {
			line->left++;
			continue;
		}
		any = dctxi_told_say(store, told, asking, buf, &said);
		if (any)
			dctxi_line_add(line, told->name, &said);
		dctxi_untold_add(untold, store, told, &said, any);
	}
	untold->fields += line->left;
	return dctxi_line_close(line);
}

void dctxi_untold_tell(const struct dctxi_untold *untold)
{
	if (untold->formats > 0)
		dctxi_events(DCTX_EV_BAD_FORMAT, untold->formats, DCTX_CODEC,
			     untold->name);
	if (untold->fields > 0)
		dctxi_events(DCTX_EV_UNTOLD, untold->fields, DCTX_LIMIT, "log");
}

static struct dctxi_kept *find(struct dctxi_lines *lines,
			       const struct dctxi_state *of, uintptr_t epoch,
			       unsigned form)
{
	for (unsigned i = 0; i < DCTXI_LINES; i++) {
		struct dctxi_kept *kept = &lines->kept[i];

		if (kept->holds && kept->form == form && kept->epoch == epoch &&
		    dctxi_state_same(&kept->of, of))
			return kept;
	}
	return NULL;
}

/* Memory for a line, with some to spare, so that the next fits, too. */
static bool make_room(struct dctxi_kept *kept, size_t len)
{
	size_t size = (len + 128) & ~(size_t)127;

	if (len < kept->size)
		return true;
	dctxi_raw_free(kept->memory);
	kept->memory = dctxi_raw_alloc(size);
	kept->size = kept->memory != NULL ? size : 0;
	return kept->memory != NULL;
}

static bool is_last(const struct dctxi_lines *lines,
		    const struct dctxi_kept *kept)
{
	unsigned form = 0;

	while (form < DCTXI_FORMS && lines->last[form] != kept)
		form++;
	return form < DCTXI_FORMS;
}

/* Whose turn it is to go. Not the last of a form: in printf's arguments its
 * text is borrowed while another of them opens a span, which asks for a line in
 * another form. */
static struct dctxi_kept *victim(struct dctxi_lines *lines)
{
	struct dctxi_kept *kept;

	do {
		kept = &lines->kept[lines->next];
		lines->next = (lines->next + 1) % DCTXI_LINES;
	} while (is_last(lines, kept));
	return kept;
}

/* Keeps what is in the room. */
static struct dctxi_fields keep(struct dctxi_lines *lines, size_t len,
				const struct dctxi_kept *as)
{
	struct dctxi_kept *kept = victim(lines);

	kept->holds = false;
	if (!make_room(kept, len))
		return (struct dctxi_fields){lines->room, len};
	memcpy(kept->memory, lines->room, len + 1);
	kept->text = (struct dctxi_fields){kept->memory, len};
	kept->here = as->here;
	kept->of = as->of;
	kept->epoch = as->epoch;
	kept->form = as->form;
	kept->holds = true;
	lines->last[as->form] = kept;
	return kept->text;
}

/* A format may have done anything to the store; then what was made holds for
 * this call. */
static struct dctxi_fields make(struct dctxi_lines *lines,
				const struct dctx_store *store,
				const struct dctxi_kept *as,
				struct dctxi_untold *untold)
{
	dctx_log_style style = (dctx_log_style)(as->form / 2);
	struct dctxi_line line;
	struct dctxi_state after;
	size_t len;

	dctxi_line_open(&line, style, as->form % 2, lines->room,
			sizeof lines->room);
	len = dctxi_line_fields(&line, store, &lines->asking, untold);
	after = dctxi_state_of(store);
	if (!dctxi_state_same(&as->of, &after))
		return (struct dctxi_fields){lines->room, len};
	return keep(lines, len, as);
}

/* What a store shows now, by all that a line depends on. */
static struct dctxi_kept now(const struct dctx_store *store, unsigned form)
{
	return (struct dctxi_kept){.epoch = dctxi_field_now(),
				   .here = dctxi_state_here(store),
				   .of = dctxi_state_of(store),
				   .form = form};
}

struct dctxi_fields dctxi_lines_slow(struct dctxi_lines *lines,
				     const struct dctx_store *store,
				     unsigned form)
{
	struct dctxi_kept as = now(store, form), *kept;
	struct dctxi_untold untold;
	struct dctxi_fields text;
	int saved = errno;

	kept = find(lines, &as.of, as.epoch, form);
	if (kept != NULL) {
		kept->here = as.here;
		lines->last[form] = kept;
		return kept->text;
	}
	text = make(lines, store, &as, &untold);
	if (untold.formats > 0 || untold.fields > 0) {
		/* The hook may log, and so take what was made. */
		dctxi_untold_tell(&untold);
		as = now(store, form);
		kept = find(lines, &as.of, as.epoch, form);
		text = kept != NULL ? kept->text
				    : make(lines, store, &as, &untold);
	}
	errno = saved;
	return text;
}
