/* SPDX-License-Identifier: MIT */
#include "plat/uncancelled.h"
#include "trace/log.h"

#include <errno.h>
#include <syslog.h>

/* A message that nobody wants is not printed, nor are its fields looked for. */
static bool is_masked(int priority)
{
	return (setlogmask(0) & LOG_MASK(LOG_PRI(priority))) == 0;
}

void dctx_vsyslog(int priority, const char *format, va_list args)
{
	struct dctxi_message m;
	const char *fields;
	int saved = errno, cancel;

	if (format == NULL || is_masked(priority))
		return;
	dctxi_message_print(&m, format, args);
	/* First: formats of values may leave by longjmp. */
	fields = dctxi_log_text_here(DCTX_LOG_SYSLOG, true).at;
	/* A thread that is cancelled in there would keep the message. */
	cancel = dctxi_uncancelled();
	syslog(priority, "%s%s", fields, m.text);
	dctxi_uncancelled_end(cancel);
	dctxi_message_end(&m);
	errno = saved;
}

void dctx_syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	dctx_vsyslog(priority, format, args);
	va_end(args);
}
