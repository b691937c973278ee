# SPDX-License-Identifier: MIT
# exec_test.py DCTX WHERE TELLER - proves what dctx exec and dctx show do, as a
# shell sees it. Not under: valgrind musl - it would watch the wrong program.
import base64
import json
import os
import signal
import subprocess
import sys
import time
import unittest

DCTX, WHERE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
OURS = ("DCTX", "TRACEPARENT", "TRACESTATE", "BAGGAGE")
CLEAN = {k: v for k, v in os.environ.items() if k not in OURS}


def dctx(*args, **more):
    more.setdefault("env", CLEAN)
    return subprocess.run([DCTX, *args], capture_output=True, text=True,
                          timeout=60, **more)


def dctx_exec(*args, **more):
    return dctx("exec", *args, **more)


def start(*args, **more):
    more.setdefault("env", CLEAN)
    return subprocess.Popen([DCTX, "exec", *args], stdout=subprocess.PIPE,
                            text=True, **more)


def said(line):
    trace, left, tenant, chain = line.split()
    return trace, int(left), tenant, chain


def environ_of(*args):
    """The variables of a child under dctx exec."""
    lines = dctx_exec(*args, "--", "env").stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return {**CLEAN, **{k: found[k] for k in OURS if k in found}}


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "Z"


class Exit(unittest.TestCase):
    def test_the_commands_code_passes_through(self):
        for code in (0, 1, 3, 255):
            done = dctx_exec("--", "sh", "-c", "exit %d" % code)
            self.assertEqual(done.returncode, code)

    def test_a_signal_that_killed_it_is_128_and_more(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1):
            done = dctx_exec("--", "sh", "-c", "kill -%d $$" % number)
            self.assertEqual(done.returncode, 128 + number)

    def test_what_cannot_be_run_is_126_and_what_is_not_there_127(self):
        self.assertEqual(dctx_exec("--", "/dev/null").returncode, 126)
        done = dctx_exec("--", "/no/such/program")
        self.assertEqual(done.returncode, 127)
        self.assertRegex(done.stderr, "^dctx: /no/such/program: ")

    def test_its_output_and_input_are_the_commands(self):
        done = dctx_exec("cat", input="in and out\n")
        self.assertEqual(done.stdout, "in and out\n")
        self.assertEqual(done.stderr, "")

    def test_options_behind_the_command_are_its_own(self):
        done = dctx_exec("echo", "--timeout", "x")
        self.assertEqual(done.stdout, "--timeout x\n")

    def test_wrong_use_is_2_and_says_so(self):
        for args in ((), ("--",), ("--nothing", "true"), ("--timeout",),
                     ("--timeout", "soon", "true"), ("--timeout", "0", "true"),
                     ("--timeout", "-1s", "true"), ("--timeout", "", "true"),
                     ("--timeout", "1.s", "true"), ("--timeout", "1y", "true"),
                     ("--timeout", "999999999999d", "true"),
                     ("--grace", "x", "true"), ("--set", "a", "true"),
                     ("--set", "=a", "true"), ("--set", "dctx.a=b", "true"),
                     ("--set", b"a=\xff", "true")):
            done = dctx_exec(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertRegex(done.stderr, "^dctx: ", args)
            self.assertEqual(done.stdout, "", args)
        self.assertEqual(dctx().returncode, 2)
        self.assertEqual(dctx("nothing").returncode, 2)
        self.assertEqual(dctx("show", "more").returncode, 2)
        self.assertEqual(dctx("show", "--more").returncode, 2)

    def test_help_and_version_are_there(self):
        for args in (("--help",), ("exec", "--help"), ("show", "--help")):
            done = dctx(*args)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, "^usage: dctx ")
        self.assertRegex(dctx("--version").stdout, r"^dctx \d+\.\d+\.\d+\n$")

    def test_how_it_ended_is_said_in_json(self):
        done = dctx_exec("--json", "--", "sh", "-c", "exit 3")
        report = json.loads(done.stderr)
        self.assertEqual(report["code"], 3)
        self.assertEqual(report["status"], 3)
        self.assertIsNone(report["signal"])
        self.assertFalse(report["timed_out"])
        self.assertEqual(len(report["trace_id"]), 32)
        done = dctx_exec("--json", "--timeout", "50ms", "sleep", "60")
        report = json.loads(done.stderr)
        self.assertEqual(report["code"], 124)
        self.assertEqual(report["signal"], signal.SIGTERM)
        self.assertTrue(report["timed_out"])


