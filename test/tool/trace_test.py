# SPDX-License-Identifier: MIT
"""dctx trace: files of several processes as one picture, whatever is in them.
Not under: valgrind musl - it would watch the wrong program."""
import json
import os
import pty
import re
import subprocess
import tempfile
import time
import unittest

from kit import PROGRAM, main, run

SAMPLE = ["test/page/sample/%s.json" % name
          for name in ("gateway", "pricing", "stock")]
TRACE = "1" * 32
UTF8 = dict(os.environ, LC_ALL="C.UTF-8")


def span(name="work", number=1, parent=0, ts="1000.5", dur=10, pid=1, **args):
    """A line as the sink writes it; times as text, so that digits stay."""
    args = {"trace": TRACE, "span": "%016x" % number,
            **({"parent": "%016x" % parent} if parent else {}), **args}
    return ('{"ph":"X","name":%s,"cat":"t","ts":%s,"dur":%s,"pid":%d,"tid":%d,'
            '"args":%s},\n' % (json.dumps(name), ts, dur, pid, pid,
                               json.dumps(args)))


def as_json(text, *words, code=0):
    out, err = run("trace", "--json", *words, "-", stdin=text, code=code)
    return json.loads(out), err.decode()


def spans_of(text, *words, code=0):
    got, _ = as_json(text, *words, code=code)
    return [each for trace in got["traces"] for each in trace["spans"]]


def names_of(text, code=0):
    return [each["name"] for each in spans_of(text, code=code)]


def refused(text):
    """What is said of a file in which there is nothing."""
    out, err = run("trace", "--json", "-", stdin=text, code=1)
    assert out == b"", out
    return err.decode()


