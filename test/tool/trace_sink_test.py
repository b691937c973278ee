# SPDX-License-Identifier: MIT
"""dctx trace of what the sink wrote: nothing is lost between the two.
Not under: valgrind musl - it would watch the wrong program."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal

from kit import main, run

TELLER = sys.argv[3]


class Told(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def tell(self, *words, code=0):
        path = os.path.join(self.folder, "%p.json")
        done = subprocess.run([TELLER, path, *words], timeout=100, check=False)
        self.assertEqual(done.returncode, code)
        return glob.glob(os.path.join(self.folder, "*.json"))

    def check(self, files):
        out, err = run("trace", "--json", *files)
        self.assertEqual(err, b"")
        got = json.loads(out, parse_float=Decimal)
        self.assertEqual(len(got["traces"]), 1)
        trace = got["traces"][0]
        self.assertEqual((trace["processes"], trace["failed"]), (2, 1))
        request, call, work = trace["spans"]
        self.assertEqual([request["name"], call["name"], work["name"]],
                         ["request", "call", "</script> \ufffd"])
        self.assertNotIn("parent", request)
        self.assertEqual(call["parent"], request["span"])
        self.assertEqual(work["parent"], call["span"])
        self.assertNotEqual(work["pid"], call["pid"])
        self.assertEqual(call["process"], os.path.basename(TELLER))
        self.assertEqual((call["kind"], call["level"], call["target"],
                          call["file"], call["cause"]),
                         ("client", "WARN", "teller", "teller.c:42",
                          "deadline exceeded"))
        self.assertEqual(call["links"], [{"trace": "01" + "0" * 30,
                                          "span": "02" + "0" * 14}])
        self.assertEqual(call["chain"], ["serve", "deeper"])
        self.assertEqual(call["values"]["request_id"], "r-1")
        self.assertLess(call["deadline"], call["ts"])
        self.assertEqual(work["fields"], {
            "text": "a\ufffd\"\n<", "most": str(2**63 - 1), "nan": "nan",
            "yes": True, "half": 0.5})
        self.assertEqual((work["status"], work["status_text"]),
                         ("DCTX_LIMIT", "no more"))
        event, = work["events"]
        self.assertEqual((event["name"], event["fields"]), ("moment", {"n": 7}))
        self.assertLessEqual(work["ts"], event["ts"])
        self.assertLessEqual(event["ts"], work["ts"] + work["dur"])
        for outer, inner in (request, call), (call, work):
            self.assertLessEqual(outer["ts"], inner["ts"])
            self.assertGreaterEqual(outer["ts"] + outer["dur"],
                                    inner["ts"] + inner["dur"])

    def test_all_that_a_span_says_is_read(self):
        files = self.tell()
        self.assertEqual(len(files), 2)
        self.check(files)

    def test_what_a_killed_process_had_written_is_read(self):
        self.check(self.tell("killed", code=-9))

    def test_a_file_of_two_processes_is_read(self):
        path = os.path.join(self.folder, "both.json")
        subprocess.run([TELLER, path], timeout=100, check=True)
        self.check([path])


main()
