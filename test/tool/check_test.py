# SPDX-License-Identifier: MIT
"""dctx check: what is wrong, where, and by which rule.
Not under: valgrind musl - it would watch the wrong program."""
import json
import os
import pty
import re
import subprocess
import unittest

from kit import PROGRAM, main, run

IDS = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
PARENT = "traceparent: 00-" + IDS + "-01"


def check(text, *words):
    """The findings, as (rule, line, column, effect)."""
    out = subprocess.run([PROGRAM, "check", "--json", *words],
                         input=text.encode("latin-1"), capture_output=True)
    got = json.loads(out.stdout)["findings"]
    assert out.returncode == (1 if got else 0), out
    return [(f["rule"], f["line"], f["column"], f["effect"]) for f in got]


def check_message(hexed):
    out = subprocess.run([PROGRAM, "check", "-e", "--hex", "--json"],
                         input=hexed.encode(), capture_output=True)
    got = json.loads(out.stdout)["findings"]
    assert out.returncode == (1 if got else 0), out
    return [(f["rule"], f["offset"], f["what"]) for f in got]


class Check(unittest.TestCase):
    def holds(self, text, *wants):
        """Each @ in the text is where a finding is, and is taken out."""
        got = check(text.replace("@", ""))
        places = []
        for number, line in enumerate(text.split("\n"), 1):
            for n, place in enumerate(re.finditer("@", line)):
                places.append((number, place.start() + 1 - n))
        self.assertEqual([g[0] for g in got], list(wants), text)
        self.assertEqual([g[1:3] for g in got], places, text)

    def test_nothing_is_said_of_what_is_right(self):
        self.holds("\r\n".join([
            "Host: a", PARENT, "tracestate: a=b", "tracestate:c=d ",
            "baggage: k=v;p=q,l=%20", "b3: " + IDS + "-1-" + IDS[-16:],
            "uber-trace-id: 1:2:0:1", "grpc-timeout: 5S", "", ""]))
        self.holds("")

    def test_a_traceparents_faults_are_placed(self):
        for text, rule in (
                ("traceparent: 00-0@AF7651916cd43dd8448eb211c80319c-"
                 + IDS[33:] + "-01", "CHARACTER"),
                ("TraceParent:\t@ff-" + IDS + "-01", "VERSION_FF"),
                ("traceparent: @cc-" + IDS + "-01", "VERSION_LATER"),
                ("traceparent: 00-" + IDS + "-01@-more", "TAIL"),
                ("traceparent: 00-@" + "0" * 32 + IDS[32:] + "-01",
                 "TRACE_ID"),
                ("traceparent: 00-" + IDS[:33] + "@" + "0" * 16 + "-01",
                 "PARENT_ID")):
            got = check(text.replace("@", ""))
            self.assertEqual([(g[0], g[2]) for g in got],
                             [("TRACEPARENT_" + rule, text.index("@") + 1)])

    def test_one_bad_header_of_each_family_is_placed(self):
        self.holds("Host: a\n" + PARENT + "\ntracestate: a=b,@A=c",
                   "TRACESTATE_KEY")
        self.holds("tracestate: @a=b", "TRACESTATE_ALONE")
        self.holds("baggage: a=b, c@", "BAGGAGE_SHAPE")
        self.holds("baggage: a=b\nBaggage:  c=d,e=@%zz", "BAGGAGE_PERCENT")
        self.holds("b3: " + IDS + "-@7", "B3_SAMPLED")
        self.holds("uber-trace-id: 1:@x:0:1", "JAEGER_SPAN_ID")
        self.holds("UberCtx-: @a\nuberctx-a:\tok\nuberctx-B: a@%zz",
                   "JAEGER_BAGGAGE", "JAEGER_BAGGAGE")
        self.holds("grpc-timeout: 5@x", "GRPC_TIMEOUT_UNIT")
        self.holds("x-dctx: @!", "ENVELOPE_BASE64")

    def test_lines_that_are_no_headers_are_placed(self):
        self.holds("@no colon\nHost: a\n@ folded: b\n@a b: c\n@: d",
                   "LINE_COLON", "LINE_FOLDED", "LINE_NAME", "LINE_NAME")

    def test_a_start_line_is_none_of_the_headers(self):
        for start in ("GET / HTTP/1.1", "GET http://a:80/?b HTTP/1.0",
                      "M-SEARCH * HTTP/1.1", "GET / HTTP/2",
                      "HTTP/1.1 200 OK", "HTTP/2 200", "HTTP/2 200 ",
                      "HTTP/1.1 404 Not: found"):
            self.holds(start + "\r\nHost: a\r\n\r\n")
            self.holds("\n" + start + "\na: b\n\n" + start + "\nbaggage: c@",
                       "BAGGAGE_SHAPE")
        self.holds("a: b\n@GET / HTTP/1.1", "LINE_COLON")
        for line in ("@GET / HTTP/", "@GET  / HTTP/1.1", "@GET / HTTP/1.",
                     "@GET / HTTP/1.1 ", "@GET /", "@G(T / HTTP/1.1",
                     "@ / HTTP/2", "@HTTP/1.1 20", "@HTTP/1.1 2000", "@HTTP/x 200",
                     "@GET", "@/ HTTP/1.1"):
            self.holds(line, "LINE_FOLDED" if line[1] == " " else "LINE_COLON")

    def test_findings_stand_in_the_order_of_the_input(self):
        got = check("grpc-timeout: x\nbaggage: a,b\ntraceparent: 1\nbad")
        self.assertEqual([g[1] for g in got], sorted(g[1] for g in got))
        self.assertGreater(len(got), 4)

    def test_only_the_formats_that_are_asked_for_are_looked_at(self):
        text = "traceparent: 1\nbaggage: a"
        self.assertEqual([g[0] for g in check(text, "-f", "baggage")],
                         ["BAGGAGE_SHAPE"])
        self.assertEqual(check(text, "--format", "b3"), [])

    def test_a_finding_has_its_text_section_and_effect(self):
        out = run("check", "--json", stdin="baggage: a=b,c", code=1)[0]
        finding = json.loads(out)["findings"][0]
        self.assertEqual(finding["header"], "baggage")
        self.assertEqual(finding["section"], "W3C Baggage, 3.3.1")
        self.assertEqual(finding["effect"], "skipped")
        self.assertEqual(finding["offset"], 5)
        text = run("check", stdin="baggage: a=b,c", code=1)[0].decode()
        self.assertTrue(text.startswith("line 1, column 15: baggage: "))
        for part in ("BAGGAGE_SHAPE", finding["text"], finding["section"],
                     "skipped"):
            self.assertIn(part, text)
        self.assertNotIn("^", text)

    def test_a_caret_stands_below_the_place(self):
        text = "x: y\nbaggage:  %s=v,k,\xe4=1" % ("long" * 30)
        out = run("check", "--caret", stdin=text.encode("latin-1"), code=1)[0]
        lines = out.decode().split("\n")
        for at in (0, 3):
            column = lines[at + 2].index("^")
            self.assertEqual(lines[at + 1][column:column + 1],
                             "," if at == 0 else ".")

    def test_a_terminal_gets_carets_and_colour_a_pipe_none(self):
        ours, theirs = pty.openpty()
        environ = dict(os.environ, TERM="xterm")
        environ.pop("NO_COLOR", None)
        done = subprocess.run([PROGRAM, "check"], input=b"baggage: a",
                              stdout=theirs, env=environ)
        os.close(theirs)
        out = b""
        try:
            while chunk := os.read(ours, 4096):
                out += chunk
        except OSError:
            pass # the other end is closed
        os.close(ours)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"^", out)
        self.assertIn(b"\x1b[1m", out)
        self.assertNotIn(b"\x1b", run("check", stdin="baggage: a", code=1)[0])

    def test_a_message_is_checked_by_rule_and_byte(self):
        def message(*lines):
            return run("encode", "--hex", stdin="\n".join(lines))[0].decode()

        whole = message("entry a u8 1", "entry b u8 1", "scope c").strip()
        self.assertEqual(check_message(whole), [])
        self.assertEqual(check_message(whole + "ffff"),
                         [("MESSAGE_TRAILING", len(whole) // 2, "")])
        self.assertEqual(check_message("03" + whole[2:]),
                         [("MESSAGE_VERSION", 0, "version")])
        self.assertEqual(check_message(whole[:-2])[0][0], "MESSAGE_CORRUPT")
        self.assertEqual(check_message("0"), [("MESSAGE_FORM", 0, "")])
        self.assertEqual(check_message(""),
                         [("MESSAGE_CORRUPT", 0, "version")])
        self.assertEqual(
            check_message(message("entry a u8 1", "entry dctx.new u8 1",
                                  "entry a u8 2", "entry dctx.deadline u8 1",
                                  "entry dctx.trace u8 1")),
            [("MESSAGE_RESERVED", 34, "dctx.new"),
             ("MESSAGE_TWICE", 63, "a"),
             ("MESSAGE_VALUE", 85, "dctx.deadline"),
             ("MESSAGE_VALUE", 119, "dctx.trace")])
        self.assertEqual(check_message(message(*["entry a u8 1"] * 1024))[0],
                         ("MESSAGE_TWICE", 34, "a"))
        long = bytearray.fromhex(message(*["entry a u8 1"] * 1024))
        long[4:6] = b"\1\4"
        long[-8:-8] = long[12:34]
        self.assertEqual(check_message(long.hex()),
                         [("MESSAGE_LIMIT", 4, "entries")])

    def test_random_bytes_are_checked_without_a_crash(self):
        for n in range(60):
            text = os.urandom(n * 7)
            for words in ((), ("-e", "--raw"), ("--caret",),
                          ("-e", "-c", "--raw")):
                done = subprocess.run([PROGRAM, "check", *words], input=text,
                                      capture_output=True)
                self.assertIn(done.returncode, (0, 1))

    def test_each_file_has_an_object_and_wrong_use_a_code_of_its_own(self):
        run("check", "--nothing", code=2)
        run("check", "--format", "w4c", code=2)
        run("check", "/nowhere", code=1)
        self.assertIn(b"usage", run("check", "--help")[0])
        out = run("check", "--json", "test/tool/kit.py", "-", stdin=PARENT,
                  code=1)[0].splitlines()
        self.assertEqual([json.loads(line)["file"] for line in out],
                         ["test/tool/kit.py", "-"])

    def test_a_file_that_cannot_be_read_has_an_object_too(self):
        for words in (), ("-e",):
            out, err = run("check", "--json", *words, "/nowhere", code=1)
            got = json.loads(out)
            self.assertEqual(set(got), {"file", "error"})
            self.assertEqual(got["file"], "/nowhere")
            self.assertEqual(err.decode(),
                             "dctx: /nowhere: %s\n" % got["error"])


main()
