/* SPDX-License-Identifier: MIT */
/*
 * own_journald.h - a systemd-journald of a test's own, in mount and pid
 * namespaces of its own, and what it keeps as journalctl reads it.
 */
#ifndef OWN_JOURNALD_H
#define OWN_JOURNALD_H

#include "kit.h"

#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNALD_SOCKET "/run/systemd/journal/socket"

enum { REFUSED = 77 };

/* Where there is one: what has not is skipped. */
static bool has_journald;

static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return REFUSED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

/* Who is not root is, in a user namespace. */
static bool unshare_all(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %d 1", (int)getuid());
	if (unshare(CLONE_NEWNS | CLONE_NEWPID) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) != 0)
		return false;
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1", (int)getgid());
	write_file("/proc/self/gid_map", map);
	return true;
}

static bool mount_own(void)
{
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0 &&
	       mount("proc", "/proc", "proc", 0, NULL) == 0 &&
	       mount("dctx", "/run", "tmpfs", 0, "mode=755") == 0;
}

static bool start_journald(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		unsetenv("NOTIFY_SOCKET");
		execl(path, path, (char *)NULL);
		_exit(1);
	}
	for (int i = 0; pid > 0 && i < 3000; i++) {
		if (access(JOURNALD_SOCKET, F_OK) == 0)
			return true;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return false;
		usleep(10000);
	}
	return false;
}

/* The first process of the namespace: when it ends, so does all in there. */
static void be_init(const char *path)
{
	pid_t pid;

	if (!mount_own() || !start_journald(path))
		_exit(REFUSED);
	pid = fork();
	if (pid != 0)
		_exit(status_of(pid));
}

/* In a child: comes back where there is a journald. */
static void enter_own(const char *path)
{
	pid_t pid;

	if (!unshare_all())
		_exit(REFUSED);
	pid = fork();
	if (pid != 0)
		_exit(status_of(pid));
	be_init(path);
	has_journald = true;
}

/* Comes back in a process that has a journald, whose end is this one's; or,
 * where that is refused, in this one, with a word. */
static void own_journald(void)
{
	static const char *const paths[] = {
		"/lib/systemd/systemd-journald",
		"/usr/lib/systemd/systemd-journald"};
	const char *path = paths[access(paths[0], X_OK) != 0];
	int status = REFUSED;

	fflush(NULL);
	if (access(path, X_OK) == 0) {
		pid_t pid = fork();

		if (pid == 0) {
			enter_own(path);
			return;
		}
		status = status_of(pid);
	}
	if (status != REFUSED)
		_exit(status);
	puts("no systemd-journald of its own: what it keeps is not looked at");
}

/* What it keeps that matches, as objects, in order; for json_decref. */
static json_t *kept(const char *match)
{
	json_t *entries = json_array(), *entry;
	char command[256];
	FILE *from;

	if (!has_journald)
		skip();
	assert_int_equal(system("journalctl --sync"), 0);
	snprintf(command, sizeof(command),
		 "journalctl -D /run/log/journal -q -a -o json --no-pager '%s'",
		 match);
	from = popen(command, "r");
	assert_non_null(from);
	while ((entry = json_loadf(from,
				   JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
				   NULL)) != NULL)
		assert_int_equal(json_array_append_new(entries, entry), 0);
	pclose(from);
	return entries;
}

/* The only one that matches. */
__attribute__((unused)) static json_t *kept_one(const char *match)
{
	json_t *entries = kept(match), *entry;

	if (json_array_size(entries) != 1)
		fail_msg("%zu entries with %s", json_array_size(entries),
			 match);
	entry = json_incref(json_array_get(entries, 0));
	json_decref(entries);
	return entry;
}

/* Fails the test unless a field is that text; NULL: there is none. */
static void check_kept(const json_t *entry, const char *name, const char *value)
{
	const json_t *field = json_object_get(entry, name);

	if (value == NULL) {
		if (field != NULL)
			fail_msg("%s is kept", name);
		return;
	}
	if (!json_is_string(field))
		fail_msg("%s is no text", name);
	assert_string_equal(json_string_value(field), value);
}

#endif
