/* SPDX-License-Identifier: MIT */
#include "progress.h"
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 1 << 20 };

static struct {
	const char *name;
	uint64_t size;	/* 0: nobody knows */
	uint64_t asked; /* the clock, at so many bytes */
	int64_t next;	/* when there is something to say */
	bool wanted, said;
} state;

void progress_begin(const char *name, FILE *file)
{
	struct stat about;
	const char *term = getenv("TERM");

	state.wanted = isatty(STDERR_FILENO) == 1 && term != NULL &&
		       strcmp(term, "dumb") != 0;
	state.name = name;
	state.size = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode)
			     ? (uint64_t)about.st_size
			     : 0;
	state.asked = 0;
	state.next = dctx_now() + DCTX_S;
}

void progress_read(uint64_t bytes)
{
	if (!state.wanted || bytes - state.asked < STEP)
		return;
	state.asked = bytes;
	if (dctx_now() < state.next)
		return;
	state.next = dctx_now() + DCTX_S / 5;
	state.said = true;
	fputs("\r\033[K", stderr);
	tool_put_name(stderr, state.name);
	fprintf(stderr, "%" PRIu64 " MiB", bytes >> 20);
	if (state.size > 0)
		fprintf(stderr, " of %" PRIu64, state.size >> 20);
}

void progress_end(void)
{
	if (state.said)
		fputs("\r\033[K", stderr);
	state.said = false;
}
