# SPDX-License-Identifier: MIT
"""The completion of bash: what is offered behind a line.
Not under: valgrind musl - it would watch the wrong program."""
import os
import re
import shutil
import subprocess
import unittest

from kit import PROGRAM, main

SCRIPT = """
. tool/dctx/completion.bash
COMP_LINE=$1 COMP_POINT=${#1} word=$2
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_dctx dctx "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
FORMATS = ["w3c", "baggage", "b3", "b3m", "jaeger", "grpc-timeout", "x-dctx",
           "x-dctx-bin"]


def offered(line):
    """Behind "dctx" and this line; readline parts words at = as well."""
    line = "dctx " + line
    words = re.findall("=+|[^ =]+", line) + [""] * line.endswith(" ")
    word = "" if words[-1].startswith("=") else words[-1]
    folder = os.path.dirname(os.path.abspath(PROGRAM))
    done = subprocess.run(
        ["bash", "-c", SCRIPT, "bash", line, word, *words],
        env={**os.environ, "PATH": folder + ":" + os.environ["PATH"]},
        capture_output=True, text=True, timeout=100)
    if done.stderr or done.returncode != 0:
        raise AssertionError(done)
    return done.stdout.split()


@unittest.skipUnless(shutil.which("bash"), "there is no bash")
class Completion(unittest.TestCase):
    def test_commands_are_offered_first(self):
        self.assertEqual(offered("e"), ["encode", "exec"])
        self.assertEqual(offered("--v"), ["--version"])
        self.assertIn("show", offered(""))

    def test_a_command_is_offered_behind_the_options_of_exec(self):
        for line in ("exec ", "exec -- ", "exec --set k=v ", "exec --set= ",
                     "exec --timeout 1s --trace ", "exec --timeout=1s ",
                     "exec --set k=v=w --set k= ", "exec --set k== -- "):
            self.assertIn("printf", offered(line + "print"), line)

    def test_options_are_offered_before_the_command(self):
        for line in ("exec --t", "exec --set k=v --t", "exec --json --t"):
            self.assertEqual(offered(line), ["--timeout", "--trace"], line)
        for line in ("exec -- --t", "exec --set k=v sh --t"):
            self.assertEqual(offered(line), [], line)
        self.assertEqual(offered("convert --ver"), ["--verbose"])
        self.assertEqual(offered("trace --t"), ["--text", "--trace"])

    def test_nothing_is_offered_for_what_can_be_anything(self):
        for option in "--timeout", "--grace", "--set", "--scope":
            for line in (option + " ", option + "=", option + " s",
                         option + "=s"):
                self.assertEqual(offered("exec " + line), [], line)
        self.assertEqual(offered("exec --set k=print"), [])
        self.assertEqual(offered("exec --set k="), [])

    def test_formats_are_offered_one_after_the_other(self):
        for line in ("convert --from ", "convert -t ", "convert --to=",
                     "convert -f b3 --to ", "check --format="):
            self.assertEqual(offered(line), FORMATS, line)
        for line in "convert --from w3c,b3", "convert --to=w3c,b3":
            self.assertEqual(offered(line), ["w3c,b3", "w3c,b3m"], line)
        self.assertEqual(offered("convert --from w3c,"),
                         ["w3c," + name for name in FORMATS])

    def test_a_command_that_is_none_leaves_the_prompt_alone(self):
        self.assertEqual(offered("nosuch -"), [])

    def test_files_are_offered_to_the_others(self):
        self.assertEqual(offered("check READ"), ["README.md"])
        self.assertEqual(offered("exec cat READ"), ["README.md"])


main()
