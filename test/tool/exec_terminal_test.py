# SPDX-License-Identifier: MIT
# exec_terminal_test.py DCTX WHERE - proves what dctx exec does on a terminal,
# without a shell and as a job of one. Not under: valgrind musl - it would watch
# the wrong program.
import os
import pty
import signal
import tempfile
import time
import traceback
import unittest

from kit import PROGRAM as DCTX, main

DCTX = os.path.abspath(DCTX)
OURS = ("DCTX", "TRACEPARENT", "TRACESTATE", "BAGGAGE")
CLEAN = {k: v for k, v in os.environ.items() if k not in OURS}
INTERRUPT, STOP = b"\x03", b"\x1a"


def execute(args):
    os.execve(DCTX, [DCTX, "exec", *args], CLEAN)


def state(pid):
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


class Job:
    """What a shell has of a job in the foreground."""

    def __init__(self, args, piped):
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        begin, go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(go)
            os.read(begin, 1)
            os.close(begin)
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            if piped:
                os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            execute(args)
        os.setpgid(self.pid, self.pid)
        self.give_terminal()
        os.write(go, b".")

    def give_terminal(self):
        os.tcsetpgrp(0, self.pid)

    def until_stopped(self):
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status
        os.tcsetpgrp(0, os.getpgrp())

    def go_on(self):
        os.killpg(self.pid, signal.SIGCONT)

    def code(self, has_terminal):
        """Its exit code; the terminal is its own until then, or never is."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            ours = os.tcgetpgrp(0) == os.getpgrp()
            assert has_terminal or ours, os.tcgetpgrp(0)
            if pid != 0:
                break
            time.sleep(0.02)
        assert not has_terminal or os.tcgetpgrp(0) == self.pid
        return os.waitstatus_to_exitcode(status)


class Terminal(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.place.name, "go")
        os.mkfifo(self.file)
        # A shell that begins another just then may not be stopped at all.
        self.wait = "read y <%s;" % self.file
        self.fd = self.pid = None

    def tearDown(self):
        os.close(self.fd)
        self.place.cleanup()

    def lead(self, *args):
        """A session's first program, with nobody who could go on with it."""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            execute(args)

    def shell(self, body, *args, piped=False):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                body(Job(args, piped))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            os._exit(1)

    def read_until(self, text):
        got = b""
        while text not in got:
            try:
                got += os.read(self.fd, 1024)
            except OSError:
                raise AssertionError(got)

    def write(self, text):
        os.write(self.fd, text)

    def assert_ends(self, code=0):
        status = os.waitpid(self.pid, 0)[1]
        if os.waitstatus_to_exitcode(status) != code:
            self.fail((status, os.read(self.fd, 4096)))

    def end_wait(self):
        with open(self.file, "w") as file:
            file.write("\n")

    def test_the_command_of_a_terminals_job_may_read_it(self):
        self.lead("--", "sh", "-c", "echo ready; read x; echo got-$x")
        self.read_until(b"ready")
        self.write(b"line\n")
        self.read_until(b"got-line")
        self.assert_ends()

    def test_an_inner_ones_command_may_too(self):
        self.lead("--", DCTX, "exec", "--", DCTX, "exec", "--", "sh", "-c",
                  "echo ready; read x; echo got-$x")
        self.read_until(b"ready")
        self.write(b"line\n")
        self.read_until(b"got-line")
        self.assert_ends()

    def test_an_interrupt_there_ends_it(self):
        # dash catches an interrupt, and waits for what it begins just then.
        self.lead("--", "sh", "-c", "echo ready; exec sleep 60")
        self.read_until(b"ready")
        self.write(INTERRUPT)
        self.assert_ends(128 + signal.SIGINT)

    def test_a_stop_of_the_command_is_one_of_ours(self):
        def body(job):
            job.until_stopped()
            job.give_terminal()
            job.go_on()
            assert job.code(True) == 5

        self.shell(body, "--", "sh", "-c",
                   "echo ready; read x; echo got-$x; exit 5")
        self.read_until(b"ready")
        self.write(STOP)
        self.write(b"line\n")
        self.read_until(b"got-line")
        self.assert_ends()

    def test_so_is_one_of_an_inner_ones_command(self):
        def body(job):
            job.until_stopped()
            job.give_terminal()
            job.go_on()
            assert job.code(True) == 5

        self.shell(body, "--", DCTX, "exec", "--", "sh", "-c",
                   "echo ready; read x; echo got-$x; exit 5")
        self.read_until(b"ready")
        self.write(STOP)
        self.write(b"line\n")
        self.read_until(b"got-line")
        self.assert_ends()

    def test_a_stop_of_a_pipeline_stops_the_command_too(self):
        # Beside another the command's group is not the terminal's.
        def body(job):
            job.until_stopped()
            pid = int(os.read(heard, 64))
            while state(pid) != "T":
                time.sleep(0.02)
            job.go_on()
            self.end_wait()
            assert job.code(False) == 5

        heard, said = os.pipe()
        os.set_inheritable(said, True)
        self.shell(body, "--", "sh", "-c", "echo $$ >&%d; echo ready;"
                   "%s exit 5" % (said, self.wait), piped=True)
        self.read_until(b"ready")
        self.write(STOP)
        self.assert_ends()
        os.close(heard)
        os.close(said)

    def test_where_nobody_could_go_on_a_stop_is_none(self):
        self.lead("--", "sh", "-c", "echo ready; read x; echo got-$x")
        self.read_until(b"ready")
        self.write(STOP)
        # What is typed before the stop is over may be flushed by it.
        for _ in range(600):
            self.write(b"line\n")
            time.sleep(0.1)
            if os.waitpid(self.pid, os.WNOHANG)[0] != 0:
                return
        self.fail("it is still stopped")

    def test_in_the_background_the_terminal_is_the_shells(self):
        def body(job):
            job.until_stopped()
            job.go_on()
            self.end_wait()
            assert job.code(False) == 5

        self.shell(body, "--", "sh", "-c",
                   "echo ready; %s sleep 1; exit 5" % self.wait)
        self.read_until(b"ready")
        self.write(STOP)
        self.assert_ends()

    def test_who_comes_back_from_there_may_read_again(self):
        def body(job):
            job.until_stopped()
            job.go_on()
            os.waitpid(job.pid, os.WCONTINUED)
            time.sleep(0.5)
            # A shell does not go on with who runs.
            job.give_terminal()
            self.end_wait()
            assert job.code(True) == 5

        self.shell(body, "--", "sh", "-c", "echo ready; %s read x;"
                   "echo got-$x; exit 5" % self.wait)
        self.read_until(b"ready")
        self.write(STOP)
        self.write(b"line\n")
        self.read_until(b"got-line")
        self.assert_ends()


main()
