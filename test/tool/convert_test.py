# SPDX-License-Identifier: MIT
"""dctx convert: headers of one format as those of another, ids kept.
Not under: valgrind musl - it would watch the wrong program."""
import json
import unittest

from kit import main, run

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FORMS = {
    "w3c": {"traceparent": "00-%s-%s-01" % (TRACE, SPAN)},
    "b3": {"b3": "%s-%s-1" % (TRACE, SPAN)},
    "b3m": {"x-b3-traceid": TRACE, "x-b3-spanid": SPAN, "x-b3-sampled": "1"},
    "jaeger": {"uber-trace-id": "%s:%s:0:01" % (TRACE, SPAN)},
}


def lines(headers):
    return "".join("%s: %s\n" % pair for pair in headers.items())


def convert(text, source, target, *words):
    out = run("convert", "--from", source, "--to", target, *words,
              stdin=text)[0].decode()
    return dict(line.split(": ", 1) for line in out.splitlines())


class Convert(unittest.TestCase):
    def test_each_format_becomes_each_other_with_the_same_ids(self):
        for source, headers in FORMS.items():
            for target, want in FORMS.items():
                self.assertEqual(convert(lines(headers), source, target),
                                 want, (source, target))

    def test_names_are_read_in_any_case_and_lines_with_any_end(self):
        for source, headers in FORMS.items():
            text = "".join("%s:\t%s \r\n\r\n" % (name.upper(), value)
                           for name, value in headers.items())
            self.assertEqual(convert(text, source, "w3c"), FORMS["w3c"])

    def test_lists_of_formats_carry_trace_and_members(self):
        text = lines(FORMS["w3c"]) + "Baggage: a=b;p\nbaggage: c=%20d\n"
        self.assertEqual(convert(text, "w3c,baggage", "jaeger"),
                         {**FORMS["jaeger"], "uberctx-a": "b",
                          "uberctx-c": "%20d"})
        self.assertEqual(convert(text, "baggage,w3c", "b3,baggage"),
                         {**FORMS["b3"], "baggage": "a=b;p,c=%20d"})
        self.assertEqual(convert(text, "w3c", "w3c,baggage"), FORMS["w3c"])

    def test_the_envelope_as_a_header_brings_all_of_it_back(self):
        text = lines(FORMS["w3c"]) + "tracestate: a=b\nbaggage: k=v\n"
        there = convert(text, "w3c,baggage", "x-dctx")
        self.assertEqual(list(there), ["x-dctx"])
        self.assertEqual(convert(lines(there), "x-dctx", "w3c,baggage"),
                         {**FORMS["w3c"], "tracestate": "a=b",
                          "baggage": "k=v"})

    def test_what_is_not_asked_for_is_not_handed_on(self):
        self.assertEqual(convert("Cookie: secret\n", "w3c,baggage", "b3"), {})
        self.assertEqual(convert(lines(FORMS["b3"]), "w3c", "w3c"), {})

    def test_findings_go_to_stderr_and_with_verbose_their_places(self):
        words = ("convert", "-f", "w3c,baggage", "-t", "b3")
        text = lines(FORMS["w3c"]) + "baggage: a=b,c\nno header\n"
        for more, caret in ((), False), (("--verbose",), True):
            out, err = run(*words, *more, stdin=text)
            self.assertEqual(out.decode(), lines(FORMS["b3"]))
            self.assertIn(b"line 2, column 15: baggage: ", err)
            self.assertIn(b"BAGGAGE_SHAPE", err)
            self.assertIn(b"line 3, column 1: ", err)
            self.assertEqual(b"^" in err, caret)

    def test_it_fails_when_nothing_is_left_of_what_is_wrong(self):
        words = ("convert", "-f", "w3c,baggage", "-t", "b3")
        for more in (), ("--verbose",), ("--json",):
            for text in ("traceparent: garbage\n", "no header\n",
                         "traceparent: 1\nbaggage: a=b\n"):
                out, err = run(*words, *more, stdin=text, code=1)
                self.assertEqual(out == b"", more != ("--json",), text)
                self.assertEqual(err == b"", more == ("--json",), text)
            for text in "", "Cookie: a\n", "baggage: a=b\n":
                self.assertEqual(run(*words, *more, stdin=text)[1], b"")
        got = json.loads(run(*words, "-j", stdin="baggage: a", code=1)[0])
        self.assertEqual(got["headers"], [])
        self.assertEqual(len(got["findings"]), 1)

    def test_json_has_headers_and_findings(self):
        out = run("convert", "-f", "w3c,baggage", "-t", "b3", "--json",
                  stdin=lines(FORMS["w3c"]) + "baggage: c\n")[0]
        got = json.loads(out)
        self.assertEqual(got["headers"], [
            {"name": "b3", "value": FORMS["b3"]["b3"]}])
        self.assertEqual([f["rule"] for f in got["findings"]],
                         ["BAGGAGE_SHAPE"])

    def test_wrong_use_is_told_apart(self):
        for words in ((), ("--from", "w3c"), ("--to", "b3"),
                      ("--from", "w3", "--to", "b3"),
                      ("--from", "w3c,", "--to", "b3"),
                      ("--from", "", "--to", "b3"), ("--lines", "--json"),
                      ("--nothing",)):
            self.assertTrue(run("convert", *words, code=2)[1], words)
        run("convert", "-f", "b3", "-t", "b3", "/nowhere", code=1)
        out = run("convert", "-f", "b3", "-t", "b3", "--json", "/nowhere",
                  code=1)[0]
        self.assertEqual(json.loads(out)["file"], "/nowhere")
        self.assertIn(b"usage", run("convert", "--help")[0])


main()
