# SPDX-License-Identifier: MIT
"""What the tests of the command share: the program is the first argument."""
import subprocess
import sys
import unittest

PROGRAM = sys.argv[1]


def run(*words, stdin=b"", code=0):
    """Runs dctx with these words; gives what it wrote, as bytes."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run([PROGRAM, *words], input=stdin,
                          capture_output=True, timeout=100)
    if done.returncode != code:
        raise AssertionError(f"{words}: {done.returncode}, not {code}: "
                             f"{done.stderr.decode(errors='replace')}")
    return done.stdout, done.stderr


def main():
    unittest.main(argv=sys.argv[:1], verbosity=0)
