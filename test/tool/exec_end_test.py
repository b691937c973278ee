# SPDX-License-Identifier: MIT
# exec_end_test.py DCTX WHERE - proves that nobody outlives the end that dctx
# exec is to bring. Not under: valgrind musl - it would watch the wrong program.
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from kit import PROGRAM as DCTX, main

DCTX = os.path.abspath(DCTX)
OURS = ("DCTX", "TRACEPARENT", "TRACESTATE", "BAGGAGE")
CLEAN = {k: v for k, v in os.environ.items() if k not in OURS}

# Says its number in a file, so that nobody waits for the end of a pipe.
STUBBORN = "trap '' TERM; echo $$ >%s.new; mv %s.new %s; exec sleep 300"


def lives(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def written(path):
    """The number in a file, when there is one."""
    try:
        with open(path) as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def wait_for(path):
    for _ in range(1200):
        pid = written(path)
        if pid is not None:
            return pid
        time.sleep(0.05)
    raise AssertionError("nobody wrote " + path)


class End(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.place.name, "pid")
        self.stubborn = STUBBORN % ((self.file,) * 3)
        self.pids = []

    def tearDown(self):
        for pid in self.pids:
            if lives(pid):
                os.kill(pid, signal.SIGKILL)
        self.place.cleanup()

    def start(self, *args, **more):
        return subprocess.Popen([DCTX, "exec", *args], env=CLEAN,
                                stdin=subprocess.DEVNULL, **more)

    def until_deadline(self, *args):
        """The stubborn one's number, after a deadline that it saw."""
        for timeout in ("1s", "5s", "25s"):
            child = self.start("--timeout", timeout, *args)
            self.assertEqual(child.wait(120), 124)
            pid = written(self.file)
            if pid is not None:
                self.pids.append(pid)
                return pid
        raise AssertionError("it never began")

    def test_an_inner_ones_command_ends_with_the_outer_ones_grace(self):
        pid = self.until_deadline("--grace", "100ms", "--", DCTX, "exec",
                                  "--", "sh", "-c", self.stubborn)
        self.assertFalse(lives(pid))

    def test_so_it_does_where_both_graces_are_the_same(self):
        # The pipeline's shell ends at once, the inner one does not.
        pid = self.until_deadline("--", "sh", "-c",
                                  '"$0" exec -- sh -c "$1" | cat', DCTX,
                                  self.stubborn)
        self.assertFalse(lives(pid))

    def test_and_however_deep_it_is(self):
        inner = [DCTX, "exec", "--grace", "1h", "--"]
        pid = self.until_deadline("--grace", "100ms", "--", *inner, *inner,
                                  *inner, "sh", "-c", self.stubborn)
        self.assertFalse(lives(pid))

    def test_what_never_began_has_a_report_too(self):
        for kind, code in (("01", 125), ("02", 124)):
            line = "entry dctx.cancel hex %s%s\n" % (kind, 24 * "0")
            message = subprocess.run([DCTX, "encode", "--url"], text=True,
                                     input=line, capture_output=True).stdout
            done = subprocess.run([DCTX, "exec", "--json", "--", "true"],
                                  env={**CLEAN, "DCTX": message.strip()},
                                  capture_output=True, text=True)
            report = json.loads(done.stderr.splitlines()[-1])
            self.assertEqual(report["code"], code)
            self.assertEqual(report["timed_out"], code == 124)
            for name in ("pid", "signal", "status"):
                self.assertIsNone(report[name])

    def test_a_sigterm_to_us_has_the_grace_that_was_given(self):
        child = self.start("--grace", "300ms", "--", DCTX, "exec", "--", "sh",
                           "-c", self.stubborn)
        pid = wait_for(self.file)
        self.pids.append(pid)
        child.terminate()
        self.assertEqual(child.wait(120), 128 + signal.SIGKILL)
        self.assertFalse(lives(pid))

    def test_without_one_it_may_take_its_time(self):
        child = self.start("--", "sh", "-c",
                           "trap 'sleep 3; exit 4' TERM; echo $$ >$0.new;"
                           "mv $0.new $0; while :; do sleep 0.1; done",
                           self.file)
        wait_for(self.file)
        child.terminate()
        self.assertEqual(child.wait(120), 4)

    def test_whoever_was_a_child_before_is_left_alone(self):
        script = ('sleep 300 & echo $! >"$1"; exec "$0" exec --timeout 300ms '
                  '--grace 100ms -- sh -c "trap \'\' TERM; sleep 300"')
        child = subprocess.Popen(["sh", "-c", script, DCTX, self.file],
                                 env=CLEAN, stdin=subprocess.DEVNULL)
        self.assertEqual(child.wait(120), 124)
        self.pids.append(written(self.file))
        self.assertTrue(lives(self.pids[0]))

    def test_who_left_the_group_outlives_a_command_that_ended(self):
        # The group's own remainder is killed, and nobody else.
        child = self.start("--grace", "100ms", "--", "sh", "-c",
                           'setsid sh -c "$0" & while ! test -e "$1"; do '
                           'sleep 0.1; done; (trap "" TERM; sleep 300) & '
                           'sleep 1; exit 3', self.stubborn, self.file)
        self.assertEqual(child.wait(120), 3)
        self.pids.append(written(self.file))
        self.assertTrue(lives(self.pids[0]))


main()