class Deadline(unittest.TestCase):
    def test_it_is_124_at_the_deadline_and_not_before(self):
        before = time.monotonic()
        done = dctx_exec("--timeout", "250ms", "sleep", "60")
        self.assertEqual(done.returncode, 124)
        self.assertGreaterEqual(time.monotonic() - before, 0.25)

    def test_times_have_units(self):
        for text, least in (("200ms", 0.2), ("0.2s", 0.2), (".2", None),
                            ("0.2", 0.2), ("200000us", 0.2),
                            ("200000000ns", 0.2), ("0.003m", 0.18)):
            before = time.monotonic()
            code = dctx_exec("--timeout", text, "sleep", "60").returncode
            self.assertEqual(code, 2 if least is None else 124)
            self.assertGreaterEqual(time.monotonic() - before, least or 0)

    def test_who_ends_in_time_is_not_timed_out(self):
        self.assertEqual(dctx_exec("--timeout", "1h", "true").returncode, 0)

    def test_sigterm_comes_first_and_may_be_handled(self):
        done = dctx_exec("--timeout", "1s", "--grace", "10s", "sh", "-c",
                         "trap 'echo tidy; exit 0' TERM;"
                         "sleep 60 & wait")
        self.assertEqual(done.returncode, 124)
        self.assertEqual(done.stdout, "tidy\n")

    def test_who_ignores_it_is_killed_after_the_grace(self):
        before = time.monotonic()
        done = dctx_exec("--json", "--timeout", "200ms", "--grace", "300ms",
                         "sh", "-c", "trap '' TERM; echo $$;"
                         "while :; do sleep 60; done")
        self.assertEqual(done.returncode, 124)
        self.assertGreaterEqual(time.monotonic() - before, 0.5)
        self.assertEqual(json.loads(done.stderr)["signal"], signal.SIGKILL)
        self.assertTrue(gone(int(done.stdout)))

    def test_a_stopped_command_ends_too(self):
        done = dctx_exec("--timeout", "300ms", "sh", "-c", "kill -STOP $$")
        self.assertEqual(done.returncode, 124)


class Group(unittest.TestCase):
    def test_all_of_it_ends_at_the_deadline(self):
        done = dctx_exec("--timeout", "500ms", "--grace", "200ms", "sh", "-c",
                         "sleep 60 & echo $!;"
                         "sh -c 'trap \"\" TERM; while :; do sleep 60; done' &"
                         "echo $!; wait")
        self.assertEqual(done.returncode, 124)
        pids = [int(pid) for pid in done.stdout.split()]
        self.assertEqual(len(pids), 2)
        for pid in pids:
            self.assertTrue(gone(pid))

    def test_nobody_is_left_behind_by_a_command_that_ended(self):
        before = time.monotonic()
        done = dctx_exec("sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!;"
                         "exit 5")
        self.assertEqual(done.returncode, 5)
        self.assertLess(time.monotonic() - before, 50)
        self.assertTrue(gone(int(done.stdout)))

    def test_nor_those_whom_their_parent_left(self):
        done = dctx_exec("--grace", "200ms", "sh", "-c",
                         "(sh -c 'trap \"\" TERM; echo $$;"
                         "exec >/dev/null 2>&1; sleep 60; sleep 60' &);"
                         "sleep 0.3; exit 6")
        self.assertEqual(done.returncode, 6)
        self.assertTrue(gone(int(done.stdout)))

    def test_one_whom_nobody_buries_is_not_waited_for_for_ever(self):
        # A parent in a session of its own keeps a zombie of the group.
        script = ("import os, sys, time\n"
                  "if os.fork(): time.sleep(.3); sys.exit(7)\n"
                  "if not os.fork(): os._exit(0)\n"
                  "os.setsid(); os.close(1); os.close(2); "
                  "time.sleep(8)\n")
        before = time.monotonic()
        done = dctx_exec("--grace", "100ms", "--", sys.executable, "-c",
                         script)
        self.assertEqual(done.returncode, 7)
        self.assertLess(time.monotonic() - before, 7)

    def test_signals_are_passed_on(self):
        names = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "PIPE", "ABRT",
                 "XCPU", "VTALRM", "PROF", "IO", "PWR", "RTMIN")
        for name in names:
            number = getattr(signal, "SIG" + name)
            # Some shells have no name for it.
            name = "%d" % number if name in ("IO", "RTMIN") else name
            child = start("--", "sh", "-c",
                          "trap 'echo got; exit 9' %s; echo ready;"
                          "while :; do sleep 0.1; done" % name)
            self.assertEqual(child.stdout.readline(), "ready\n")
            child.send_signal(number)
            self.assertEqual(child.stdout.readline(), "got\n", name)
            self.assertEqual(child.wait(60), 9)
            child.stdout.close()

    def test_who_dies_of_one_that_was_passed_on_is_128_and_more(self):
        child = start("--", "sh", "-c", "echo ready; exec sleep 60")
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(60), 128 + signal.SIGINT)
        child.stdout.close()

    def test_in_the_foreground_there_is_no_group_of_its_own(self):
        script = "cut -d ' ' -f 5 /proc/$$/stat /proc/$PPID/stat"
        own = dctx_exec("--", "sh", "-c", script).stdout.split()
        same = dctx_exec("--foreground", "--", "sh", "-c",
                         script).stdout.split()
        self.assertNotEqual(own[0], own[1])
        self.assertEqual(same[0], same[1])
        done = dctx_exec("--foreground", "--timeout", "100ms", "sleep", "60")
        self.assertEqual(done.returncode, 124)


