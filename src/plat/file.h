/* SPDX-License-Identifier: MIT */
/* Files that are written to, and terminals. Nothing here is a cancellation
 * point or leaves errno changed; an `int` that is returned is 0 or an error. */
#ifndef DCTXI_FILE_H
#define DCTXI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens a file to append to, closed on exec, and makes it for its owner alone
 * (0600) if it is not there. Never waits for a reader of a fifo. */
int dctxi_file_open(const char *path, int *out_fd);
void dctxi_file_close(int fd);

/* Whether a number is a descriptor of this process. */
bool dctxi_file_is_open(int fd);

/* How long it is; -1 for what is no regular file. */
int64_t dctxi_file_size(int fd);

/* Whether it ends in the middle of a line. */
bool dctxi_file_is_torn(const char *path);

/* Cuts a regular file to a length; false when it could not. */
bool dctxi_file_cut(int fd, int64_t size);

/* Writes all of it, to a regular file in one call where the system takes it so,
 * to others as they take it, until a time on dctxi_clock: then ETIMEDOUT. There
 * is no SIGPIPE and no SIGXFSZ. *out_written is how much went out, also on an
 * error. */
int dctxi_file_write(int fd, const char *bytes, size_t len, int64_t until,
		     size_t *out_written);

/* The width of a terminal; 0 of what is none. */
unsigned dctxi_file_columns(int fd);

#endif
