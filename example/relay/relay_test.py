#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""relay_test.py COMMAND... - starts the relay by that command and plays the
W3C's tests of trace contexts with it: what it sends on for what it is sent.
Sections are those of W3C Trace Context Level 2.
"""
import http.server
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest

TRACE, PARENT = "1234567890abcdef1234567890abcdef", "1234567890abcdef"
VALID = f"00-{TRACE}-{PARENT}-01"
PATIENCE = 60  # seconds; nothing here should take any
command = []


class Sink(http.server.ThreadingHTTPServer):
    """Keeps what is sent to it, under its path."""

    daemon_threads = True
    request_queue_size = 64

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            sink = self.server
            body = self.rfile.read(int(self.headers["content-length"]))
            with sink.changed:
                sink.came.setdefault(self.path, []).append(
                    (list(self.headers.raw_items()), json.loads(body))
                )
                sink.changed.notify_all()
            if self.path == "/never":
                sink.closing.wait(PATIENCE)
            self.send_response(500 if self.path == "/broken" else 200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.came = {}
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # the relay gives up on /never

    def wait_for(self, path):
        with self.changed:
            self.changed.wait_for(lambda: path in self.came, PATIENCE)

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()


class Relay:
    def __init__(self):
        self.process = subprocess.Popen(
            command + ["0"], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        self.port = int(line.removeprefix("listening 127.0.0.1:"))
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self):
        there = ("127.0.0.1", self.port)
        return socket.create_connection(there, PATIENCE)

    def send(self, lines, body, path="/test", method="POST"):
        """Sends lines as they are; returns the status and the answer."""
        head = [f"{method} {path} HTTP/1.1", "Host: relay"]
        head += ["Connection: close", f"Content-Length: {len(body)}"]
        text = "\r\n".join(head + lines).encode("latin-1") + b"\r\n\r\n" + body
        with self.connect() as s:
            try:
                s.sendall(text)
                answer = s.makefile("rb").read()
            except ConnectionError:  # refused before it was all there
                return 0, None
        head, _, body = answer.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d+) ", head)
        return (int(match[1]), json.loads(body)) if match else (0, None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status


def setUpModule():
    global sink, relay
    sink, relay = Sink(), Relay()


def tearDownModule():
    status = relay.stop()
    sink.close()
    assert status == 0, f"the relay ended with {status}"


class Case(unittest.TestCase):
    number = 0

    def relayed(self, lines, calls=1):
        """Has calls made; returns the header lines of each."""
        paths = []
        for _ in range(calls):
            Case.number += 1
            paths.append(f"/{Case.number}")
        body = [{"url": sink.url + p, "arguments": []} for p in paths]
        status, answer = relay.send(lines, json.dumps(body).encode())
        self.assertEqual(200, status)
        self.assertEqual([200] * calls, [call["status"] for call in answer])
        return [sink.came.pop(path)[0][0] for path in paths]

    def values(self, headers, name):
        return [value for key, value in headers if key.lower() == name]

    def parent(self, headers):
        """The ids and flags of the one traceparent, which is a good one."""
        lines = self.values(headers, "traceparent")
        self.assertEqual(1, len(lines), lines)
        shape = "00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})"
        match = re.fullmatch(shape, lines[0])
        self.assertTrue(match, lines[0])
        self.assertNotEqual("0" * 32, match[1])
        self.assertNotEqual("0" * 16, match[2])
        return match.groups()

    def state(self, headers):
        """The members of the tracestate, in order."""
        members = []
        for line in self.values(headers, "tracestate"):
            members += [m.strip(" \t") for m in line.split(",")]
        return [m for m in members if m]

    def assert_continued(self, *lines):
        with self.subTest(lines=lines):
            trace, parent, flags = self.parent(self.relayed(list(lines))[0])
            self.assertEqual(TRACE, trace)
            self.assertNotEqual(PARENT, parent)
            return flags

    def assert_restarted(self, *lines):
        """Nor does a tracestate outlive the trace that it belongs to."""
        with self.subTest(lines=lines):
            headers = self.relayed(list(lines) + ["tracestate: foo=1"])[0]
            trace, parent, _ = self.parent(headers)
            self.assertNotIn(trace, "".join(lines))
            self.assertNotEqual(PARENT, parent)
            self.assertEqual([], self.state(headers))

    def assert_state(self, expected, *lines):
        """What comes of a tracestate beside a good traceparent."""
        with self.subTest(lines=lines):
            lines = [f"traceparent: {VALID}", *lines]
            headers = self.relayed(lines)[0]
            self.assertEqual(TRACE, self.parent(headers)[0])
            self.assertEqual(expected, self.state(headers))


class Traceparent(Case):
    def test_without_one_a_trace_begins(self):
        self.parent(self.relayed([])[0])

    def test_a_good_one_is_continued(self):
        self.assert_continued(f"traceparent: {VALID}")

    def test_a_name_is_one_in_any_letters(self):  # 3.2.1, 3.3.1
        for name in "TraceParent", "TrAcEpArEnT", "TRACEPARENT":
            self.assert_continued(f"{name}: {VALID}")

    def test_other_names_are_none(self):
        for name in "trace-parent", "trace_parent", "traceparents":
            self.assert_restarted(f"{name}: {VALID}")

    def test_two_of_them_are_none(self):
        self.assert_restarted(
            f"traceparent: {VALID}",
            f"traceparent: 00-{'ab' * 16}-{PARENT}-01",
        )
        self.assert_restarted(f"traceparent: {VALID}", f"Traceparent: {VALID}")
        self.assert_restarted(f"traceparent: {VALID},{VALID}")

    def test_an_empty_one_is_none(self):
        self.assert_restarted("traceparent:")
        self.assert_restarted("traceparent:  \t ")

    def test_white_space_around_it_is_no_part_of_it(self):
        for before, after in ("", " "), ("\t", ""), ("\t ", " \t"), ("", "\t"):
            self.assert_continued(f"traceparent:{before}{VALID}{after}")

    def test_version_0_has_nothing_behind_the_flags(self):  # 3.2.4
        for tail in ".", "-", "-x", "-what-the-future-will-be-like":
            self.assert_restarted(f"traceparent: {VALID}{tail}")

    def test_a_later_version_may_have_more(self):  # 3.2.4
        for tail in "", "-", "-what-the-future-will-be-like":
            self.assert_continued(f"traceparent: cc{VALID[2:]}{tail}")
            self.assert_continued(f"traceparent: fe{VALID[2:]}{tail}")
        for tail in ".", "0", ".what-the-future-will-be-like":
            self.assert_restarted(f"traceparent: cc{VALID[2:]}{tail}")

    def test_version_ff_is_none(self):  # 3.2.2.1
        self.assert_restarted(f"traceparent: ff{VALID[2:]}")

    def test_a_version_has_two_digits(self):
        for version in ".0", "0.", "", "0", "000", "0000", "  ", "0x":
            self.assert_restarted(f"traceparent: {version}{VALID[2:]}")

    def test_a_trace_id_has_32_digits_not_all_zero(self):  # 3.2.2.3
        for trace in (
            "0" * 32,
            "." + TRACE[1:],
            TRACE[:-1] + ".",
            TRACE + "1",
            TRACE[1:],
            TRACE[:16],
            "",
        ):
            self.assert_restarted(f"traceparent: 00-{trace}-{PARENT}-01")

    def test_a_parent_id_has_16_digits_not_all_zero(self):  # 3.2.2.4
        for parent in (
            "0" * 16,
            "." + PARENT[1:],
            PARENT[:-1] + ".",
            PARENT + "1",
            PARENT[1:],
            "",
        ):
            self.assert_restarted(f"traceparent: 00-{TRACE}-{parent}-01")

    def test_flags_have_two_digits(self):  # 3.2.2.5
        for flags in ".0", "0.", "", "1", "001", "0x", " 1":
            self.assert_restarted(f"traceparent: 00-{TRACE}-{PARENT}-{flags}")

    def test_digits_are_lower_case(self):  # 3.2.2
        for text in (
            f"00-{TRACE.upper()}-{PARENT}-01",
            f"00-{TRACE}-{PARENT.upper()}-01",
            f"00-{TRACE}-{PARENT}-0A",
            f"CC-{TRACE}-{PARENT}-01",
        ):
            self.assert_restarted(f"traceparent: {text}")

    def test_fields_are_parted_by_dashes(self):
        for at in 2, 35, 52:
            for other in "_", " ", "":
                text = VALID[:at] + other + VALID[at + 1 :]
                self.assert_restarted(f"traceparent: {text}")

    def test_known_flags_travel_on_and_others_do_not(self):  # 3.2.2.5
        for flags in range(256):
            if flags & 0xFC and flags & (flags - 1):
                continue  # all known ones, and each unknown one
            line = f"traceparent: 00-{TRACE}-{PARENT}-{flags:02x}"
            self.assertEqual(f"{flags & 3:02x}", self.assert_continued(line))


class Tracestate(Case):
    def test_without_a_traceparent_it_is_dropped(self):
        headers = self.relayed(["tracestate: foo=1,bar=2"])[0]
        self.parent(headers)
        self.assertEqual([], self.state(headers))

    def test_it_travels_on(self):
        self.assert_state(["foo=1", "bar=2"], "tracestate: foo=1,bar=2")

    def test_a_name_is_one_in_any_letters(self):
        for name in "TraceState", "TrAcEsTaTe", "TRACESTATE":
            self.assert_state(["foo=1"], f"{name}: foo=1")

    def test_other_names_are_none(self):
        for name in "trace-state", "trace_state", "tracestates":
            self.assert_state([], f"{name}: foo=1")

    def test_empty_lines_and_members_are_none(self):  # 3.3.2
        self.assert_state([], "tracestate:")
        self.assert_state([], "tracestate: ,, ,")
        self.assert_state(["foo=1"], "tracestate: foo=1", "tracestate:")
        self.assert_state(["foo=1"], "tracestate:", "tracestate: foo=1")
        self.assert_state(["a=1", "b=2"], "tracestate: ,a=1,,b=2,")

    def test_lines_are_joined_in_order(self):  # 3.3.2
        self.assert_state(
            ["foo=1", "bar=2", "rojo=1", "congo=2", "baz=3"],
            "tracestate: foo=1,bar=2",
            "Tracestate: rojo=1,congo=2",
            "x-between: 1",
            "tracestate: baz=3",
        )

    def test_of_a_key_that_comes_twice_the_first_travels_on(self):  # 3.3.3, 3.5
        self.assert_state(["foo=1"], "tracestate: foo=1,foo=1")
        self.assert_state(["foo=1", "bar=1"], "tracestate: foo=1,bar=1,foo=2")
        self.assert_state(["foo=1"], "tracestate: foo=1", "tracestate: foo=1")
        self.assert_state(["foo=1"], "tracestate: foo=1", "tracestate: foo=2")

    def test_white_space_around_members_is_no_part_of_them(self):
        three = ["foo=1", "bar=2", "baz=3"]
        self.assert_state(three, "tracestate: foo=1 \t , \t bar=2, \t baz=3")
        self.assert_state(three, "tracestate:foo=1\t \t,\t \tbar=2,\t\tbaz=3")
        for line in " foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t":
            self.assert_state(["foo=1"], f"tracestate:{line}")

    def test_every_allowed_character_travels_on(self):  # 3.3.2.2
        key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
        value = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in ",=")
        for name in key, key + "@a-z0-9_-*/":
            self.assert_state([f"{name}={value}"], f"tracestate: {name}={value}")

    def test_characters_that_no_key_has_spoil_all(self):
        for key in "foo ", "FOO", "foo.bar", "f\xf6o", "", "@foo":
            self.assert_state([], f"tracestate: bar=2,{key}=1")
        for key in "foo\tbar", "foo%", "_foo", "foo\x7f", "-", "@":
            self.assert_state([], f"tracestate: {key}=1,bar=2")

    def test_characters_that_no_value_has_spoil_all(self):
        for member in "foo=bar=baz", "foo=", "foo", "foo=b\xe4r", "foo=a\tb":
            self.assert_state([], f"tracestate: {member},bar=3")

    def test_32_members_travel_on_and_33_do_not(self):  # 3.3.2
        members = [f"bar{i:02}={i:02}" for i in range(1, 34)]
        for lines in 1, 4, 32:
            parts = [",".join(members[i:32:lines]) for i in range(lines)]
            expected = [m for part in parts for m in part.split(",")]
            self.assert_state(expected, *(f"tracestate: {p}" for p in parts))
        self.assert_state([], "tracestate: " + ",".join(members))
        self.assert_state([], *(f"tracestate: {m}" for m in members))

    def test_an_at_sign_parts_a_tenant_and_its_vendor(self):  # Level 1
        for key in "foo@", "foo@@bar", "foo@bar@baz", "foo@0":
            self.assert_state([], f"tracestate: {key}=1,bar=2")

    def test_a_key_is_as_long_as_it_may_be(self):  # 3.3.2.2.1, and Level 1
        for key in "z" * 256, "t" * 241 + "@" + "v" * 14, "0" * 241 + "@v":
            state = ["foo=1", f"{key}=1"]
            self.assert_state(state, *(f"tracestate: {m}" for m in state))
        for key in "z" * 257, "0" * 242 + "@v", "t@" + "v" * 15:
            self.assert_state([], "tracestate: foo=1", f"tracestate: {key}=1")

    def test_a_value_is_as_long_as_it_may_be(self):  # 3.3.2.2.2
        value = "v" * 256
        self.assert_state([f"foo={value}"], f"tracestate: foo={value}")
        self.assert_state([], f"tracestate: foo={value}v")


class Calls(Case):
    def test_each_has_a_parent_id_of_its_own(self):
        for lines in [f"traceparent: {VALID}"], [], ["traceparent: 00-0-0-00"]:
            with self.subTest(lines=lines):
                came = [self.parent(h) for h in self.relayed(lines, 3)]
                self.assertEqual(1, len({trace for trace, _, _ in came}))
                self.assertEqual(3, len({parent for _, parent, _ in came}))

    def test_each_has_its_arguments(self):
        for arguments in [], [{"url": "x", "arguments": [1]}], {"a": None}, 7:
            body = [{"url": sink.url + "/arguments", "arguments": arguments}]
            relay.send([], json.dumps(body).encode())
            headers, came = sink.came.pop("/arguments")[0]
            self.assertEqual(arguments, came)
            self.assertEqual(
                ["application/json"], self.values(headers, "content-type")
            )

    def test_they_may_lead_back_here(self):
        inner = [{"url": sink.url + "/deep", "arguments": []}]
        for _ in range(5):
            inner = [{"url": relay.url + "/", "arguments": inner}]
        lines = [f"traceparent: {VALID}", "tracestate: foo=1"]
        status, _ = relay.send(lines, json.dumps(inner).encode())
        self.assertEqual(200, status)
        headers, _ = sink.came.pop("/deep")[0]
        self.assertEqual(TRACE, self.parent(headers)[0])
        self.assertEqual(["foo=1"], self.state(headers))

    def test_baggage_goes_along(self):
        for line in "user=42", "a=%C3%A4;secret;p=%20,b=2":
            headers = self.relayed([f"baggage: {line}"])[0]
            came = ",".join(self.values(headers, "baggage"))
            self.assertEqual(sorted(line.split(",")), sorted(came.split(",")))

    def test_one_that_fails_keeps_none_from_being_made(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        urls = [f"http://127.0.0.1:{port}/", sink.url + "/broken"]
        urls += ["http://127.0.0.1:0/", sink.url + "/after"]
        body = [{"url": url, "arguments": []} for url in urls]
        status, answer = relay.send([], json.dumps(body).encode())
        self.assertEqual(200, status)
        self.assertEqual([0, 500, 0, 200], [call["status"] for call in answer])
        self.assertIn("/after", sink.came)

    def test_one_that_is_never_answered_is_given_up(self):
        body = [{"url": sink.url + "/never", "arguments": []}]
        status, answer = relay.send([], json.dumps(body).encode())
        self.assertEqual(200, status)
        self.assertEqual(0, answer[0]["status"])

    def test_a_scheme_is_one_in_any_letters(self):  # RFC 3986, 3.1
        body = [{"url": sink.url.replace("http", "HttP") + "/scheme"}]
        status, answer = relay.send([], json.dumps(body).encode())
        self.assertEqual((200, 200), (status, answer[0]["status"]))

    def test_any_path_will_do(self):
        for path in "/", "/test", "/a/b/c?d=e", "/%00":
            status, answer = relay.send([], b"[]", path)
            self.assertEqual((200, []), (status, answer))


class Refusals(Case):
    def test_what_is_no_list_of_calls_is_refused(self):
        for body in (
            b"",
            b"[",
            b"[]]",
            b"{}",
            b"null",
            b"7",
            b'"x"',
            b"[7]",
            b"[{}]",
            b'[{"url": 7}]',
            b'[{"url": ""}]',
            b'[{"url": "/x"}]',
            b'[{"url": "file:///dev/null"}]',
            b'[{"url": "http"}]',
            b'[{"url": "http:/x"}]',
            b'[{"url": "http://127.0.0.1:1/\\u0000x"}]',
            b'[{"url": "http://\\u0000"}]',
            b'[{"url": "gopher://127.0.0.1/"}]',
            b'[{"url": "http://127.0.0.1/' + b"x" * 2048 + b'"}]',
            b"[" + b'{"url": "http://127.0.0.1:1/"},' * 64
            + b'{"url": "http://127.0.0.1:1/"}]',
            b"[" * 5000,
            b"\xff\xfe",
        ):
            with self.subTest(body=body[:40]):
                status, answer = relay.send([], body)
                self.assertEqual(400, status)
                self.assertIn("error", answer)

    def test_none_is_made_when_one_is_bad(self):
        body = [{"url": sink.url + "/before"}, {"url": "nowhere"}]
        status, _ = relay.send([], json.dumps(body).encode())
        self.assertEqual(400, status)
        self.assertNotIn("/before", sink.came)

    def test_only_posts_are_served(self):
        for method in "GET", "PUT", "DELETE":
            self.assertEqual(405, relay.send([], b"", method=method)[0])

    def test_a_body_has_a_limit(self):
        for more, statuses in (0, [200]), (1, [413, 0]):
            body = b"[" + b" " * (256 * 1024 - 2 + more) + b"]"
            self.assertIn(relay.send([], body)[0], statuses)

    def test_a_body_in_chunks_has_the_same_limit(self):
        for more, expected in (0, 200), (1, 413), (500 * 1024, 413):
            body = b"[" + b" " * (256 * 1024 - 2 + more) + b"]"
            with self.subTest(more=more), relay.connect() as s:
                s.sendall(
                    b"POST / HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                )
                for at in range(0, len(body), 4096):
                    part = body[at : at + 4096]
                    s.sendall(b"%x\r\n%b\r\n" % (len(part), part))
                s.sendall(b"0\r\n\r\n")
                line = s.makefile("rb").readline()
                self.assertEqual(expected, int(line.split()[1]))

    def test_a_body_without_an_end_is_cut_off(self):
        with relay.connect() as s:
            try:
                s.sendall(
                    b"POST / HTTP/1.1\r\nHost: relay\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                )
                for _ in range(1024):
                    s.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
                self.assertEqual(b"", s.recv(1))
            except ConnectionError:
                pass  # it was cut off while we wrote
        self.assertEqual(200, relay.send([], b"[]")[0])


class Ending(Case):
    def test_a_call_that_waits_ends_with_the_relay(self):
        other = Relay()
        body = [{"url": sink.url + "/never", "arguments": []}] * 3
        thread = threading.Thread(
            target=other.send, args=([], json.dumps(body).encode())
        )
        sink.came.pop("/never", None)
        thread.start()
        sink.wait_for("/never")
        self.assertEqual(0, other.stop())
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())

    def test_a_port_that_is_none_is_refused(self):
        for port in "x", "65536", "-1", "", "1 ":
            run = subprocess.run(command + [port], stderr=subprocess.DEVNULL)
            self.assertEqual(2, run.returncode)

    def test_a_port_that_is_taken_is_an_error(self):
        port = str(relay.port)
        run = subprocess.run(command + [port], stderr=subprocess.DEVNULL)
        self.assertEqual(1, run.returncode)


if __name__ == "__main__":
    command = sys.argv[1:]
    sys.argv[1:] = []
    if not command:
        sys.exit("usage: relay_test.py COMMAND...")
    unittest.main()