class Context(unittest.TestCase):
    def test_a_pipeline_is_one_trace_with_one_deadline(self):
        script = ('sh -c "sh -c \\"$0 0; cat\\" | sh -c \\"cat; $0 50\\"" '
                  '</dev/null')
        done = dctx_exec("--timeout", "1m", "--set", "tenant=acme",
                         "--scope", "job", "--", "sh", "-c", script, WHERE)
        self.assertEqual(done.returncode, 0)
        first, second = [said(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(first[0]), 32)
        self.assertEqual(first[0], second[0])
        self.assertEqual(first[2:], ("acme", "job"))
        self.assertEqual(second[2:], ("acme", "job"))
        for _, left, _, _ in (first, second):
            self.assertGreater(left, 0)
            self.assertLess(left, 60000)

    def test_time_runs_while_an_environment_lies_about(self):
        env = environ_of("--timeout", "1m")
        time.sleep(0.3)
        late = said(subprocess.run([WHERE], env=env, capture_output=True,
                                   text=True).stdout)
        self.assertLessEqual(late[1], 60000 - 300)

    def test_an_inner_one_cannot_extend_it(self):
        inner = dctx_exec("--timeout", "30s", "--", DCTX, "exec", "--timeout",
                          "1h", "--", WHERE).stdout
        self.assertLess(said(inner)[1], 30000)
        shorter = dctx_exec("--timeout", "1h", "--", DCTX, "exec",
                            "--timeout", "30s", "--", WHERE).stdout
        self.assertLess(said(shorter)[1], 30000)
        before = time.monotonic()
        done = dctx_exec("--timeout", "400ms", "--grace", "30s", "--", DCTX,
                         "exec", "--timeout", "1h", "--", "sleep", "60")
        self.assertEqual(done.returncode, 124)
        self.assertGreaterEqual(time.monotonic() - before, 0.4)

    def test_on_another_boot_the_budget_counts(self):
        env = environ_of("--timeout", "1m")
        text = env["DCTX"]
        message = bytearray(base64.urlsafe_b64decode(text + "=" *
                                                     (-len(text) % 4)))
        # The name, a version of 4 bytes, the length in 8, the time in 8.
        at = message.index(b"dctx.until") + 10 + 4 + 8 + 8
        message[at] ^= 255
        env["DCTX"] = base64.urlsafe_b64encode(message).decode().rstrip("=")
        time.sleep(0.3)
        left = said(subprocess.run([WHERE], env=env, capture_output=True,
                                   text=True).stdout)[1]
        self.assertGreater(left, 0)
        self.assertLess(left, 60000)
        message[at] ^= 255
        env["DCTX"] = base64.urlsafe_b64encode(message).decode().rstrip("=")
        left = said(subprocess.run([WHERE], env=env, capture_output=True,
                                   text=True).stdout)[1]
        self.assertLessEqual(left, 60000 - 300)

    def test_a_deadline_that_has_passed_runs_nothing(self):
        env = environ_of("--timeout", "200ms")
        time.sleep(0.3)
        done = dctx_exec("--", "echo", "no", env=env)
        self.assertEqual(done.returncode, 124)
        self.assertEqual(done.stdout, "")

    def test_nor_does_one_of_which_only_the_end_travelled(self):
        for kind, code in ((1, 125), (2, 124)):
            message = dctx("encode", "--url", input="entry dctx.cancel hex %02x"
                           "%s\n" % (kind, 24 * "0")).stdout.strip()
            env = {**CLEAN, "DCTX": message}
            self.assertIn("over", dctx("show", env=env).stdout)
            done = dctx_exec("--", "echo", "no", env=env)
            self.assertEqual(done.returncode, code, message)
            self.assertEqual(done.stdout, "")

    def test_the_trace_goes_on_with_a_span_of_its_own(self):
        parent = "00-%s-00f067aa0ba902b7-01" % ("4bf92f3577b34da6a3ce929d0e0e4"
                                                "736")
        env = {**CLEAN, "TRACEPARENT": parent, "TRACESTATE": "a=b"}
        done = dctx_exec("env", env=env).stdout.splitlines()
        found = [x for x in done if x.startswith("TRACEPARENT=")]
        self.assertEqual(len(found), 1)
        _, trace, span, flags = found[0].split("=")[1].split("-")
        self.assertEqual(trace, parent.split("-")[1])
        self.assertNotEqual(span, parent.split("-")[2])
        self.assertEqual(flags, "01")
        self.assertIn("TRACESTATE=a=b", done)
        done = dctx_exec("--trace", "env", env=env).stdout
        self.assertNotIn(parent.split("-")[1], done)
        self.assertIn("TRACEPARENT=00-", done)

    def test_what_an_inner_one_does_not_know_goes_on(self):
        done = dctx_exec("--set", "tenant=acme", "--", DCTX, "exec", "--set",
                         "more=x", "--", DCTX, "exec", "--", WHERE)
        self.assertEqual(said(done.stdout)[2], "acme")
        inner = dctx_exec("--set", "tenant=acme", "--", DCTX, "exec", "--set",
                          "tenant=other", "--", WHERE)
        self.assertEqual(said(inner.stdout)[2], "other")

    def test_a_program_hands_on_what_it_has(self):
        done = dctx_exec("--set", "tenant=acme", "--set", "x=y", "--timeout",
                         "1m", "--scope", "job", "--", WHERE, "0", DCTX,
                         "show", "--json")
        first, second = done.stdout.splitlines()
        shown = json.loads(second)
        self.assertEqual(said(first)[0], shown["trace"]["trace_id"])
        self.assertEqual(shown["chain"], ["job", "where"])
        texts = {e["key"]: e.get("text") for e in shown["entries"]}
        self.assertEqual(texts["tenant"], "acme")
        self.assertEqual(texts["x"], "y")

    def test_baggage_goes_on_for_those_who_know_no_dctx(self):
        env = {**CLEAN, "BAGGAGE": "old=1;p"}
        done = dctx_exec("--set", "new=a b", "env", env=env).stdout
        line = [x for x in done.splitlines() if x.startswith("BAGGAGE=")]
        self.assertEqual(line, ["BAGGAGE=new=a%20b,old=1;p"])


class Show(unittest.TestCase):
    def test_nothing_is_shown_of_nothing(self):
        done = dctx("show")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))
        shown = json.loads(dctx("show", "--json").stdout)
        self.assertIsNone(shown["trace"])
        self.assertIsNone(shown["remaining_ns"])
        self.assertEqual(shown["entries"], [])

    def test_a_context_is_shown_in_words(self):
        env = environ_of("--timeout", "1m", "--set", "a=b", "--scope", "job")
        text = dctx("show", env=env).stdout
        for line in (r"^trace +[0-9a-f]{32}$", r"^span +[0-9a-f]{16} sampled$",
                     r"^deadline +5\d\.\d\d\d s left$", r"^chain +job$",
                     r'^  a  v1  str  "b"$', r'^  a = "b"$'):
            self.assertRegex(text, "(?m)" + line)
        self.assertNotIn("\033", text)

    def test_what_is_malformed_is_found(self):
        env = {**CLEAN, "TRACEPARENT": "00-zz", "DCTX": "!"}
        done = dctx("show", "--json", env=env)
        self.assertEqual(done.returncode, 1)
        headers = [f["header"] for f in json.loads(done.stdout)["findings"]]
        self.assertEqual(sorted(headers), ["dctx", "traceparent"])
        self.assertRegex(done.stderr, "^dctx: dctx, byte 0: ignored: ")

    def test_no_value_moves_a_cursor(self):
        env = environ_of("--set", "a=\033[2J\x9b\n")
        text = dctx("show", env=env).stdout
        self.assertNotIn("\033", text)
        self.assertIn("\\x1b[2J", text)


unittest.main(argv=sys.argv[:1] + sys.argv[4:])
