#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes vectors/baggage.tsv: what baggage headers mean, said by hand.

usage: test/wire/baggage.py (from the source directory)
"""

W3C = "W3C Baggage, "
VALUE = W3C + "3.3.1.3"
KEY = W3C + "3.3.1.2"
PROPERTY = W3C + "3.3.1.4"
GRAMMAR = W3C + "3.3.1"
LIMITS = W3C + "3.3.2"
LIST = "RFC 9110, 5.6.1.2"
TWICE = W3C + "3.3.1.1 and 3.5"
SKIP = W3C + "3.5"
FFFD = "\ufffd"

rows = []


def raw(text):
    return text if isinstance(text, bytes) else text.encode()


def sent(pairs):
    return " ".join(raw(k).hex() + "=" + raw(v).hex() for k, v in pairs)


def shown(members):
    return ",".join(sorted(
        raw(k).hex() + "=" + raw(v).hex() + ";" + raw(p).hex()
        for k, v, p in (m if len(m) == 3 else (*m, "") for m in members)))


def row(name, form, given, members, out, section, why):
    header = "baggage=" + raw(out).hex() if out else ""
    rows.append("\t".join([name, form, given, "none", "", shown(members),
                           header, section, why]))


def line(name, lines, members, out, section, why):
    """A header, or several lines of it, what it says and how it goes on."""
    if not isinstance(lines, list):
        lines = [lines]
    row(name, "baggage", " ".join("baggage=" + raw(v).hex() for v in lines),
        members, out, section, why)


def same(name, text, members, section, why):
    """One that goes on as it came."""
    line(name, text, members, text, section, why)


def none(name, lines, section, why):
    line(name, lines, [], "", section, why)


def bagset(name, pairs, members, out, section, why):
    row(name, "bagset", sent(pairs), members, out, section, why)


def head(text):
    rows.append("# " + text)


head("Members, white space, lists")
line("no-header", [], [], "", W3C + "3.2", "nothing came")
same("one", "a=1", [("a", "1")], GRAMMAR, "a key, an equals sign, a value")
same("two", "a=1,b=2", [("a", "1"), ("b", "2")], GRAMMAR, "commas separate")
same("example-single", "userId=alice,serverNode=DF%2028,isProduction=false",
     [("userId", "alice"), ("serverNode", "DF 28"), ("isProduction", "false")],
     W3C + "3.4", "the standard's example")
same("example-utf8", "userId=Am%C3%A9lie,serverNode=DF%2028",
     [("userId", "Amélie"), ("serverNode", "DF 28")], W3C + "3.4",
     "the standard's example")
line("example-lines",
     ["userId=alice", "serverNode=DF%2028,isProduction=false"],
     [("userId", "alice"), ("serverNode", "DF 28"), ("isProduction", "false")],
     "userId=alice,serverNode=DF%2028,isProduction=false", W3C + "3.4",
     "the standard's example: lines are one list")
line("example-spaces",
     ["userId =   alice", "serverNode = DF%2028, isProduction = false"],
     [("userId", "alice"), ("serverNode", "DF 28"), ("isProduction", "false")],
     "userId=alice,serverNode=DF%2028,isProduction=false", W3C + "3.4",
     "the standard's example: white space is no part of anything")
line("example-properties", "key1=value1;property1;property2, key2 = value2, "
     "key3=value3; propertyKey=propertyValue",
     [("key1", "value1", "property1;property2"), ("key2", "value2"),
      ("key3", "value3", "propertyKey=propertyValue")],
     "key1=value1;property1;property2,key2=value2,"
     "key3=value3;propertyKey=propertyValue",
     W3C + "3.3.3", "the standard's example")
line("spaces", "  a  =  1  ,  b  =  2  ", [("a", "1"), ("b", "2")],
     "a=1,b=2", KEY, "spaces around key and value are trimmed")
line("tabs", "\ta\t=\t1\t,\tb\t=\t2\t", [("a", "1"), ("b", "2")], "a=1,b=2",
     KEY, "tabs, too")
line("ows-all", "SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t SomeKey2 "
     "\t = \t SomeValue2 \t ; \t ValueProp \t = \t PropVal",
     [("SomeKey", "SomeValue", "SomeProp"),
      ("SomeKey2", "SomeValue2", "ValueProp=PropVal")],
     "SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2;ValueProp=PropVal",
     GRAMMAR, "white space stands wherever the grammar has OWS")
none("empty", "", "RFC 9110, 5.5", "an empty line has no members")
none("blank", " \t ", "RFC 9110, 5.5", "white space alone is an empty line")
none("comma", ",", LIST, "empty members are passed over")
none("commas", " , ,, ", LIST, "any number of them")
line("empty-first", ",a=1", [("a", "1")], "a=1", LIST,
     "empty members are passed over, at the beginning")
line("empty-between", "a=1,,b=2", [("a", "1"), ("b", "2")], "a=1,b=2", LIST,
     "in between")
line("empty-spaced", "a=1, \t ,b=2", [("a", "1"), ("b", "2")], "a=1,b=2",
     LIST, "also with white space")
line("empty-last", "a=1,", [("a", "1")], "a=1", LIST, "and at the end")
line("empty-lines", ["", "a=1", "", "b=2", ","], [("a", "1"), ("b", "2")],
     "a=1,b=2", "RFC 9110, 5.3", "empty lines add nothing")
line("three-lines", ["a=1", "b=2", "c=3"], [("a", "1"), ("b", "2"),
                                             ("c", "3")],
     "a=1,b=2,c=3", "RFC 9110, 5.3", "lines are joined in their order")
line("header-case", [], [], "", "RFC 9110, 5.1", "another header is none")
rows.pop()
row("header-case", "baggage", "Baggage=" + b"a=1".hex(), [("a", "1")], "a=1",
    "RFC 9110, 5.1", "header names have no case")
row("header-case-lines", "baggage",
    "BAGGAGE=" + b"a=1".hex() + " baggage=" + b"b=2".hex(),
    [("a", "1"), ("b", "2")], "a=1,b=2", "RFC 9110, 5.1",
    "lines of one name in different case are one list")
row("other-header", "baggage", "baggages=" + b"a=1".hex(), [], "",
    W3C + "3.2", "another name is another header")

head("Keys")
same("key-case", "a=1,A=2", [("a", "1"), ("A", "2")],
     "W3C Baggage, rationale, case sensitivity of keys",
     "keys that differ in case are two")
same("key-token", "!#$%&'*+-.^_`|~09AZaz=1",
     [("!#$%&'*+-.^_`|~09AZaz", "1")], KEY, "all that a token may have")
same("key-percent", "a%20b=1", [("a%20b", "1")], KEY,
     "a key is not percent-coded: the sign is part of it (OpenTelemetry for "
     "JavaScript decodes it)")
same("key-digits", "1=2", [("1", "2")], KEY, "a token may be digits")
none("key-empty", "=1", KEY, "a key has a character at least")
none("key-blank", "  =1", KEY, "white space is no key")
line("key-space", "a b=1,c=2", [("c", "2")], "c=2", KEY,
     "no white space inside a key")
line("key-quoted", '"a"=1,c=2', [("c", "2")], "c=2", KEY, "no quotes")
line("key-slash", "with/slash=1,c=2", [("c", "2")], "c=2", KEY,
     "a slash is no token character")
line("key-colon", "key1:value,key2=value2", [("key2", "value2")],
     "key2=value2", KEY, "a colon is none, and no separator")
line("key-paren", "a(b)=1,c=2", [("c", "2")], "c=2", KEY, "nor a parenthesis")
line("key-brace", "{a}=1,c=2", [("c", "2")], "c=2", KEY, "nor a brace")
line("key-at", "a@b=1,c=2", [("c", "2")], "c=2", KEY, "nor an at sign")
line("key-utf8", "clé=1,c=2", [("c", "2")], "c=2", KEY, "ASCII only")
line("key-control", b"a\x01=1,c=2", [("c", "2")], "c=2", KEY, "no controls")
line("key-nul", b"a\0b=1,c=2", [("c", "2")], "c=2", KEY, "no NUL")
none("no-equals", "289371298nekjh2939299283jbk2b", GRAMMAR,
     "a member has an equals sign")
line("no-equals-list", "a,b=2,c", [("b", "2")], "b=2", SKIP,
     "the others count")
line("no-equals-property", "a;p=1,b=2", [("b", "2")], "b=2", GRAMMAR,
     "the equals sign of a property is not the member's")
none("no-equals-colon", "key1:value;key2=value2", GRAMMAR,
     "a member without an equals sign of its own is none")
none("double-semicolon", "key1:value;;key2=value2", GRAMMAR,
     "a member without an equals sign of its own is none")

head("Values")
same("value-empty", "a=,b=", [("a", ""), ("b", "")], VALUE,
     "a value may be empty, which is not absent")
same("value-equals", "SomeKey=SomeValue=equals",
     [("SomeKey", "SomeValue=equals")], VALUE,
     "any number of equals signs")
same("value-base64", "key1=d4cda95b==,b=2", [("key1", "d4cda95b=="),
                                              ("b", "2")],
     VALUE, "also at the end")
same("value-equals-only", "a===", [("a", "==")], VALUE, "also alone")
same("value-octets", "a=!#$&'()*+-./:<=>?@[]^_`{|}~",
     [("a", "!#$&'()*+-./:<=>?@[]^_`{|}~")], GRAMMAR,
     "all that a baggage-octet can be")
same("value-plus", "a=1+2%2B3", [("a", "1+2+3")], VALUE,
     "a plus is a plus: this is no form")
same("value-coded-plain", "a=%41%62", [("a", "Ab")], VALUE,
     "what need not be coded may be, and goes on as it came")
same("value-hex-case", "a=%c3%A9%C3%a9", [("a", "éé")], "RFC 3986, 2.1",
     "hex digits of either case")
same("value-separators", "a=%2C%3B%3D%22%5C%25", [("a", ",;=\"\\%")], VALUE,
     "separators are coded")
same("value-controls", "a=%00%09%0d%0A%7f", [("a", "\0\t\r\n\x7f")], VALUE,
     "controls are characters")
same("value-percent-twice", "a=%2541", [("a", "%41")], VALUE,
     "decoded once")
same("value-euro", "a=%E2%82%AC", [("a", "€")], VALUE, "three octets")
same("value-smile", "a=%F0%9F%98%80", [("a", "😀")], VALUE, "four octets")
same("value-mixed", "a=x%F0%9F%98%80y,b=%e2%82%acz", [("a", "x😀y"),
                                                     ("b", "€z")],
     VALUE, "among others")
same("utf8-lone", "a=%ff", [("a", FFFD)], VALUE,
     "octets that are no UTF-8 are read as U+FFFD, and go on as they came")
same("utf8-latin1", "a=Am%E9lie", [("a", "Am" + FFFD + "lie")], VALUE,
     "Latin-1 is none")
same("utf8-cut", "a=%e2%82", [("a", FFFD)], VALUE + "; Unicode, 3.9",
     "a beginning of a character is one U+FFFD")
same("utf8-cut-then-letter", "a=%e2%82x", [("a", FFFD + "x")],
     VALUE + "; Unicode, 3.9", "and what follows counts")
same("utf8-overlong", "a=%c0%af", [("a", FFFD * 2)],
     VALUE + "; RFC 3629, 3", "nothing overlong")
same("utf8-surrogate", "a=%ed%a0%80", [("a", FFFD * 3)],
     VALUE + "; RFC 3629, 3", "no surrogates")
same("utf8-too-large", "a=%f4%90%80%80", [("a", FFFD * 4)],
     VALUE + "; RFC 3629, 3", "nothing past U+10FFFF")
same("utf8-table", "a=%e1%80%e2%f0%91%92%f1%bf%41",
     [("a", FFFD * 4 + "A")], VALUE + "; Unicode, 3.9, table 3-11",
     "one for each longest beginning")
same("percent-lone", "a=100%", [("a", "100%")], "RFC 3986, 2.1",
     "a percent sign without two digits stands for itself")
same("percent-one-digit", "a=%4,b=2", [("a", "%4"), ("b", "2")],
     "RFC 3986, 2.1", "also with one")
same("percent-no-digits", "a=%zz%41", [("a", "%zzA")], "RFC 3986, 2.1",
     "also before others that are coded")
same("percent-percent", "a=%%41", [("a", "%A")], "RFC 3986, 2.1",
     "also before another")
line("value-space", "a=x y,b=2", [("b", "2")], "b=2", VALUE,
     "white space inside a value must be coded: the member is none")
line("value-quoted", 'a="x",b=2', [("b", "2")], "b=2", VALUE, "so must quotes")
line("value-quoted-comma", 'a="x,y",b=2', [("b", "2")], "b=2", GRAMMAR,
     "quotes do not hide a comma")
line("value-backslash", "a=x\\y,b=2", [("b", "2")], "b=2", VALUE,
     "and backslashes")
line("value-utf8", "a=Amélie,b=2", [("b", "2")], "b=2", VALUE,
     "ASCII only: others must be coded")
line("value-line-end", b"a=x\r\nEvil: 1,b=2", [("b", "2")], "b=2", VALUE,
     "no line ends: what goes on must not begin a header")
line("value-nul", b"a=x\0y,b=2", [("b", "2")], "b=2", VALUE, "no NUL")
line("value-del", b"a=\x7f,b=2", [("b", "2")], "b=2", VALUE, "no DEL")
none("all-bad", 'a,=1,b c=2,d="3"', SKIP, "of bad members nothing is left")

head("Properties")
same("property-key", "a=1;p", [("a", "1", "p")], PROPERTY,
     "a property may be a key alone")
same("property-value", "a=1;p=2", [("a", "1", "p=2")], PROPERTY,
     "or have a value")
same("property-value-empty", "a=1;p=", [("a", "1", "p=")], PROPERTY,
     "perhaps an empty one, which is not none")
same("property-many", "a=1;p;q=2;r;s=3", [("a", "1", "p;q=2;r;s=3")],
     PROPERTY, "any number of them, in their order")
same("property-twice", "a=1;p=1;p=2", [("a", "1", "p=1;p=2")], PROPERTY,
     "their keys mean nothing")
same("property-coded", "a=1;p=%20%ff", [("a", "1", "p=%20%ff")], PROPERTY,
     "nor do their values, which go on as they came")
same("property-equals", "a=1;p=x=y", [("a", "1", "p=x=y")], GRAMMAR,
     "a property's value is a value")
same("property-of-empty", "a=;p", [("a", "", "p")], GRAMMAR,
     "also of an empty value")
same("property-each", "a=1;p,b=2;q=3,c=3", [("a", "1", "p"),
                                            ("b", "2", "q=3"), ("c", "3")],
     GRAMMAR, "each member has its own")
line("property-spaces", "a=1 ; p = 2 ; q ,b=2", [("a", "1", "p=2;q"),
                                                 ("b", "2")],
     "a=1;p=2;q,b=2", PROPERTY, "white space around is no part of it")
line("property-empty-last", "a=1;", [("a", "1")], "a=1", GRAMMAR,
     "an empty property is left out")
line("property-empty-between", "a=1;;p", [("a", "1", "p")], "a=1;p", GRAMMAR,
     "also between others")
line("property-bad", "a=1;p q;r,b=2", [("a", "1", "r"), ("b", "2")],
     "a=1;r,b=2", PROPERTY, "one that is none is left out: the value is good")
line("property-bad-value", 'a=1;p="x";r', [("a", "1", "r")], "a=1;r",
     PROPERTY, "also for its value")
line("property-bad-only", "a=1;=x,b=2", [("a", "1"), ("b", "2")], "a=1,b=2",
     PROPERTY, "a property has a key")
line("property-line-end", b"a=1;p=\r\nEvil: 1,b=2", [("a", "1"), ("b", "2")],
     "a=1,b=2", PROPERTY, "no line ends")

head("A key twice")
line("twice", "a=1,b=2,a=3", [("a", "3"), ("b", "2")], "a=3,b=2",
     TWICE + "; OpenTelemetry, Baggage API, conflict resolution",
     "the last counts, in the place of the first")
line("twice-same", "a=1,a=1", [("a", "1")], "a=1", TWICE,
     "also when they are the same")
line("twice-lines", ["a=1,b=2", "a=3"], [("a", "3"), ("b", "2")], "a=3,b=2",
     TWICE, "also in two lines")
line("twice-properties", "a=1;p,a=2;q", [("a", "2", "q")], "a=2;q", TWICE,
     "with its properties")
line("twice-properties-none", "a=1;p,a=2", [("a", "2")], "a=2", TWICE,
     "or without")
line("twice-bad", 'a=1,a="2"', [("a", "1")], "a=1", TWICE,
     "a member that is none replaces nothing")
line("thrice", "a=1,a=2,a=3", [("a", "3")], "a=3", TWICE, "any number")

head("Limits")


def members(n, size, prefix="k"):
    return [(f"{prefix}{i:03}", "v" * (size - 5)) for i in range(n)]


def text(pairs):
    return ",".join(k + "=" + v for k, v in pairs)


def long(key, size):
    return (key, "v" * (size - len(key) - 1))


for n in 63, 64, 65, 180, 181:
    m = members(n, 12)
    same(f"members-{n}", text(m), m, LIMITS, f"{n} members")
for n in 511, 512:
    m = members(n, 15)
    same(f"members-{n}-of-15", text(m), m, LIMITS,
         "the W3C's own test: 512 members within 8,192 bytes")
m = members(513, 5)
line("members-513", text(m), m[:512], text(m[:512]), LIMITS,
     "no more than 512 members are kept")
m = members(511, 15) + [long("k511", 16)]
same("members-512-of-8192", text(m), m, LIMITS,
     "512 members and 8,192 bytes exactly")
for size in 8191, 8192:
    m = [long("a", size)]
    same(f"bytes-{size}", text(m), m, LIMITS, f"{size} bytes")
none("bytes-8193", text([long("a", 8193)]), LIMITS,
     "a member longer than 8,192 bytes goes whole or not at all")
m = [long("a", 4096), long("b", 4095)]
same("bytes-8192-of-two", text(m), m, LIMITS, "the comma counts")
m = [long("a", 4096), long("b", 4096)]
line("bytes-8193-of-two", text(m), m[:1], text(m[:1]), LIMITS,
     "the second does not fit")
m = [long("a", 8000), long("b", 300), long("c", 191)]
line("bytes-later-fits", text(m), [m[0], m[2]], text([m[0], m[2]]), LIMITS,
     "what is shorter and comes later may fit still")
m = [long("a", 4096), long("b", 4096)]
line("bytes-lines", [text(m[:1]), text(m[1:])], m[:1], text(m[:1]), LIMITS,
     "limits are those of all lines together")
m = [long("a", 4000), long("b", 4100)]
line("bytes-spaces", "  " * 500 + m[0][0] + " = " + m[0][1] + " " * 500 +
     "," + text(m[1:]), m, text(m), LIMITS,
     "white space does not count: what results is short enough")
line("bytes-property", text([long("a", 8192)]) + ";p,b=2", [("b", "2")],
     "b=2", LIMITS, "properties count, and no member goes on without its own")

head("Baggage that is made here")
bagset("set-one", [("a", "1")], [("a", "1")], "a=1", GRAMMAR, "a member")
bagset("set-order", [("z", "1"), ("a", "2"), ("m", "3")],
       [("z", "1"), ("a", "2"), ("m", "3")], "z=1,a=2,m=3", GRAMMAR,
       "in the order in which they were set")
bagset("set-utf8", [("userId", "Amélie"), ("serverNode", "DF 28")],
       [("userId", "Amélie"), ("serverNode", "DF 28")],
       "userId=Am%C3%A9lie,serverNode=DF%2028", VALUE,
       "what is no baggage-octet is coded, with capital digits")
bagset("set-euro", [("a", "€"), ("b", "😀")], [("a", "€"), ("b", "😀")],
       "a=%E2%82%AC,b=%F0%9F%98%80", VALUE, "octet by octet")
bagset("set-separators", [("a", ",;\"\\")], [("a", ",;\"\\")],
       "a=%2C%3B%22%5C", VALUE, "separators, quotes and backslashes are coded")
bagset("set-percent", [("a", "100%41")], [("a", "100%41")], "a=100%2541",
       VALUE, "the percent sign is")
bagset("set-plain", [("a", "!#$&'()*+-./:<=>?@[]^_`{|}~")],
       [("a", "!#$&'()*+-./:<=>?@[]^_`{|}~")],
       "a=!#$&'()*+-./:<=>?@[]^_`{|}~", VALUE, "and nothing else of ASCII")
bagset("set-spaces", [("a", " x "), ("b", "\t\r\n\0\x7f")],
       [("a", " x "), ("b", "\t\r\n\0\x7f")],
       "a=%20x%20,b=%09%0D%0A%00%7F", VALUE,
       "white space and controls are part of a value, coded")
bagset("set-empty", [("a", "")], [("a", "")], "a=", VALUE,
       "an empty value is one")
bagset("set-twice", [("a", "1"), ("b", "2"), ("a", "3")],
       [("a", "3"), ("b", "2")], "a=3,b=2",
       "OpenTelemetry, Baggage API, conflict resolution",
       "the last counts, in the place of the first")
bagset("set-key-token", [("!#$%&'*+-.^_`|~09AZaz", "1")],
       [("!#$%&'*+-.^_`|~09AZaz", "1")], "!#$%&'*+-.^_`|~09AZaz=1", KEY,
       "a key is written as it is")
bagset("set-key-bad", [("a b", "1"), ("c", "2")], [("c", "2")], "c=2", KEY,
       "what is no token is no key, and is not coded into one")
bagset("set-key-empty", [("", "1"), ("c", "2")], [("c", "2")], "c=2", KEY,
       "nor is nothing")
bagset("set-key-utf8", [("clé", "1"), ("c", "2")], [("c", "2")], "c=2", KEY,
       "nor what is not ASCII")
bagset("set-none", [], [], "", GRAMMAR, "nothing makes no header")
for n in 64, 180:
    m = members(n, 12)
    bagset(f"set-{n}", m, m, text(m), LIMITS, f"{n} members")
m = members(512, 15)
bagset("set-512", m, m, text(m), LIMITS,
       "the W3C's own test: 512 members within 8,192 bytes")
m = members(513, 5)
bagset("set-513", m, m[:512], text(m[:512]), LIMITS,
       "no more than 512 members")
m = [("a", "0123456789" * 819)]
bagset("set-8192", m, m, text(m), LIMITS,
       "the W3C's own test: a member of 8,192 bytes")
m = [("a", "0123456789" * 819 + "0"), ("b", "2")]
bagset("set-8193", m, m[1:], text(m[1:]), LIMITS,
       "a longer one is left out whole")
bagset("set-coded-8192", [("a", " " * 2730)], [("a", " " * 2730)],
       "a=" + "%20" * 2730, LIMITS, "lengths are those of what is coded")
bagset("set-coded-8195", [("a", " " * 2731)], [], "", LIMITS,
       "no part of a member")

names = [r.split("\t")[0] for r in rows if not r.startswith("#")]
assert len(set(names)) == len(names)
with open("test/wire/vectors/baggage.tsv", "w", encoding="ascii") as f:
    f.write("# SPDX-License-Identifier: MIT\n"
            "# W3C Baggage, and baggage that is made here (bagset). Written "
            "by test/wire/baggage.py,\n"
            "# which says it in words. Columns and how to read them: "
            "README.md.\n")
    f.write("\n".join(rows) + "\n")
print(len(names), "cases")
