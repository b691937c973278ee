# SPDX-License-Identifier: MIT
"""What all commands have in common.
Not under: valgrind musl - it would watch the wrong program."""
import json
import os
import tempfile
import unittest

from kit import main, run

COMMANDS = "check", "convert", "decode", "encode", "show", "trace"


class Options(unittest.TestCase):
    def test_a_wrong_option_is_told_in_one_way(self):
        for command in COMMANDS:
            for words in (("--nothing",), ("-z",), ("--help=x",), ("-z", "a")):
                out, err = run(command, *words, code=2)
                self.assertEqual(out, b"")
                want = b"dctx: %s: " % command.encode()
                self.assertTrue(err.startswith(want), err)
                self.assertIn(words[0].encode(), err)
                self.assertEqual(err.count(b"\n"), 2, err)
        for words in (("check", "-f"), ("check", "--format"),
                      ("convert", "--to")):
            err = run(*words, code=2)[1].decode()
            self.assertEqual(err, "dctx: %s: %s needs a value\n"
                             "Try dctx --help.\n" % words)

    def test_short_forms_are_the_same_everywhere(self):
        for command in COMMANDS:
            self.assertEqual(run(command, "-h"), run(command, "--help"))
        self.assertIn("trace", json.loads(run("show", "-j")[0]))
        self.assertEqual(run("encode", "-j"), run("encode", "--json"))

    def test_names_of_files_move_no_cursor(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "a\x1b[2J\n")
            for words in ("check",), ("decode",):
                out, err = run(*words, name, name, code=1)
                self.assertNotIn(b"\x1b", out + err)
                self.assertIn(rb"a\x1b[2J\x0a", err)
            with open(name, "wb") as file:
                file.write(b"baggage: a")
            out = run("check", name, name, code=1)[0]
            self.assertIn(rb"a\x1b[2J\x0a: line 1", out)
            with open(name, "wb") as file:
                file.write(run("encode", "--raw", stdin="")[0])
            out = run("decode", name, name)[0]
            self.assertIn(rb"a\x1b[2J\x0a: version 2", out)
            err = run("nothing\x1b", code=2)[1]
            self.assertNotIn(b"\x1b", err)


main()