class Trace(unittest.TestCase):
    def test_files_are_merged_by_trace(self):
        out = run("trace", "--json", *SAMPLE)[0]
        got = json.loads(out)
        self.assertEqual([(each["file"], each["spans"]) for each in
                          got["files"]],
                         list(zip(SAMPLE, (15, 9, 8))))
        self.assertEqual([len(each["spans"]) for each in got["traces"]],
                         [11, 10, 10, 1])
        starts = [each["ts"] for each in got["traces"]]
        self.assertEqual(starts, sorted(starts))
        late = got["traces"][1]
        self.assertEqual((late["failed"], late["processes"]), (3, 3))
        starts = [each["ts"] for each in late["spans"]]
        self.assertEqual(starts, sorted(starts))
        self.assertEqual(len(out.splitlines()), 2 + 4)

    def test_a_trace_is_a_line_whatever_lines_a_file_had(self):
        wide = span(fields={"a": [1, 2]}, values={"b": "\n"}, chain=["c"],
                    links=[{}])
        event = dict(json.loads(wide[:-2]), ph="i")
        tall = json.dumps([json.loads(wide[:-2]), event], indent=2)
        for text in tall, tall.replace("\n", "\r\n"):
            out = run("trace", "--json", "-", stdin=text)[0]
            self.assertEqual(len(out.splitlines()), 2 + 1)
            got, = json.loads(out)["traces"][0]["spans"]
            self.assertEqual((got["fields"], got["values"]),
                             ({"a": [1, 2]}, {"b": "\n"}))
            self.assertEqual(len(got["events"]), 1)

    def test_no_digit_of_a_time_is_lost(self):
        out = run("trace", "--json", "-", stdin="[\n" + span(
            ts="1795814732118204.123", dur="0.001",
            deadline=1))[0].decode()
        self.assertIn('"ts":1795814732118204.123,"dur":0.001', out)
        for given, told in ("0", "0.000"), ("-1.5", "-1.500"), \
                ('"12.25"', "12.250"), ("1e3", "1000.000"), \
                ("1.23456789", "1.234"), ("9" * 30, "4611686018427387.903"), \
                ("1e300", "4611686018427387.903"), ('"NaN"', "0.000"), \
                ("null", "0.000"):
            out = run("trace", "--json", "-", stdin=span(ts=given))[0].decode()
            self.assertIn('"spans":[{"ts":%s,' % told, out, given)

    def test_values_come_through_as_they_were(self):
        line = span(fields={"a": [1, {"b": 0.1}], "big": 2**60}, chain=["x"],
                    values={"request_id": "r"}, status="DCTX_LIMIT",
                    status_text="é", cause="canceled", task=7, remote=True,
                    kind="server", level="WARN", file="x.c:1", dropped=2,
                    links=[{"trace": TRACE, "span": "2" * 16}], parent=9)
        line = line.replace("0.1", "0.10000")
        got = spans_of(line)[0]
        told = json.loads(line[:-2])
        for name in ("fields", "chain", "values", "status", "status_text",
                     "cause", "task", "remote", "kind", "level", "file",
                     "dropped", "links", "span", "parent"):
            self.assertEqual(got[name], told["args"][name], name)
        out = run("trace", "--json", "-", stdin=line)[0]
        self.assertIn(b"0.10000", out)

    def test_an_unfinished_list_is_one(self):
        line = span()
        for text in ("[\n" + line, line, "[" + line[:-2] + "]",
                     line[:-2], "\ufeff[\n" + line, "[\r\n" + line + "\r\n",
                     '{"traceEvents":[' + line[:-2] + "]}",
                     '{"a":{"b":[1,"]"]},"c":"\\\\","traceEvents":[' +
                     line[:-2] + '],"displayTimeUnit":"ms"}',
                     json.dumps([json.loads(line[:-2])], indent=2)):
            self.assertEqual(names_of(text), ["work"], text)
        both = "[\n" + line[:-2] + "]\n[\n" + span("more", 2) + "]"
        self.assertEqual(names_of(both), ["work", "more"])

    def test_a_torn_last_line_is_told_and_no_fault(self):
        whole, torn = span("whole"), span("torn", 2)
        for size in range(1, len(torn) - 2):
            out, err = run("trace", "--json", "-",
                           stdin="[\n" + whole + torn[:size])
            self.assertEqual(err, b"dctx: stdin: its last line is cut off\n")
            got = json.loads(out)
            self.assertTrue(got["files"][0]["cut"])
            self.assertEqual(len(got["traces"][0]["spans"]), 1)

    def test_lines_that_are_none_are_left_out_and_counted(self):
        good = [span("a", 1), span("b", 2)]
        for bad in ("rubbish\n", '{"ph":"X","na\n', '{"ph":"X","n":\n',
                    '{"ph":"X","name":"\xff"},\n', '{"ph" "X"},\n', "}\n",
                    '{"ph":"X","name":"\\ud800"},\n', "\0\1\2\n",
                    '{"a":' + "[" * 100 + "]" * 100 + "},\n",
                    '{"\\u0000":1},\n', '{"a":1e999},\n'):
            raw = ("[\n" + good[0]).encode() + \
                bad.encode("latin-1") + good[1].encode()
            out, err = run("trace", "--json", "-", stdin=raw, code=1)
            self.assertEqual(err.decode(),
                             "dctx: stdin: 1 of its lines cannot be read, "
                             "the first is line 3\n", bad)
            got = json.loads(out)
            self.assertEqual(len(got["traces"][0]["spans"]), 2, bad)
            self.assertEqual(got["files"][0]["unreadable"], 1)

    def test_what_is_unknown_is_ignored(self):
        for line in ('{},\n', '{"ph":"Z"},\n', '{"ph":1},\n',
                     '{"ph":"i","name":"x"},\n', '{"ph":"b","id":1},\n',
                     '{"ph":"M","name":"process_name"},\n',
                     '{"ph":"M","name":"thread_name","args":7},\n',
                     '{"ph":"M","args":{"name":[]}},\n',
                     '{"ph":"i","args":{"span":"zz"}},\n', "[[[[]]]],\n"):
            self.assertEqual(names_of("[\n" + line + span()), ["work"], line)
        odd = span(trace=7, parent_=1, level=[], kind={}, task="x", chain="c",
                   fields=[], values=3, links={}, deadline="soon", dropped=-1,
                   status=False, cause=None)
        self.assertEqual(names_of(odd), ["work"])
        bare = spans_of('{"ph":"X"},\n{"ph":"X","args":[]},\n'
                        '{"ph":"X","name":7,"pid":{},"ts":[]}')
        self.assertEqual([each["pid"] for each in bare], [0, 0, 0])

    def test_of_others_what_is_complete_is_a_span(self):
        got = spans_of(json.dumps([
            {"ph": "X", "name": "outer", "pid": 1, "tid": 1, "ts": 1,
             "dur": 9, "args": {"url": "x"}},
            {"ph": "X", "name": "inner", "pid": 1, "tid": 1, "ts": 2, "dur": 3},
            {"ph": "X", "name": "other", "pid": 1, "tid": 2, "ts": 3, "dur": 3},
            {"ph": "X", "name": "texts", "pid": "7", "tid": "main", "ts": 1},
        ]))
        self.assertEqual({each["name"] for each in got},
                         {"outer", "inner", "other", "texts"})
        self.assertEqual(got[0]["fields"], {"url": "x"})
        text = run("trace", "--text", "-", stdin=json.dumps([
            {"ph": "X", "name": "inner", "pid": 1, "tid": 1, "ts": 2, "dur": 3},
            {"ph": "X", "name": "outer", "pid": 1, "tid": 1, "ts": 1,
             "dur": 9}]))[0].decode()
        self.assertRegex(text, "outer.*\n.*(`-|└ )inner")

    def test_processes_are_told_apart_and_joined(self):
        def part(name, boot, number):
            about = {"name": "dctx", "ph": "M", "pid": 5,
                     "args": {"boot": boot, "host": "h"}}
            named = {"name": "process_name", "ph": "M", "pid": 5,
                     "args": {"name": name}}
            return ("[\n" + json.dumps(about) + ",\n" + json.dumps(named) +
                    ",\n" + span(name, number, pid=5))

        with tempfile.TemporaryDirectory() as folder:
            files = []
            for i, (name, boot) in enumerate((("a", "1"), ("a", "1"),
                                              ("b", "2"))):
                files.append(os.path.join(folder, "%d.json" % i))
                with open(files[-1], "w", encoding="utf-8") as file:
                    file.write(part(name, boot, i + 1))
            got = json.loads(run("trace", "--json", *files)[0])
            tree = run("trace", "--text", *files)[0].decode()
        self.assertIn("a  (a)\n", tree)
        self.assertEqual(got["traces"][0]["processes"], 2)
        self.assertEqual([each["process"] for each in
                          got["traces"][0]["spans"]], ["a", "a", "b"])

    def told_by(self, heads):
        """Of the heads' processes, all of number 1: those of each span, when
        files of them are put together, and when they are files apart."""
        parts = []
        for i, (name, boot, host) in enumerate(heads):
            named = {"name": "process_name", "ph": "M", "pid": 1,
                     "args": {"name": name}}
            about = {"name": "dctx", "ph": "M", "pid": 1,
                     "args": {"boot": boot, "host": host}}
            parts.append("[\n" + json.dumps(named) + ",\n" +
                         json.dumps(about) + ",\n" +
                         span("s", i + 1, ts=i, tid=1))
        together, _ = as_json("".join(parts))
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, "%d.json" % i)
                     for i in range(len(parts))]
            for path, part in zip(files, parts):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(part)
            apart = json.loads(run("trace", "--json", *files)[0])
        self.assertEqual(together["traces"], apart["traces"])
        trace, = apart["traces"]
        return trace["processes"], [each["process"] for each in trace["spans"]]

    def test_in_containers_all_processes_have_one_number(self):
        self.assertEqual(self.told_by([("a", "1", "h"), ("b", "1", "i"),
                                       ("a", "1", "h"), ("b", "1", "i")]),
                         (2, ["a", "b", "a", "b"]))
        # Of one pod, which has one host's name.
        self.assertEqual(self.told_by([("a", "1", "h"), ("b", "1", "h"),
                                       ("a", "1", "h")]), (2, ["a", "b", "a"]))
        # After a reboot.
        self.assertEqual(self.told_by([("a", "1", "h"), ("a", "2", "h")]),
                         (2, ["a", "a"]))

    def test_namesakes_are_told_apart_by_their_numbers(self):
        text = "".join('{"ph":"M","name":"process_name","pid":%d,'
                       '"args":{"name":"server"}},\n' % pid +
                       span("s", pid, pid=pid) for pid in (8, 9))
        tree = run("trace", "--text", "-", stdin=text)[0].decode()
        self.assertIn("s  (server 8)\n", tree)
        self.assertIn("s  (server 9)\n", tree)

    def test_a_file_that_is_named_twice_counts_once(self):
        once = json.loads(run("trace", "--json", *SAMPLE)[0])
        twice = json.loads(run("trace", "--json", *SAMPLE, *SAMPLE)[0])
        self.assertEqual(once["traces"], twice["traces"])

    def test_of_spans_of_one_time_each_counts_once(self):
        about = '{"ph":"M","name":"dctx","pid":%d,"args":{"boot":"b"}},\n'
        text = "".join(about % pid + "".join(span("s", number, 9, pid=pid)
                       for number in range(1, 4)) for pid in (1, 2))
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in "abc"]
            for path in files:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            once = json.loads(run("trace", "--json", files[0])[0])
            got = json.loads(run("trace", "--json", *files)[0])
        self.assertEqual(len(once["traces"][0]["spans"]), 6)
        self.assertEqual(once["traces"], got["traces"])

    def test_parents_that_go_round_or_are_many_do_no_harm(self):
        text = "".join(span("s%d" % i, i + 1, (i + 1) % 50 + 1)
                       for i in range(50))
        self.assertEqual(len(names_of(text)), 50)
        tree = run("trace", "--text", "-", stdin=text)[0]
        self.assertEqual(len(tree.splitlines()), 51)
        self.assertEqual(len(names_of(span("self", 1, 1))), 1)
        same = span("client", 1, 9, pid=1) + span("server", 1, 9, pid=2) + \
            span("below", 3, 1, pid=2, ts="1001")
        tree = run("trace", "--text", "-", stdin=same)[0].decode()
        self.assertRegex(tree, r"server.*\n.*below")

    def test_a_hundred_thousand_levels_are_a_tree(self):
        text = "".join(span("s", i + 1, i) for i in range(100000))
        tree = run("trace", "--text", "-", stdin=text)[0].splitlines()
        self.assertEqual(len(tree), 100001)
        self.assertIn(b"(99999)", tree[-1])
        self.assertLess(max(map(len, tree)), 400)

    def test_past_a_limit_the_rest_is_left_out_and_that_is_told(self):
        text = "".join(span("s", i + 1) for i in range(100))
        got, err = as_json(text, "--limit", "7", code=1)
        self.assertEqual(len(got["traces"][0]["spans"]), 7)
        self.assertTrue(got["files"][0]["past_limit"])
        self.assertIn("more than 7 spans", err)
        names = "".join('{"ph":"M","name":"thread_name","pid":%d,"tid":%d},\n'
                        % (i // 9, i) for i in range(70000))
        got, err = as_json(span() + names, "--limit=7", code=1)
        self.assertTrue(got["files"][0]["past_limit"])
        self.assertIn("or threads", err)
        got, err = as_json(text, "--limit=100")
        self.assertEqual((len(got["traces"][0]["spans"]), err), (100, ""))

    def test_an_object_without_an_end_is_bounded(self):
        big = span("a") + '{"ph":"X","name":"' + "x" * (5 << 20) + '"},\n' + \
            span("b", 2)
        self.assertEqual(names_of(big, code=1), ["a", "b"])
        lines = span("a") + '{"ph":"X","args":{"x":[\n' + "1,\n" * (2 << 20) + \
            span("b", 2)
        self.assertEqual(names_of(lines, code=1), ["a", "b"])
        braces = "{\n" * 300000
        self.assertIn("cannot be read", refused(braces))
        self.assertIn("cannot be read", refused('{"a":' * 300000))

    def test_nothing_is_made_of_nothing(self):
        for text in "", "[", "[]", "[\n", "{}", '{"traceEvents":[]}', "null":
            self.assertIn("there is no span in it", refused(text))
        self.assertIn("No such file", run("trace", "/nowhere", code=1)[1]
                      .decode())
        self.assertIn("directory", run("trace", "--text", "test", code=1)[1]
                      .decode())

    def test_one_trace_is_picked_by_how_its_id_begins(self):
        got = json.loads(run("trace", "--json", "--trace", "3fc4", *SAMPLE)[0])
        self.assertEqual([each["trace"] for each in got["traces"]],
                         ["3fc4ccfe745870e2c0d99f71f30ff065"])
        err = run("trace", "--json", "--trace", "0000", *SAMPLE, code=1)[1]
        self.assertEqual(err, b"dctx: trace: there is no trace 0000\n")

    def test_a_tree_shows_times_failures_causes_and_events(self):
        done = subprocess.run([PROGRAM, "trace", "--text", *SAMPLE], env=UTF8,
                              capture_output=True, timeout=100, check=True)
        tree = done.stdout.decode()
        late = tree.split("\n\n")[1].splitlines()
        self.assertRegex(late[0], "^trace 3fc4ccfe745870e2c0d99f71f30ff065  "
                         r"2026-11-27T21:25:32.238604Z  252 ms, 10 spans, "
                         "3 processes, 3 failed$")
        self.assertRegex(late[1], "^      0 ns     252 ms ━+┊ +✗ GET /checkout "
                         r" \(gateway, task 21\) server  http.method=GET .*"
                         "DCTX_DEADLINE_EXCEEDED: stock did not answer in "
                         "time, over: deadline exceeded$")
        self.assertRegex(late[2], r"^ +\* 310 us  headers read  bytes=412$")
        self.assertRegex(tree, "│   └ ⊘ lock shelf .* over: deadline exceeded")
        self.assertNotIn("chain", tree)
        done = subprocess.run([PROGRAM, "trace", "-t", "-v", *SAMPLE],
                              env=dict(os.environ, LC_ALL="C"),
                              capture_output=True, timeout=100, check=True)
        tree = done.stdout.decode()
        self.assertIn("chain checkout > reserve > lock\n", tree)
        self.assertIn("values request_id=r-8f31 tenant=42\n", tree)
        self.assertIn("|   `-~ lock shelf", tree)
        self.assertNotRegex(tree, "[━│]")

    def test_a_deadline_far_away_is_not_in_the_bar(self):
        for deadline in -10**18, 10**18, 2000:
            text = span(deadline=deadline)
            tree = run("trace", "--text", "-", stdin=text)[0].decode()
            self.assertNotRegex(tree, "[|┊]")
        tree = run("trace", "--text", "-", stdin=span(deadline=1005))[0]
        self.assertRegex(tree.decode(), "[|┊]")

    def test_what_came_from_outside_moves_no_cursor(self):
        evil = "a\x1b[2J\x9b\r\nb"
        text = span(evil, status=evil, status_text=evil, cause=evil, kind=evil,
                    fields={evil: evil}, chain=[evil], values={evil: [evil]})
        for words in ("--text",), ("--text", "--verbose"), ("--json",):
            out = run("trace", *words, "-", stdin=text)[0].decode()
            self.assertNotRegex(out, "[\x1b\r]")
        self.assertIn(r"a\x1b[2J", run("trace", "-t", "-", stdin=text)[0]
                      .decode())

    def test_a_terminal_gets_colours_a_pipe_none(self):
        ours, theirs = pty.openpty()
        environ = dict(UTF8, TERM="xterm")
        environ.pop("NO_COLOR", None)
        with subprocess.Popen([PROGRAM, "trace", "--text", *SAMPLE],
                              stdout=theirs, env=environ) as child:
            os.close(theirs)
            out = b""
            try:
                while chunk := os.read(ours, 4096):
                    out += chunk
            except OSError:
                pass # the other end is closed
        os.close(ours)
        self.assertEqual(child.returncode, 0)
        self.assertIn(b"\x1b[31m", out)
        self.assertIn(b"\x1b[1m", out)
        self.assertNotIn(b"\x1b", run("trace", "--text", *SAMPLE)[0])


    def test_long_work_says_how_far_it_is_on_a_terminal(self):
        ours, theirs = pty.openpty()
        lines = "".join(span("s", i + 1) for i in range(16000)).encode()
        self.assertGreater(len(lines), 2 << 20)
        with subprocess.Popen([PROGRAM, "trace", "--json", "-"],
                              stdin=subprocess.PIPE, stderr=theirs,
                              stdout=subprocess.DEVNULL,
                              env=dict(os.environ, TERM="xterm")) as child:
            os.close(theirs)
            child.stdin.write(lines)
            child.stdin.flush()
            time.sleep(1.2)
            child.stdin.write(lines)
            child.stdin.close()
            self.assertEqual(child.wait(), 0)
        err = b""
        try:
            while chunk := os.read(ours, 4096):
                err += chunk
        except OSError:
            pass # the other end is closed
        os.close(ours)
        self.assertRegex(err, rb"^\r\x1b\[Kstdin: [1-9] MiB")
        self.assertTrue(err.endswith(b"\r\x1b[K"), err)
        self.assertEqual(run("trace", "--json", "-", stdin=lines)[1], b"")


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_it_is_one_file_that_may_load_nothing(self):
        page = self.path("a.html")
        out = run("trace", "-o", page, *SAMPLE)[0]
        self.assertEqual(out.decode(), page + ": 32 spans of 4 traces\n")
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("<!doctype html>\n"))
        self.assertRegex(text, "Content-Security-Policy\" content=\"default-src "
                         "'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; "
                         "style-src 'sha256-[A-Za-z0-9+/]{43}='; ")
        self.assertNotRegex(text, r"https?://|@import|url\(|src=|href=")
        self.assertNotRegex(text, "@[A-Z]+@")

    def test_no_markup_is_made_of_what_is_in_a_file(self):
        plain = run("trace", "-o", "-", "-", stdin=span())[0].decode()
        evil = "</script><img src=x onerror=alert(1)><!-- <script>"
        page = run("trace", "-o", "-", "-", stdin=span(
            evil, status=evil, cause=evil, fields={evil: evil},
            values={evil: evil}, chain=[evil]))[0].decode()
        self.assertEqual(page.count("<"), plain.count("<"))
        data = re.search('id="data">(.*?)</script>', page, re.S).group(1)
        self.assertIn(evil, json.loads(data)["strings"])

    def test_its_data_are_columns_of_what_was_in_the_files(self):
        page = run("trace", "-o", "-", *SAMPLE)[0].decode()
        data = json.loads(re.search('id="data">(.*?)</script>', page,
                                    re.S).group(1))
        got = json.loads(run("trace", "--json", *SAMPLE)[0])
        all_spans = [each for trace in got["traces"]
                     for each in trace["spans"]]
        columns = data["spans"]
        self.assertEqual(columns["count"], len(all_spans))
        for i, each in enumerate(all_spans):
            name = data["strings"][columns["name"][i]]
            self.assertEqual(name, each["name"])
            self.assertEqual(columns["id"][16 * i:16 * i + 16], each["span"])
            if "parent" in each:
                above = i - columns["above"][i]
                self.assertEqual(all_spans[above]["span"], each["parent"])
        self.assertEqual(columns["dropped"][-1], 2)
        self.assertEqual(columns["remote"].count(1), 6)

    def test_without_a_name_it_is_trace_html(self):
        here = os.getcwd()
        files = [os.path.join(here, name) for name in SAMPLE]
        done = subprocess.run([os.path.abspath(PROGRAM), "trace", *files],
                              cwd=self.folder.name, capture_output=True,
                              timeout=100, check=True)
        self.assertEqual(done.stdout, b"trace.html: 32 spans of 4 traces\n")
        self.assertGreater(os.path.getsize(self.path("trace.html")), 40000)

    def test_no_input_is_written_over(self):
        name = self.path("a.json")
        with open(name, "w", encoding="utf-8") as file:
            file.write(span())
        os.link(name, self.path("b.json"))
        err = run("trace", "-o", self.path("b.json"), name, code=2)[1]
        self.assertIn(b"would be written over", err)
        with open(name, encoding="utf-8") as file:
            self.assertEqual(file.read(), span())
        here = self.path("-") # which is no name here
        with open(here, "w", encoding="utf-8"):
            pass
        done = subprocess.run([os.path.abspath(PROGRAM), "trace", "-j", "-"],
                              input=span().encode(), cwd=self.folder.name,
                              capture_output=True, timeout=100)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_what_cannot_be_written_is_told(self):
        out, err = run("trace", "-o", "/nowhere/a.html", *SAMPLE, code=1)
        self.assertIn(b"/nowhere/a.html: No such file", err)
        self.assertEqual(out, b"")
        many = "".join(span("s", i + 1) for i in range(1000))
        for words in ("-o",), ("--json", "-o"), ("--text", "-o"):
            out, err = run("trace", *words, "/dev/full", "-", stdin=many,
                           code=1)
            self.assertEqual(err, b"dctx: /dev/full: "
                             b"No space left on device\n")
            self.assertEqual(out, b"")
        for words in ("-o", "-"), ("--json",), ("--text",):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, "trace", *words, *SAMPLE],
                                      stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"cannot be written", done.stderr)

    def test_wrong_use_has_a_code_of_its_own(self):
        for words in ((), ("--nothing", "a"), ("--limit", "0", "a"),
                      ("--limit", "-1", "a"), ("--limit", "1x", "a"),
                      ("--trace", "xyz", "a"), ("--trace", "", "a"),
                      ("--trace", "1" * 33, "a"), ("--text", "--json", "a"),
                      ("--output=", "a"), ("--limit",)):
            out, err = run("trace", *words, code=2)
            self.assertEqual(out, b"")
            self.assertTrue(err.startswith(b"dctx: trace: "), err)
        self.assertIn(b"usage", run("trace", "--help")[0])

    def test_random_bytes_are_read_without_a_crash(self):
        whole = b""
        for name in SAMPLE:
            with open(name, "rb") as file:
                whole += file.read()
        for n in range(60):
            bytes_ = bytearray(whole)
            for at in os.urandom(2 * (n + 1)):
                bytes_[at * len(bytes_) // 256] = os.urandom(1)[0]
            for words in ("--json",), ("--text", "-v"), ("-o", "-"):
                done = subprocess.run([PROGRAM, "trace", *words, "-"],
                                      input=bytes_, capture_output=True)
                self.assertIn(done.returncode, (0, 1), done.stderr)


main()
