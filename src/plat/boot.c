/* SPDX-License-Identifier: MIT */
#include "plat/boot.h"

#include "plat/heap.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define TIME_NAMESPACE "/proc/self/ns/time"
#define UUID_TEXT 36 /* RFC 9562, 4 */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse(const char *text, unsigned char *id)
{
	for (int i = 0; i < DCTXI_BOOT_ID; i++, text += 2) {
		if (*text == '-')
			text++;
		if (digit(text[0]) < 0 || digit(text[1]) < 0)
			return false;
		id[i] = (unsigned char)(digit(text[0]) << 4 | digit(text[1]));
	}
	return true;
}

static bool read_id(unsigned char *id)
{
	char text[UUID_TEXT + 1] = {0};
	ssize_t n;
	int fd;

	fd = dctxi_refused() ? -1 : open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do
		n = read(fd, text, UUID_TEXT);
	while (n < 0 && errno == EINTR);
	(void)close(fd);
	return n == UUID_TEXT && parse(text, id);
}

bool dctxi_boot(struct dctxi_boot *out)
{
	struct dctxi_boot boot = {.time_namespace = 0};
	int before = errno, cancel = dctxi_uncancelled();
	struct stat at;
	bool known = read_id(boot.id);

	dctxi_uncancelled_end(cancel);
	if (known && stat(TIME_NAMESPACE, &at) == 0)
		boot.time_namespace = at.st_ino;
	errno = before;
	if (known)
		*out = boot;
	return known;
}
