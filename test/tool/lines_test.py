# SPDX-License-Identifier: MIT
"""dctx convert --lines: a case a line, an answer a line."""
import glob
import random
import subprocess
import time
import unittest

from kit import PROGRAM, main, run

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def pair(name, value):
    return name.encode() + b"=" + value.hex().encode()


def lines(text):
    out, err = run("convert", "--lines", stdin=text)
    assert err == b"", err
    return out.split(b"\n")[:-1]


def cases():
    for path in sorted(glob.glob("test/wire/vectors/*.tsv")):
        with open(path, "rb") as file:
            for line in file.read().split(b"\n"):
                if line and not line.startswith(b"#"):
                    yield line.split(b"\t")


class Lines(unittest.TestCase):
    def test_every_case_of_the_corpus_holds(self):
        rows = list(cases())
        self.assertGreater(len(rows), 300)
        got = lines(b"".join(b"\t".join(r[:3]) + b"\n" for r in rows))
        self.assertEqual(len(got), len(rows))
        for row, line in zip(rows, got):
            self.assertEqual(line.split(b"\t"), row[:1] + row[3:7])

    def test_more_columns_are_not_looked_at(self):
        rows = list(cases())
        got = lines(b"".join(b"\t".join(r) + b"\n" for r in rows))
        self.assertEqual([line.split(b"\t")[1] for line in got],
                         [r[3] for r in rows])

    def test_no_headers_and_no_column_for_them_are_the_same(self):
        self.assertEqual(lines(b"a\tw3c\t\na\tw3c\na\tb3\t  \r\n"),
                         [b"a\tnone\t\t\t"] * 3)

    def test_the_last_line_need_not_end(self):
        self.assertEqual(lines(b"a\tw3c"), [b"a\tnone\t\t\t"])

    def test_garbage_is_answered_by_its_id_and_a_reason(self):
        for line in (b"", b"a", b"a\t", b"a\tw3", b"a\tW3C\t", b"a\tw3c\tx",
                     b"a\tw3c\tx=1", b"a\tw3c\tx=1g", b"a\tw3c\t=\0\0",
                     b"a\tbagset\tzz=", b"a\tbagset\t6b=6", b"\xff\xfe\t\0",
                     b"a\tb3\tb3=00 b3"):
            got = lines(line + b"\nnext\tw3c\t\n")
            columns = got[0].split(b"\t")
            self.assertEqual(columns[:2], [line.split(b"\t")[0], b"error"])
            self.assertTrue(columns[2])
            self.assertEqual(got[1:], [b"next\tnone\t\t\t"])

    def test_random_bytes_get_an_answer_a_line(self):
        random.seed(5)
        words = [b"\t", b"\n", b"=", b" ", b"w3c", b"bagset", b"b3", b"00",
                 b"baggage", b"jaeger", b"uber-trace-id", b"\0", b"\xff",
                 b"traceparent=", PARENT.hex().encode(), b"6b=", b"6b31=ff"]
        text = b"".join(random.choice(words) for _ in range(200000)) + b"\n"
        self.assertEqual(len(lines(text)), text.count(b"\n"))

    def test_a_line_may_have_a_mebibyte_and_no_more(self):
        head = b"a\tbaggage\tbaggage="
        for more in (-1, 0, 1):
            room = (1 << 20) + more - len(head)
            # An odd number of digits is a mistake of its own.
            line = head[1:].rjust(len(head) + room % 2, b"a")
            line += b"61" * (((1 << 20) + more - len(line)) // 2)
            self.assertEqual(len(line), (1 << 20) + more)
            got = lines(line + b"\nb\tw3c\t\n")
            self.assertEqual(len(got), 2)
            self.assertEqual(got[0].split(b"\t")[1],
                             b"error" if more > 0 else b"none")
            self.assertEqual(got[1], b"b\tnone\t\t\t")

    def test_a_line_without_end_takes_no_memory_and_one_answer(self):
        got = lines(b"x\tw3c\t" + b"a" * (5 << 20) + b"\nb\tw3c\t\n")
        self.assertEqual(got, [b"x\terror\tthe line is too long",
                               b"b\tnone\t\t\t"])

    def test_an_answer_does_not_wait_for_the_next_case(self):
        with subprocess.Popen([PROGRAM, "convert", "--lines"],
                              stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            for i in range(20):
                child.stdin.write(b"%d\tw3c\t\n" % i)
                child.stdin.flush()
                self.assertEqual(child.stdout.readline(),
                                 b"%d\tnone\t\t\t\n" % i)
            child.stdin.close()
            self.assertEqual(child.wait(), 0)

    def test_nothing_of_a_case_is_seen_in_the_next(self):
        case = pair("traceparent", PARENT) + b" " + pair("tracestate", b"a=b")
        got = lines(b"1\tw3c\t" + case + b"\n2\tw3c\t\n3\tbagset\t6b=76\n"
                    b"4\tbagset\t\n5\tbaggage\t\n6\tjaeger\t\n")
        self.assertIn(b"-01\t613d62\t\t", got[0])
        self.assertEqual(got[1], b"2\tnone\t\t\t")
        self.assertIn(b"6b=76;", got[2])
        self.assertEqual(got[3:], [b"%d\tnone\t\t\t" % i for i in (4, 5, 6)])

    def test_members_are_sorted_as_texts_and_headers_by_name(self):
        got = lines(b"a\tjaeger\t" + pair("uberctx-k1", b"1") + b" "
                    + pair("uberctx-k", b"2") + b"\n")[0].split(b"\t")
        self.assertEqual(got[3], b"6b31=31;,6b=32;")
        self.assertEqual(got[4], b"uberctx-k=32 uberctx-k1=31")

    def test_a_hundred_thousand_lines_take_seconds(self):
        value = b",".join(b"key%d=value%d" % (i, i) for i in range(8))
        case = [b"\tw3c\t" + pair("traceparent", PARENT),
                b"\tbaggage\t" + pair("baggage", value)]
        text = b"".join(b"%d" % i + case[i % 2] + b"\n"
                        for i in range(100000))
        began = time.monotonic()
        got = lines(text)
        self.assertEqual(len(got), 100000)
        self.assertTrue(all(line.startswith(b"%d\t" % i)
                            for i, line in enumerate(got)))
        self.assertLess(time.monotonic() - began, 60)


main()
