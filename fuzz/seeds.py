#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the fuzzers' first inputs: short messages of the vectors, messages for
the targets' own keys, and texts.

usage: fuzz/seeds.py (from the source directory)
"""
import base64
import json
import os
import struct

DECODE = """
empty_v2_by_0.7.1 i64_min u32_max f64_nan f32_nan_payload string_utf8_3byte
string_controls struct_newtype multi_two_order2 multi_five_order2 chain_2
chain_empty_name chain_utf8 unknown_keys_odd_values local_on_wire_skipped
trailing_after_message v1_true_by_0.7.1 v1_fake_by_0.8.0 trunc_10_at_54
utf8_bad_key utf8_overlong_value length_value_one_more count_entries_one_less
version_max capture_ints v1_true_then_junk_count duplicate_two_versions
""".split()

MESSAGE = """
empty_v2_by_0.7.1 multi_five_order2 chain_2 chain_empty_name chain_utf8
unknown_keys_odd_values trailing_after_message trailing_second_message
v1_true_by_0.7.1 v1_true_empty_by_0.2.0 v1_fake_by_0.8.0
v1_true_then_junk_count duplicate_two_versions key_empty utf8_bad_chain
trunc_16_at_102 version_3_no_chain
""".split()

BASE64 = {"standard": b"0QUJDRA==", "url": b"1-_-_QQ", "padded": b"1QUI="}

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
TRACEPARENT = {
    "sampled": PARENT + b"01", "flags": PARENT + b"ff",
    "later": b"cc" + PARENT[2:] + b"01-what-the-future-will-be-like",
    "ff": b"ff" + PARENT[2:] + b"00", "white": b"\t " + PARENT + b"00 \t",
    "zeros": b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-03",
    "upper": PARENT.upper() + b"01", "tail": PARENT + b"01-",
}
TRACESTATE = {
    "rojo": b"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "lines": b"foo=1,bar=2\n\nrojo=1 , congo= 2\nbaz=3",
    "twice": b"foo=1,foo=2,me@fuzz=3", "tenant": b"fw529a3039@dt=x,0=@",
    "white": b"foo=1 \t , \t bar=2,, \t baz=3", "bad": b"foo=1,bar=a=b",
    "most": ",".join(f"k{i}={i}" for i in range(32)).encode(),
    "long": ",".join(f"k{i:02}={'v' * 256}" for i in range(32)).encode(),
}
BAGGAGE = {
    "members": b"a=1;p;q=2, b = %20%c3%a9 ,a=3\nc=x=y,,d",
    "bad": b"a b=1,=2,c=\"x,y\",d=\\,e=1;p q;;r,f=\xc3\xa9",
    "utf8": b"str=x%ff%e2%82%%zz,a=%f0%9f%98%80%c0%80",
    "keys": b"bool=true,i8=-128,u64=18446744073709551615,f32=0.1,f64=1e-7,"
            b"str=Am%C3%A9lie,bytes=%2B/8=",
    "bad_keys": b"bool=2,i8=128,u64=-1,f32=1e39,f64=nan,bytes=?,str=",
    "many": b",".join(b"k%d=v" % i for i in range(600)),
    "lines": b"a=1\n\nb=2\n,\nc=3\na=4",
    "long": b"a=" + b"v" * 4000 + b",b=" + b"%20" * 1400 + b",str=x",
}


def sized(data):
    return struct.pack("<Q", len(data)) + data


def message(*entries, names=()):
    """Of (key, version, value)."""
    body = b"".join(sized(key) + struct.pack("<I", version) + sized(value)
                    for key, version, value in entries)
    return (struct.pack("<IQ", 2, len(entries)) + body +
            struct.pack("<Q", len(names)) + b"".join(map(sized, names)))


# What ends a context: one second, canceled with a code and a text; and bad.
BUDGET = struct.pack("<Q", 10**9)
CANCEL = struct.pack("<Bi", 1, 7) + sized(b"client left")
LIMITS = {
    "limits": message((b"dctx.cancel", 1, CANCEL),
                      (b"dctx.deadline", 1, BUDGET)),
    "limits_bad": message((b"dctx.cancel", 1, b""), (b"", 0, b""),
                          (b"dctx.deadline", 97, b""),
                          (b"dctx.deadline", 1, BUDGET + b"x")),
}

# What decode.c's codecs and migrations take.
OWN_DECODE = {
    "codec": message((b"text", 3, b"h\1i\1")),
    "codec_refuses": message((b"text", 3, b"h\1i\2"), (b"u8", 1, b"\5")),
    "migrated_number": message((b"text", 1, struct.pack("<I", 600))),
    "migrated_rid": message((b"text", 2, sized(b"r-1"))),
    "migrated_down": message((b"text", 9, b"d\1n\1"), names=[b"app"]),
    "migrated_no_utf8": message((b"text", 4, sized(b"r" * 200))),
    "migrated_user": message((b"user", 1, sized(b"ann")),
                             (b"user", 2, sized(b"bob"))),
    "no_way": message((b"user", 7, b""), (b"bool", 1, b"\7")),
    "tails": message((b"u8", 1, b"\5\6"), (b"rid", 1, sized(b"r") + b"x")),
    "duplicates": message((b"bool", 1, b"\1"), (b"bool", 1, b"\2")),
    "reserved": message((b"dctx.later", 1, b"\xff"), (b"u8", 1, b"\5")),
}
OWN_MESSAGE = {
    "alike": message((b"aaaaaaaab", 1, b""), (b"aaaaaaaa", 2, b"x"),
                     (b"aaaaaaaa\0", 3, b"")),
    "reserved": message((b"dctx.later", 1, b"\xff"), (b"zone", 9, b"")),
}

# Of the vectors of headers: the single header's value, or the five a line each
# behind an m; a trace's, or behind a v that of a member of the baggage.
B3 = """
b3-accept b3-debug-parent b3-defer b3-defer-parent b3-64 b3-only-deny
b3-five-fields b3-state-empty-parent b3-trace-31 b3-white-space b3m-accept b3m-debug-deny
b3m-True b3m-parent-bad b3m-64 b3m-only-debug b3m-white-space
""".split()
JAEGER = """
jaeger-sampled jaeger-debug jaeger-debug-alone jaeger-parent-odd jaeger-64
jaeger-no-leading-zeros jaeger-upper jaeger-five-parts jaeger-white-space
jaeger-coded jaeger-coded-digit jaeger-coded-cut jaeger-baggage-coded
jaeger-baggage-utf8 jaeger-baggage-bad-percent jaeger-baggage-raw
""".split()
GRPC_TIMEOUT = {
    "nanoseconds": b"1n", "microseconds": b"100000u", "milliseconds": b"250m",
    "seconds": b" 99999999S", "minutes": b"1M", "hours": b"2562048H",
    "zero": b"0n", "nine_digits": b"123456789n", "no_unit": b"10",
    "eight_bytes": struct.pack("<Q", 2**63 - 1),
}
FIVE = ("x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled",
        "x-b3-flags")


def headers(vectors, ids):
    """The headers of some of the vectors, by their ids."""
    with open("test/wire/vectors/" + vectors, encoding="utf-8") as f:
        for line in f:
            fields = line.split("\t")
            if fields[0] in ids:
                pairs = (h.split("=") for h in fields[2].split(" "))
                yield fields[0], [(n.lower(), bytes.fromhex(v))
                                  for n, v in pairs]


def b3_seeds():
    for name, lines in headers("b3.tsv", B3):
        lines = dict(lines)
        if "b3" in lines:
            yield name, lines["b3"]
        else:
            yield name, b"m" + b"\n".join(lines.get(n, b"") for n in FIVE)


def jaeger_seeds():
    for name, lines in headers("jaeger.tsv", JAEGER):
        header, value = lines[0]
        yield name, value if header == "uber-trace-id" else b"v" + value


# Behind a first byte, which says the format, the headers a line each.
CROSSING = {
    "tracecontext": b"\0traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
                    b"00f067aa0ba902b7-01\ntracestate: a=1,b=2",
    "baggage": b"\1baggage: user=ann%20b,n=7;p=1,data=aGk=,f=1.5,other=x;q",
    "b3": b"\2b3: 463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-d",
    "b3multi": b"\3x-b3-traceid:48485a3953bb6124\n"
               b"x-b3-spanid:a2fb4a1d1a96d312\nx-b3-sampled:true",
    "jaeger": b"\4uber-trace-id: 1:2:0:3\nuberctx-User: a%20b\nuberctx-x: y",
    "grpc_timeout": b"\x85grpc-timeout: 250m",
    "x_dctx": b"\6x-dctx:" + base64.b64encode(
        message((b"user", 1, sized(b"ann")), (b"n", 1, struct.pack("<I", 7)),
                names=[b"app"])),
    "x_dctx_bin": b"\7x-dctx-bin:" + base64.b64encode(
        message((b"n", 1, struct.pack("<I", 7)),
                (b"dctx.deadline", 1, BUDGET))).rstrip(b"="),
}

# Behind a first byte, which says whose, a variable a line.
ENVIRON = {
    "w3c": b"\0TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-"
           b"00f067aa0ba902b7-01\nTRACESTATE=a=b\nBAGGAGE=user=x,k=v;p\nA=b",
    "dctx": b"\0DCTX=" + base64.urlsafe_b64encode(
        message((b"n", 1, struct.pack("<I", 7)), (b"stranger", 3, b"?"),
                (b"stranger", 3, b"!"), (b"user", 1, sized(b"ann")),
                names=[b"app"])).rstrip(b"="),
    "until": b"\1DCTX=" + base64.urlsafe_b64encode(
        message((b"dctx.deadline", 1, BUDGET),
                (b"dctx.until", 1, b"\xff" * 7 + b"\x0f" + bytes(24)),
                names=[])).rstrip(b"="),
}

# A span as dctx writes it, and what befalls a file.
SPAN = (b'{"ph":"X","name":"a","cat":"t","ts":1.5,"dur":2,"pid":1,"tid":1,'
        b'"args":{"trace":"' + b"1" * 32 + b'","span":"' + b"2" * 16 +
        b'","parent":"' + b"3" * 16 + b'","chain":["a"],"deadline":9,'
        b'"cause":"canceled","status":"DCTX_LIMIT","fields":{"n":1},'
        b'"links":[{"trace":"","span":""}],"values":{}}},\n')
EVENT = (b'{"ph":"i","s":"t","name":"e","ts":2,"pid":1,"tid":1,"args":'
         b'{"span":"' + b"2" * 16 + b'","fields":{"k":"<"}}},\n')
TRACE_FILE = {
    "whole": b"[\n" + SPAN + EVENT, "cut": b"[\n" + SPAN + SPAN[:99],
    "torn": b"[\n" + SPAN[:50] + b"\n" + SPAN + SPAN[:20] + b"\n" + EVENT,
    "round": SPAN + SPAN.replace(b"2" * 16, b"4" * 16)
             .replace(b"3" * 16, b"2" * 16).replace(b"4" * 16, b"3" * 16),
    "far": SPAN.replace(b'"deadline":9', b'"deadline":9e99'),
    "object": b'{"a":{},"traceEvents":[' + SPAN[:-2] + b'],"b":1}',
    "nested": b'[{"ph":"X","ts":1,"dur":9,"tid":1},'
              b'{"ph":"X","ts":2e0,"dur":"3","tid":1}]',
    "about": b'[{"ph":"M","name":"process_name","pid":1,"args":{"name":"p"}},'
             b'{"ph":"M","name":"dctx","pid":1,"args":{"host":"h","boot":"b"}},'
             + SPAN,
}

# Behind a first byte, which says how it is read, a called process's answer; or
# two texts.
SHARE = message(
    (b"cost", 1, struct.pack("<Q", 1200)), (b"degraded", 1, b"\1"),
    (b"error", 1, sized(b"theirs")), (b"flags", 1, b"\2\1"),
    (b"float", 1, struct.pack("<f", 3e38)), (b"least", 1, b"\xf0\xff\xff\xff"),
    (b"most", 1, struct.pack("<d", 1.5)), (b"rid", 1, sized(b"r-1")),
    (b"small", 1, b"\x90"), (b"trail", 1, sized(b"theirs")),
    (b"warnings", 1, sized(b"old\nnew\n\nold")))
GATHER = {
    "first": b"\0" + SHARE, "merged": b"\x20" + SHARE,
    "strict": b"\x21" + SHARE, "skipping": b"\x22" + SHARE,
    "partner": b"\x24" + SHARE, "public": b"\x28" + SHARE,
    "limits": b"\x30" + SHARE,
    "everything": b"\x20" + message(
        (b"cost", 1, b"\xff" * 8), (b"dctx.cancel", 1, CANCEL),
        (b"dctx.deadline", 1, BUDGET), (b"local", 1, b"\1\0\0\0"),
        (b"plain", 1, sized(b"theirs")), (b"stranger", 3, b"?"),
        names=[b"theirs"]),
    "refused": b"\x22" + message(
        (b"rid", 1, sized(b"123456")), (b"trail", 1, sized(b"!no"))),
    "passed_over": b"\0" + message((b"trail", 1, sized(b"?no"))),
    "nan": b"\x20" + message((b"float", 1, b"\0\0\xc0\x7f"),
                            (b"most", 1, b"\0" * 6 + b"\xf8\x7f")),
    "none": b"\0" + message(),
    "texts": b"\x80slow\nold\n\n\0old\nnew\nslow\r\nnew",
}


def fields(room, *pairs):
    return struct.pack("<H", room) + b"".join(
        struct.pack("<BB", len(name), len(value)) + name + value
        for name, value in pairs)


# Names and values, behind the size of a buffer.
LOG = {
    "plain": fields(8193, (b"rid", b"4711"), (b"who", b"a b")),
    "forged": fields(100, (b"a", b"1\nlevel=info"), (b"b", b'" c="2'),
                     (b"d", b"\\"), (b"e", b'x"] [y="')),
    "obeyed": fields(64, (b"a", "\u2028\u202e\u0085\ufeff".encode()),
                     (b"b", b"\x1b[31m\x7f\0")),
    "bad_utf8": fields(0, (b"\xff", b"\xc0\xaf\xed\xa0\x80\xe2\x82")),
    "names": fields(300, (b"", b""), (b"a=b c", b"="), (b'"]\\', b"]"),
                    (b"n" * 200, b"\xf0\x9f\x98\x80")),
    "many": fields(1000, *[(b"n%d" % i, b"\1" * 200) for i in range(20)]),
}


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def main():
    with open("test/vectors/dcontext-wire.jsonl", encoding="utf-8") as f:
        lines = {v["name"]: v for v in map(json.loads, f)}
    for folder, names, own in (("decode", DECODE, {**OWN_DECODE, **LIMITS}),
                               ("message", MESSAGE, {**OWN_MESSAGE, **LIMITS}),
                               ("base64", [], BASE64),
                               ("traceparent", [], TRACEPARENT),
                               ("tracestate", [], TRACESTATE),
                               ("trace_file", [], TRACE_FILE),
                               ("b3", [], dict(b3_seeds())),
                               ("jaeger", [], dict(jaeger_seeds())),
                               ("grpc_timeout", [], GRPC_TIMEOUT),
                               ("crossing", [], CROSSING),
                               ("environ", [], ENVIRON),
                               ("gather", [], GATHER),
                               ("log", [], LOG),
                               ("baggage", [], BAGGAGE)):
        for name in names:
            write("fuzz/corpus/" + folder, name,
                  bytes.fromhex(lines[name]["hex"]))
        for name, data in own.items():
            write("fuzz/corpus/" + folder, name, data)


main()
