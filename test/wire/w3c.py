#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes vectors/w3c.tsv: what traceparent and tracestate mean, said by hand.

usage: test/wire/w3c.py (from the source directory)
"""

TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
OTHER = "0af7651916cd43dd8448eb211c80319c"
OTHER_SPAN = "b7ad6b7169203331"
NO_TRACE = "0" * 32
NO_SPAN = "0" * 16

rows = []


def hexed(text):
    return text.encode("latin-1").hex()


def shown(headers):
    return " ".join(name + "=" + hexed(value) for name, value in headers)


def headline(text):
    rows.append("# " + text)


def case(name, headers, trace, state, section, why):
    """Headers, and the trace that they make: (trace id, span id, flags)."""
    sent = []
    if trace is not None:
        sent = [("traceparent", "00-" + "-".join(trace))]
        if state:
            sent.append(("tracestate", state))
    if not section.startswith("RFC"):
        section = "W3C Trace Context 2, " + section
    rows.append("\t".join([
        name, "w3c", shown(headers), "-".join(trace or ("none",)),
        hexed(state), "", shown(sent), section, why]))


def made(flags="01", trace=TRACE, span=SPAN, version="00", tail=""):
    return f"{version}-{trace}-{span}-{flags}{tail}"


def parent(name, value, flags, section, why, trace=TRACE, span=SPAN):
    """A traceparent with these flags and ids; flags of None: no trace."""
    case(name, [("traceparent", value)],
         None if flags is None else (trace, span, flags), "", section, why)


def bad(name, value, section, why):
    parent(name, value, None, section, why)


def state(name, lines, kept, section, why):
    """Lines of a tracestate behind a good traceparent."""
    lines = lines if isinstance(lines, list) else [lines]
    headers = [("tracestate", line) for line in lines]
    case(name, [("traceparent", made("00"))] + headers, (TRACE, SPAN, "00"),
         kept, section, why)


def same(name, line, section, why):
    """One that goes on as it came."""
    state(name, line, line, section, why)


def ignored(name, lines, section, why):
    state(name, lines, "", section, why)


def bars(first, last):
    return ",".join(f"bar{i:02d}={i:02d}" for i in range(first, last + 1))


headline("The tests of W3C's own harness, each under its name there.")
case("missing", [], None, "", "3.4",
     "nothing came: there is no trace to go on with")
parent("included", made(), "01", "3.2.2",
       "all four fields, lower-case hex, dashes between")
case("duplicated", [("traceparent", made(trace=TRACE[:-1] + "1")),
                    ("traceparent", made())],
     None, "", "3.2.2; RFC 9110, 5.3",
     "two lines are one value with a comma, which is no traceparent")
for other in ("trace-parent", "trace.parent"):
    case("header-name-" + other, [(other, made())], None, "", "3.2.1",
         "the name is one word without a delimiter")
for other in ("TraceParent", "TrAcEpArEnT", "TRACEPARENT"):
    case("header-casing-" + other, [(other, made())], (TRACE, SPAN, "01"), "",
         "3.2.1", "the name is expected in any case")
WHY = "version 00 ends behind its flags"
bad("version-00-dot", made(tail="."), "3.2.2.2", WHY)
bad("version-00-more", made(tail="-what-the-future-will-be-like"), "3.2.2.2",
    WHY)
parent("version-cc", made(version="cc"), "01", "3.2.4",
       "a later version is read as far as it is known")
parent("version-cc-more",
       made(version="cc", tail="-what-the-future-will-be-like"), "01", "3.2.4",
       "behind a dash a later version may have more")
bad("version-cc-dot", made(version="cc", tail=".what-the-future-will-be-like"),
    "3.2.4", "the flags must be followed by a dash")
bad("version-ff", made(version="ff"), "3.2.2.1", "version ff is forbidden")
WHY = "a version that cannot be read begins a new trace"
bad("version-illegal-1", made(version=".0"), "3.2.4", WHY)
bad("version-illegal-2", made(version="0."), "3.2.4", WHY)
WHY = "a version is two digits and a dash"
bad("version-too-long-3", made(version="000"), "3.2.4", WHY)
bad("version-too-long-4", made(version="0000"), "3.2.4", WHY)
bad("version-too-short", made(version="0"), "3.2.4", WHY)
bad("trace-id-zero", made(trace=NO_TRACE), "3.2.2.3",
    "a trace id of zeros is invalid")
WHY = "a trace id has hex digits only"
bad("trace-id-illegal-1", made(trace="." + TRACE[1:]), "3.2.2.3", WHY)
bad("trace-id-illegal-2", made(trace=TRACE[:-1] + "."), "3.2.2.3", WHY)
WHY = "a trace id has 32 digits"
bad("trace-id-too-long", made(trace=TRACE + "3"), "3.2.2.3", WHY)
bad("trace-id-too-short", made(trace=TRACE[:-1]), "3.2.2.3", WHY)
bad("parent-id-zero", made(span=NO_SPAN), "3.2.2.4",
    "a parent id of zeros is invalid")
WHY = "a parent id has hex digits only"
bad("parent-id-illegal-1", made(span="." + SPAN[1:]), "3.2.2.4", WHY)
bad("parent-id-illegal-2", made(span=SPAN[:-1] + "."), "3.2.2.4", WHY)
WHY = "a parent id has 16 digits"
bad("parent-id-too-long", made(span=SPAN + "7"), "3.2.2.4", WHY)
bad("parent-id-too-short", made(span=SPAN[:-1]), "3.2.2.4", WHY)
WHY = "flags are two hex digits"
bad("flags-illegal-1", made(".0"), "3.2.2.5", WHY)
bad("flags-illegal-2", made("0."), "3.2.2.5", WHY)
bad("flags-too-long", made("001"), "3.2.2.5", WHY)
bad("flags-too-short", made("1"), "3.2.2.5", WHY)
WHITE = [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")]
for i, (before, behind) in enumerate(WHITE, 1):
    parent(f"ows-{i}", before + made() + behind, "01", "RFC 9110, 5.5",
           "white space around a value is none of it")
for name, line in (("", "foo=1"), ("-2", "foo=1,bar=2")):
    case("state-alone" + name, [("tracestate", line)], None, "", "3.3",
         "without a traceparent a tracestate is not looked at")
same("state-included", "foo=1,bar=2", "3.5", "what came goes on as it came")
for other in ("trace-state", "trace.state"):
    case("state-header-name-" + other,
         [("traceparent", made("00")), (other, "foo=1")], (TRACE, SPAN, "00"),
         "", "3.3.1", "the name is one word without a delimiter")
for other in ("TraceState", "TrAcEsTaTe", "TRACESTATE"):
    case("state-header-casing-" + other,
         [("traceparent", made("00")), (other, "foo=1")], (TRACE, SPAN, "00"),
         "foo=1", "3.3.1", "the name is expected in any case")
ignored("state-empty", "", "3.3.2", "an empty header is accepted and not sent")
state("state-empty-behind", ["foo=1", ""], "foo=1", "3.3.2",
      "an empty line adds nothing")
state("state-empty-in-front", ["", "foo=1"], "foo=1", "3.3.2",
      "an empty line adds nothing")
state("state-lines", ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
      "foo=1,bar=2,rojo=1,congo=2,baz=3", "3.3.2; RFC 9110, 5.3",
      "lines are joined in the order in which they came")
TWICE = ("a key twice is one member: the latest is in front, the other may be "
         "left out")
for i, lines in enumerate((["foo=1,foo=1"], ["foo=1,foo=2"],
                           ["foo=1", "foo=1"], ["foo=1", "foo=2"]), 1):
    state(f"state-twice-{i}", lines, "foo=1", "3.3.3 and 3.5", TWICE)
KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
VALUE = "".join(chr(c) for c in range(0x20, 0x7f) if chr(c) not in ",=")
same("state-all-characters", KEY + "=" + VALUE, "3.3.2.2",
     "every character that a key and a value may have")
same("state-all-characters-at", KEY + "@a-z0-9_-*/=" + VALUE, "3.3.2.2",
     "the same with a tenant's name in front")
WHY = "white space around members is none of them"
state("state-ows-1", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3",
      "3.3.2", WHY)
state("state-ows-2", "foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3",
      "3.3.2", WHY)
for i, (before, behind) in enumerate(WHITE, 3):
    state(f"state-ows-{i}", before + "foo=1" + behind, "foo=1", "3.3.2", WHY)
LETTERS = "a key has lower-case letters, digits and _-*/"
ignored("state-key-space", "foo =1", "3.3.2.2.1", LETTERS)
ignored("state-key-upper", "FOO=1", "3.3.2.2.1", LETTERS)
ignored("state-key-dot", "foo.bar=1", "3.3.2.2.1", LETTERS)
WHY = ("an @ stands between a tenant's name and its vendor's: in Level 1, in "
       "W3C's tests, and so here; Level 2's grammar would let it pass")
LEVEL_1 = "3.3.2.2.1; Level 1, 3.3.1.3.1"
ignored("state-key-at-end", "foo@=1,bar=2", LEVEL_1, WHY)
ignored("state-key-at-front", "@foo=1,bar=2", "3.3.2.2.1", WHY)
ignored("state-key-at-at", "foo@@bar=1,bar=2", LEVEL_1, WHY)
ignored("state-key-at-twice", "foo@bar@baz=1,bar=2", LEVEL_1, WHY)
ignored("state-key-at-digit", "foo@0=1,bar=2", LEVEL_1, WHY)
TENS = [bars(1, 10), bars(11, 20), bars(21, 30)]
state("state-members-32", TENS + [bars(31, 32)], bars(1, 32), "3.3.2",
      "32 members are allowed")
ignored("state-members-33", TENS + [bars(31, 33)], "3.3.2", "33 are not")
WHY = "a key has at most 256 characters, a tenant's 241 and a vendor's 14"
for name, key in (("256", "z" * 256), ("241-14", "t" * 241 + "@" + "v" * 14)):
    state("state-key-" + name, ["foo=1", key + "=1"], f"foo=1,{key}=1",
          "3.3.2.2.1", WHY)
for name, key in ("242-1", "t" * 242 + "@v"), ("1-15", "t@" + "v" * 15):
    ignored("state-key-" + name, ["foo=1", key + "=1"], LEVEL_1, WHY)
ignored("state-key-257", ["foo=1", "z" * 257 + "=1"], "3.3.2.2.1", WHY)
ignored("state-value-equals", "foo=bar=baz", "3.3.2.2.2",
        "a value has no equals sign")
ignored("state-value-none", "foo=,bar=3", "3.3.2.2.2",
        "a value has at least one character, and one bad member spoils all")
case("state-with-zero-ids",
     [("traceparent", made(trace=NO_TRACE)), ("tracestate", "foo=1")], None,
     "", "3.3", "with a bad traceparent a tracestate is not looked at")

headline("The standard's own examples.")
IDS = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
parent("example-sampled", made("01", *IDS), "01", "3.2.3",
       "the caller sampled this request", *IDS)
parent("example-unsampled", made("00", *IDS), "00", "3.2.3",
       "the caller did not", *IDS)
for name, span, line, why in (
        ("congo", OTHER_SPAN, "congo=t61rcWkgMzE", "one tracing system"),
        ("rojo", "00f067aa0ba902b7",
         "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "two tracing systems")):
    case("example-" + name, [("traceparent", made("01", OTHER, span)),
                             ("tracestate", line)],
         (OTHER, span, "01"), line, "3.1", why)

headline("traceparent: what else there may be.")
bad("empty", "", "3.2.2", "no fields at all")
bad("blank", " \t ", "3.2.2",
    "white space is none of a value, and nothing is left")
UPPER = "digits are lower-case: HEXDIGLC"
bad("upper-trace-id", made(trace=OTHER.upper()), "3.2.2", UPPER)
bad("upper-parent-id", made(span=OTHER_SPAN.upper()), "3.2.2.4",
    "a parent id with upper-case digits is to be ignored")
bad("upper-flags", made("0A"), "3.2.2", UPPER)
bad("upper-version", made(version="CC"), "3.2.2.1", UPPER)
bad("upper-version-ff", made(version="FF"), "3.2.2.1",
    "no version, be it forbidden or not")
parent("version-01", made(version="01"), "01", "3.2.4",
       "the next version is a later one")
parent("version-fe", made(version="fe"), "01", "3.2.4",
       "the last version that can be")
parent("version-fe-dash", made(version="fe", tail="-"), "01", "3.2.4",
       "nothing need follow the dash")
bad("version-01-longer-flags", made("010", version="01"), "3.2.4",
    "two digits, then the end or a dash")
parent("version-01-bytes", made(version="01", tail="-\xff\x80"), "01", "3.2.4",
       "what follows the dash is not to be looked at")
bad("version-01-54", made(version="01")[:-1], "3.2.4",
    "less than 55 characters are not to be read")
bad("version-01-zero-trace-id", made(version="01", trace=NO_TRACE), "3.2.2.3",
    "a trace id of zeros is invalid in any version")
bad("version-01-zero-parent-id", made(version="01", span=NO_SPAN), "3.2.2.4",
    "a parent id of zeros is invalid in any version")
bad("version-01-upper", made(version="01", trace=OTHER.upper()), "3.2.4",
    "what is hex does not change with the version")
bad("version-ff-more", made(version="ff", tail="-more"), "3.2.2.1",
    "version ff is forbidden whatever follows")
case("version-01-state",
     [("traceparent", made(version="01")), ("tracestate", "foo=1")],
     (TRACE, SPAN, "01"), "foo=1", "3.3.5",
     "a later version's tracestate is read, too")
bad("version-00-dash", made(tail="-"), "3.2.2.2",
    "version 00 has nothing behind its flags, no dash either")
bad("version-00-nul", made(tail="\0"), "3.2.2.2",
    "a NUL is a character too many")
bad("version-00-newline", made(tail="\n"), "3.2.2.2; RFC 9110, 5.6.3",
    "a line feed is no optional white space")
bad("version-00-return", made(tail="\r"), "3.2.2.2; RFC 9110, 5.6.3",
    "a carriage return is no optional white space")
bad("version-00-54", made()[:-1], "3.2.2", "the last digit is missing")
bad("version-00-52", made()[:-3], "3.2.2", "the flags are missing")
bad("version-only", "00", "3.2.2", "a version alone")
bad("no-dashes", made().replace("-", ""), "3.2.2", "dashes divide the fields")
bad("dash-1", made().replace("-", "_", 1), "3.2.2",
    "the first divider is no dash")
bad("dash-2", f"00-{TRACE}.{SPAN}-01", "3.2.2",
    "the second divider is no dash")
bad("dash-3", f"00-{TRACE}-{SPAN}:01", "3.2.2", "the third divider is no dash")
bad("dashes-moved", f"00-{TRACE}1-{SPAN[1:]}-01", "3.2.2",
    "of the right length, and divided elsewhere")
bad("white-space-inside", f"00- {TRACE[1:]}-{SPAN}-01", "3.2.2",
    "white space in front of a field is no digit")
bad("quoted", '"' + made() + '"', "3.2.2", "quotes are none of the format")
bad("comma-twice", made() + "," + made(), "3.2.2.2",
    "two values in one line are no traceparent")
bad("comma-twice-later", made(version="01") + "," + made(version="01"),
    "3.2.4", "a comma is no dash")
bad("prefix-0x", made(trace="0x" + TRACE[2:]), "3.2.2.3", "x is no digit")
bad("letter-g", made(trace=TRACE[:-1] + "g"), "3.2.2.3", "g is no digit")
bad("letter-wide", made(trace=TRACE[:-2] + "\xef\xbc"), "3.2.2.3",
    "digits are of ASCII")
bad("top-bit", made(trace=TRACE[:-1] + "\xb1"), "3.2.2.3",
    "a digit with its top bit set is none")
for name, trace, why in (
        ("nearly-zero", "0" * 31 + "1", "one bit is enough"),
        ("high-bit", "8" + "0" * 31, "one bit is enough"),
        ("64-bits", "0" * 16 + SPAN, "an id of 64 bits is padded with zeros")):
    parent("trace-id-" + name, made(trace=trace), "01", "3.2.2.3", why,
           trace=trace)
parent("parent-id-nearly-zero", made(span="0" * 15 + "1"), "01", "3.2.2.4",
       "one bit is enough", span="0" * 15 + "1")
parent("all-f", made("01", "f" * 32, "f" * 16), "01", "3.2.2",
       "ids may have any bits", "f" * 32, "f" * 16)
bad("both-zero", made("01", NO_TRACE, NO_SPAN), "3.2.2.3",
    "ids of zeros are invalid")
for name, other, value, section, why in (
        ("alike", "traceparent", made(), "3.2.2; RFC 9110, 5.3",
         "two lines that say the same are two lines"),
        ("empty", "traceparent", "", "3.2.2; RFC 9110, 5.3",
         "an empty line is a line: joined there is a comma"),
        ("casing", "Traceparent", made(), "3.2.1; RFC 9110, 5.3",
         "in other letters it is the same header")):
    case("duplicated-" + name, [("traceparent", made()), (other, value)], None,
         "", section, why)
case("duplicated-state", [("traceparent", made()), ("traceparent", made()),
                          ("tracestate", "foo=1")],
     None, "", "3.3",
     "with no valid traceparent a tracestate is not looked at")
case("order-of-headers", [("tracestate", "foo=1"), ("traceparent", made())],
     (TRACE, SPAN, "01"), "foo=1", "RFC 9110, 5.3",
     "the order of different headers means nothing")
case("other-headers", [("host", "example.com"), ("traceparent", made()),
                       ("traceresponse", made(trace=OTHER))],
     (TRACE, SPAN, "01"), "", "3.2.1", "other headers are none of it")

headline("traceparent: flags.")
UNKNOWN = "a flag that is not defined is not handed on"
for came, kept, section, why in (
        ("00", "00", "3.2.2.5.1", "not sampled is said, too"),
        ("02", "02", "3.2.2.5.2", "the random flag goes on with its trace id"),
        ("03", "03", "3.2.2.5.2", "both flags that there are"),
        ("04", "00", "3.2.2.5.3", UNKNOWN),
        ("09", "01", "3.2.2.5", "flags are bits: sampled is among them"),
        ("80", "00", "3.2.2.5.3", UNKNOWN),
        ("fc", "00", "3.2.2.5.3", "all that are not defined"),
        ("ff", "03", "3.2.2.5.3", "of all flags the two that are defined")):
    parent("flags-" + came, made(came), kept, section, why)
parent("flags-later-ff", made("ff", version="01"), "03", "3.2.4 and 3.2.2.5.2",
       "a later version's flags are not ours to hand on, the random flag is")
parent("flags-later-02", made("02", version="cc", tail="-x"), "02",
       "3.2.2.5.2",
       "the random flag is to be set wherever the same trace id is")

headline("tracestate: what else there may be.")
ignored("state-blank", " \t", "3.3.2", "white space only is an empty header")
EMPTY = "empty members are allowed, and are none"
ignored("state-commas", ",,,", "3.3.2", EMPTY)
state("state-empty-members", ",foo=1,, ,bar=2,", "foo=1,bar=2", "3.3.2", EMPTY)
ignored("state-lines-all-empty", ["", "", " "], "3.3.2",
        "empty headers are accepted")
state("state-lines-commas", ["foo=1,", ",bar=2"], "foo=1,bar=2", "3.3.2",
      "joined they have empty members between")
state("state-32-and-empty", bars(1, 32) + ",, ,", bars(1, 32), "3.3.2",
      "empty members are not counted")
ignored("state-33-one-twice", bars(1, 32) + ",bar01=x", "3.3.2",
        "one that comes again is a member as others")
same("state-31", bars(1, 31), "3.3.2", "fewer than 32")
WHY = "in Level 2 a key may begin with a digit"
same("state-key-digit", "0key=1", "3.3.2.2.1", WHY)
same("state-key-digits", "42=1", "3.3.2.2.1", WHY)
same("state-key-tenant", "fw529a3039@dt=FfTq", "3.3.2.2.1",
     "a tenant's name, an @ and the vendor's")
same("state-key-one", "a=1", "3.3.2.2.1", "one character is enough")
same("state-key-255", "k" * 255 + "=1", "3.3.2.2.1", "one less than the most")
for name, sign in (("underscore", "_"), ("dash", "-"), ("star", "*"),
                   ("slash", "/")):
    ignored("state-key-front-" + name, f"foo=1,{sign}a=1", "3.3.2.2.1",
            "a key begins with a letter or a digit")
ignored("state-key-missing", "=1", "3.3.2.2.1", "a member has a key")
ignored("state-no-equals", "foo", "3.3.2.2",
        "a member is a key, an equals sign and a value")
ignored("state-no-equals-behind", "bar=2,foo", "3.3.2.2",
        "one bad member spoils all")
ignored("state-key-tab", "f\too=1", "3.3.2.2.1", LETTERS)
ignored("state-key-percent", "f%6fo=1", "3.3.2.2.1",
        "nothing is percent-coded here")
ignored("state-key-utf8", "f\xc3\xb6o=1", "3.3.2.2.1", "a key is ASCII")
ignored("state-key-nul", "f\0o=1", "3.3.2.2.1", LETTERS)
for name, line, why in (
        ("one", "foo=x", "one character is enough"),
        ("255", "foo=" + "v" * 255, "one less than the most"),
        ("256", "foo=" + "v" * 256, "the most that a value may have"),
        ("space-front", "foo= 1", "spaces in front of a value are its own"),
        ("percent", "foo=%2C%3D", "a percent sign stands for itself"),
        ("quotes", 'foo="1;a"', "quotes and semicolons stand for themselves"),
        ("at", "foo=a@b", "an @ is a character of a value, too")):
    same("state-value-" + name, line, "3.3.2.2.2", why)
state("state-value-256-spaces", "foo=" + "v" * 256 + "    ",
      "foo=" + "v" * 256, "3.3.2.2.2",
      "spaces behind a value are none of it")
state("state-value-spaces-front", "foo=  a  b  ,bar= 2", "foo=  a  b,bar= 2",
      "3.3.2.2.2", "spaces in front and inside stay, behind they go")
for name, line, why in (
        ("257", "foo=" + "v" * 257, "one more than the most"),
        ("space-only", "foo= ",
         "a value ends with something other than a space"),
        ("tab", "foo=a\tb", "a tab is not printable"),
        ("tab-front", "foo=\tb",
         "behind the equals sign a tab stands not around a member but in it"),
        ("newline", "foo=a\nb", "a line feed is not printable"),
        ("crlf", "foo=a\r\nx: y", "a header cannot be smuggled in"),
        ("nul", "foo=a\0b", "a NUL is not printable"),
        ("del", "foo=\x7f", "a DEL is not printable"),
        ("utf8", "foo=\xc3\xa9", "a value is ASCII"),
        ("semicolon", "foo=1;bar=2",
         "a semicolon divides nothing, so there are two equals signs")):
    ignored("state-value-" + name, line, "3.3.2.2.2", why)
WHY = "lines are one value: one bad member spoils all"
ignored("state-bad-line", ["foo=1", "bar"], "3.3.2", WHY)
ignored("state-first-bad", ["=", "foo=1"], "3.3.2", WHY)
state("state-twice-apart", "foo=1,bar=2,foo=3", "foo=1,bar=2", "3.3.3 and 3.5",
      TWICE)
state("state-twice-thrice", "foo=1,foo=2,foo=3", "foo=1", "3.3.3 and 3.5",
      TWICE)
ignored("state-twice-second-bad", "foo=1,foo=", "3.3.2.2.2",
        "a member that would be left out must be sound, too")
same("state-nearly-twice", "foo=1,fo=2,foo@a=3,fooo=4", "3.3.2.2.1",
     "keys are alike when all of them is")
same("state-512", "foo=" + "v" * 250 + ",bar=" + "w" * 253, "3.3.3.1",
     "at least 512 characters are handed on")

headline("tracestate: as much as is kept, 8,192 characters.")


def longs(n):
    return ",".join(f"k{i:02d}=" + chr(97 + i % 26) * 256 for i in range(n))


REST = "x=" + "v" * (8193 - len(longs(31)) - 3)
state("state-8193", longs(31) + "," + REST, longs(30) + "," + REST, "3.3.3.1",
      "one too many: the last member of more than 128 characters goes, one of "
      "less behind it stays")
LARGEST = [f"k{i:02d}" + "k" * 253 + "=" + "v" * 256 for i in range(32)]
state("state-largest", ",".join(LARGEST), ",".join(LARGEST[:15]), "3.3.3.1",
      "the largest list that there can be: members stay whole")

names = [r.split("\t")[0] for r in rows if not r.startswith("#")]
assert len(set(names)) == len(names)
with open("test/wire/vectors/w3c.tsv", "w", encoding="ascii") as f:
    f.write("# SPDX-License-Identifier: MIT\n"
            "# W3C Trace Context Level 2. Written by test/wire/w3c.py, which "
            "says it in words.\n"
            "# Columns and how to read them: README.md.\n")
    f.write("\n".join(rows) + "\n")
print(len(names), "cases")
