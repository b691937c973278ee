# SPDX-License-Identifier: MIT
"""dctx encode and decode: messages as JSON and as lines, and back.
Not under: valgrind musl - it would watch the wrong program."""
import base64
import json
import os
import struct
import subprocess
import tempfile
import unittest

from kit import PROGRAM, main, run

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def vectors():
    with open("test/vectors/dcontext-wire.jsonl") as file:
        return [json.loads(line) for line in file]


def encode(text, *words):
    return run("encode", "--raw", *words, stdin=text)[0]


def decode(message, *words, code=0):
    return json.loads(run("decode", "--json", *words, stdin=message,
                          code=code)[0])


def bincode(text):
    return struct.pack("<Q", len(text)) + text


class Message(unittest.TestCase):
    def test_messages_of_the_rust_crate_come_back_byte_for_byte(self):
        cases = [v for v in vectors() if "decoded" in v]
        self.assertGreater(len(cases), 40)
        for v in cases:
            message = bytes.fromhex(v["hex"])
            got = decode(message, "--raw")
            self.assertEqual(got["version"], v["decoded"]["version"])
            self.assertEqual([e["key"] for e in got["entries"]],
                             [e["key"] for e in v["decoded"]["entries"]])
            self.assertEqual(got.get("chain", []), v["decoded"]["chain"])
            end = len(message) - got["trailing"]
            self.assertEqual(encode(json.dumps(got)), message[:end],
                             v["name"])

    def test_what_is_no_message_is_refused_by_its_place(self):
        for name, place in (("trunc_01_at_4", b"byte 4: entries"),
                            ("version_max", b"version 4294967295")):
            v = next(v for v in vectors() if v["name"] == name)
            out, err = run("decode", "--hex", stdin=v["hex"], code=1)
            self.assertEqual(out, b"")
            self.assertIn(place, err)

    def test_no_truncation_of_a_message_is_taken_or_crashes(self):
        message = encode("entry a str b\nentry c u8 1\nscope d\n")
        for n in range(len(message)):
            run("decode", "--raw", stdin=message[:n], code=1)

    def test_every_kind_is_written_as_bincode_has_it(self):
        for kind, value, want in (
                ("bool", "true", b"\1"), ("bool", "false", b"\0"),
                ("i8", "-128", b"\x80"), ("u8", "255", b"\xff"),
                ("i16", "-2", b"\xfe\xff"), ("u16", "0x1ff", b"\xff\1"),
                ("i32", "-2147483648", b"\0\0\0\x80"),
                ("u32", "4294967295", b"\xff" * 4),
                ("i64", "-9223372036854775808", b"\0" * 7 + b"\x80"),
                ("u64", "18446744073709551615", b"\xff" * 8),
                ("f32", "1.5", struct.pack("<f", 1.5)),
                ("f64", "-0.1", struct.pack("<d", -0.1)),
                ("f64", "-inf", struct.pack("<d", float("-inf"))),
                ("f32", "inf", b"\0\0\x80\x7f"),
                ("f32", "3.4e38", struct.pack("<f", 3.4e38)),
                ("str", "a  b", bincode(b"a  b")), ("str", "", bincode(b"")),
                ("bytes", "00ff", bincode(b"\0\xff")), ("hex", "0aFf",
                                                        b"\x0a\xff")):
            message = encode("entry k %s %s\n" % (kind, value))
            entry = decode(message)["entries"][0]
            self.assertEqual(bytes.fromhex(entry["hex"]), want, kind)
            given = json.dumps({"entries": [
                {"key": "k", "kind": kind, "value": value}]})
            self.assertEqual(encode(given), encode(
                "version 2\nentry k %s %s" % (kind, value)))

    def test_json_numbers_and_truths_are_values(self):
        for kind, value, want in (("u64", 42, b"*" + b"\0" * 7),
                                  ("bool", True, b"\1"),
                                  ("f64", 0.1, struct.pack("<d", 0.1)),
                                  ("i8", -1, b"\xff")):
            message = encode(json.dumps({"entries": [
                {"key": "k", "version": 7, "kind": kind, "value": value}]}))
            entry = decode(message)["entries"][0]
            self.assertEqual(bytes.fromhex(entry["hex"]), want)
            self.assertEqual(entry["version"], 7)

    def test_values_out_of_their_kind_are_refused_by_line(self):
        for line in ("u8 256", "i8 -129", "u64 -1", "u32 ", "bool yes",
                     "i64 9223372036854775808", "f64 x", "f32 1e400",
                     "f64 -1e400", "f32 1e39", "bytes 0", "hex zz",
                     "u8  1x", "text a", ""):
            err = run("encode", stdin="\n# a remark\nentry k " + line,
                      code=1)[1]
            self.assertIn(b"line 3: ", err, line)
        for given in ("[]", "{", '{"entries": 1}', '{"nothing": 1}',
                      '{"version": 3}', '{"chain": [1]}', '{"trace": "00"}',
                      '{"entries": [{"key": "a"}]}', '{"deadline": 5}',
                      '{"entries": [{"key": "a", "hex": "0"}]}', "\0"):
            self.assertTrue(run("encode", stdin=given, code=1)[1], given)

    def test_a_trace_baggage_and_a_deadline_are_reserved_entries(self):
        text = "trace %s a=b,c=d\nbaggage k=v;p, l=%%20\ndeadline 1.5s\n"
        got = decode(encode(text % PARENT))
        means = {e["key"]: e["means"] for e in got["entries"]}
        self.assertEqual(means, {
            "dctx.trace": PARENT[3:] + " a=b,c=d",
            "dctx.baggage": "k=v;p,l=%20",
            "dctx.deadline": "1500000000 ns were left"})
        self.assertEqual(encode(json.dumps({
            "trace": PARENT, "tracestate": "a=b,c=d",
            "baggage": "k=v;p, l=%20", "deadline": "1.5s"})),
            encode(text % PARENT))
        run("check", "--envelope", stdin=encode(text % PARENT))

    def test_key_versions_and_chains_are_kept(self):
        got = decode(encode("version 1\nentry a@b@70000 u8 1\n"))
        self.assertEqual((got["version"], "chain" in got), (1, False))
        self.assertEqual((got["entries"][0]["key"],
                          got["entries"][0]["version"]), ("a@b", 70000))
        got = decode(encode("scope a b\nscope c\r\n"))
        self.assertEqual(got["chain"], ["a b", "c"])

    def test_the_form_of_a_message_is_told_by_its_beginning(self):
        for text in ("", "entry a u8 1\n", "scope abc\n", "version 1\n",
                     "entry k bytes ffffffffff\n"):
            message = encode(text)
            forms = [message, message.hex().encode(),
                     message.hex().upper().encode(),
                     base64.b64encode(message),
                     base64.urlsafe_b64encode(message).rstrip(b"=")]
            for form in forms + [b" " + form[:9] + b"\r\n" + form[9:]
                                 for form in forms[1:]]:
                got = decode(form)
                self.assertEqual(encode(json.dumps(got)), message, form)
            for word, form in (("--hex", forms[1]), ("--base64", forms[3]),
                               ("--url", forms[4])):
                out = run("encode", word, stdin=text)[0]
                self.assertEqual(out, form + b"\n")
            out = json.loads(run("encode", "--json", stdin=text)[0])
            self.assertEqual(out, {"file": "-", "bytes": len(message),
                                   "hex": forms[1].decode(),
                                   "base64": forms[3].decode()})

    def test_several_files_are_shown_one_after_the_other(self):
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, n) for n in "ab"]
            for name in names:
                with open(name, "wb") as file:
                    file.write(encode("entry %s u8 1" % name[-1]))
            out = run("decode", "--json", *names)[0].splitlines()
            self.assertEqual([json.loads(line)["file"] for line in out],
                             names)
            out = run("decode", names[0], "/nowhere", names[1], code=1)[0]
            self.assertEqual(out.count(b"version 2"), 2)

    def test_a_file_whose_name_is_no_text_has_its_object(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(os.fsencode(folder), b"a\xff")
            text = b"entry a u8 1"
            for words, content in ((("encode", "--json"), text),
                                   (("decode", "--json"), encode(text)),
                                   (("check", "--json", "-e"), encode(text))):
                with open(name, "wb") as file:
                    file.write(content)
                got = json.loads(run(*words, name)[0])
                self.assertEqual(bytes.fromhex(got["file"]), name)

    def test_what_cannot_be_read_has_its_object_of_an_error(self):
        for words, text in ((("decode", "/nowhere"), b""),
                            (("decode", "--hex"), b"0"),
                            (("decode", "--base64"), b"!"),
                            (("decode",), b"\1\0\0\0\0"),
                            (("decode",), b"\3\0\0\0" * 4),
                            (("encode", "/nowhere"), b""),
                            (("encode",), b"entry"), (("encode",), b"\0"),
                            (("encode",), b"{"), (("encode",), b'{"a": 1}'),
                            (("encode",), b'{"chain": 1}'),
                            (("encode",), b"entry a" + b"b" * 300 + b" u8 1")):
            out, err = run(*words, "--json", stdin=text, code=1)
            got = json.loads(out)
            self.assertEqual(set(got), {"file", "error"})
            self.assertEqual(got["file"],
                             "/nowhere" if "/nowhere" in words else "-")
            self.assertIn(got["error"].encode(), err)
            self.assertEqual(run(*words, stdin=text, code=1), (b"", err))

    def test_nothing_that_moves_a_cursor_is_printed(self):
        message = encode(json.dumps({"entries": [
            {"key": "a\x1b[2J", "kind": "str", "value": "b\x07\n\x9b"}],
            "chain": ["c\rd"]}))
        out = run("decode", stdin=message)[0]
        self.assertNotIn(b"\x1b", out)
        self.assertNotIn(b"\x07", out)
        self.assertNotIn(b"\r", out)
        self.assertNotIn(b"\xc2\x9b", out)

    def test_kinds_of_numbers_are_guessed_and_json_rounds_none(self):
        for kind, value, number, guess in (
                ("u64", "9007199254740993", "9007199254740993", "u64?"),
                ("u64", "42", 42, "u64?"), ("i64", "-5", "-5", "i64?"),
                ("u64", "0", 0, "u64?"), ("str", "", 0, "u64?"),
                ("u32", "0", 0, "u32?"),
                ("f64", "0.1", "0.10000000000000001", "f64?"),
                ("f32", "-1.5", "-1.5", "f32?"), ("i32", "-7", "-7", "i32?"),
                ("u32", "7", 7, "u32?"), ("bool", "true", 1, "bool?"),
                ("u8", "2", 2, "u8?"), ("u16", "65535", 65535, "u16?"),
                ("u64", "4294967296", 4294967296, "u64?")):
            entry = decode(encode("entry a %s %s" % (kind, value)))
            entry = entry["entries"][0]
            self.assertEqual((entry["number"], entry["kind"]),
                             (number, guess))

    def test_eight_zero_bytes_are_no_sure_text(self):
        out = run("decode", stdin=encode("entry a u64 0"))[0]
        self.assertIn(b'  a  v1  u64?  0 (0x0000000000000000)\n', out)
        self.assertNotIn("text", decode(encode("entry a f64 0"))["entries"][0])

    def test_output_that_cannot_be_written_is_a_failure(self):
        message = encode("entry a u8 1")
        for words in (("decode",), ("encode", "--hex", os.devnull),
                      ("decode", "--json"), ("--help",), ("--version",)):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *words], input=message,
                                      stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(b"cannot be written", done.stderr)

    def test_wrong_use_is_told_apart(self):
        run("decode", "--nothing", code=2)
        run("encode", "--nothing", code=2)
        run("encode", "--raw", "a", "b", code=2)
        self.assertIn(b"usage", run("decode", "--help")[0])
        self.assertIn(b"usage", run("encode", "--help")[0])


main()
