"""Request heads for the comparison with another parser: those written by hand, each with the verdict it must
get here (0: accepted, else the status), and mutations of the accepted ones."""

import random

HOST = b"Host: h\r\n"
LENGTH = b"Content-Length: "
CODING = b"Transfer-Encoding: "


def get(target=b"/", fields=b"", method=b"GET", version=b"HTTP/1.1", host=HOST):
    return method + b" " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields, version=b"HTTP/1.1"):
    return get(method=b"POST", fields=fields, version=version)


HAND_MADE = {
    # The request line.
    "get": (0, get()),
    "old": (0, get(version=b"HTTP/1.0")),
    "old, no Host": (0, get(version=b"HTTP/1.0", host=b"")),
    "old, keep-alive": (0, get(version=b"HTTP/1.0", fields=b"Connection: keep-alive\r\n")),
    "head": (0, get(method=b"HEAD")),
    "put": (0, get(method=b"PUT", fields=LENGTH + b"0\r\n")),
    "delete": (0, get(method=b"DELETE")),
    "trace": (0, get(method=b"TRACE")),
    "unknown method": (0, get(method=b"BREW")),
    "method in lower case": (0, get(method=b"get")),
    "method of symbols": (0, get(method=b"!#$%&'*+-.^_`|~")),
    "method too long": (501, get(method=b"A" * 25)),
    "method with a slash": (400, get(method=b"G/T")),
    "method with a colon": (400, get(method=b"GET:")),
    "method beyond ASCII": (400, get(method=b"G\xc3\xa4T")),
    "method with NUL": (400, get(method=b"G\0T")),
    "no method": (400, b" / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "space before the method": (400, b" " + get()),
    "tab for a space": (400, b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "vertical tab for a space": (400, b"GET\v/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "two spaces before the target": (400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "two spaces before the version": (400, b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n"),
    "space behind the version": (400, b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n"),
    "tab behind the version": (400, b"GET / HTTP/1.1\t\r\n" + HOST + b"\r\n"),
    "a word too many": (400, b"GET / x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "space in the target": (400, get(b"/a b")),
    "no version": (400, b"GET /\r\n" + HOST + b"\r\n"),
    "no target": (400, b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
    "nothing but a method": (400, b"GET\r\n\r\n"),
    "version 0.9": (505, get(version=b"HTTP/0.9")),
    "version 1.2": (0, get(version=b"HTTP/1.2")),
    "version 1.9": (0, get(version=b"HTTP/1.9")),
    "version 2.0": (505, get(version=b"HTTP/2.0")),
    "version 3.0": (505, get(version=b"HTTP/3.0")),
    "version 1.10": (400, get(version=b"HTTP/1.10")),
    "version 11.1": (400, get(version=b"HTTP/11.1")),
    "version 1": (400, get(version=b"HTTP/1")),
    "version 1.": (400, get(version=b"HTTP/1.")),
    "version 1,1": (400, get(version=b"HTTP/1,1")),
    "version -1.1": (400, get(version=b"HTTP/-1.1")),
    "version with a letter": (400, get(version=b"HTTP/1.x")),
    "version in lower case": (400, get(version=b"http/1.1")),
    "another protocol": (400, get(version=b"HTTPS/1.1")),
    "RTSP": (400, get(version=b"RTSP/1.0")),
    "ICE": (400, get(method=b"SOURCE", version=b"ICE/1.0")),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS hello": (400, bytes.fromhex("16030102000100")),
    # The target.
    "query": (0, get(b"/a/b?c=d&e=%20")),
    "escapes": (0, get(b"/%00%2f%zz")),  # the path's matter, not the head's
    "symbols": (0, get(b"/-._~!$&'()*+,;=:@[]{}|\\^`\"<>")),
    "dot segments": (0, get(b"/../../etc/passwd")),
    "double slash": (0, get(b"//host/a")),
    "fragment": (400, get(b"/a#b")),
    "target beyond ASCII": (400, get(b"/\xc3\xa4")),
    "target with NUL": (400, get(b"/\0")),
    "target with DEL": (400, get(b"/\x7f")),
    "target with a tab": (400, get(b"/\t")),
    "target with a bare CR": (400, get(b"/\ra")),
    "absolute": (0, get(b"http://h/a?b")),
    "absolute, no path": (0, get(b"http://h:80")),
    "absolute, query alone": (0, get(b"http://h?q")),
    "absolute, https": (0, get(b"https://[::1]:1/")),
    "absolute, no host": (400, get(b"http:///a")),
    "absolute, user": (400, get(b"http://u:p@h/")),
    "absolute, bad port": (400, get(b"http://h:x/")),
    "absolute, two slashes short": (400, get(b"http:a")),
    "scheme with a plus": (0, get(b"git+http://h/")),
    "scheme starts with a digit": (400, get(b"1http://h/")),
    "authority of GET": (400, get(b"h:80")),
    "asterisk of GET": (400, get(b"*")),
    "asterisk of OPTIONS": (0, get(b"*", method=b"OPTIONS")),
    "asterisk and more": (400, get(b"*a", method=b"OPTIONS")),
    "word": (400, get(b"a")),
    "question mark": (400, get(b"?a")),
    "CONNECT": (0, get(b"h:443", method=b"CONNECT")),
    "CONNECT without a port": (400, get(b"h", method=b"CONNECT")),
    "CONNECT to a path": (400, get(b"/", method=b"CONNECT")),
    "CONNECT to a URI": (400, get(b"http://h:443/", method=b"CONNECT")),
    # Line ends.
    "bare LF everywhere": (400, get().replace(b"\r\n", b"\n")),
    "bare LF behind the line": (400, b"GET / HTTP/1.1\n" + HOST + b"\r\n"),
    "bare LF behind a field": (400, b"GET / HTTP/1.1\r\nHost: h\n\r\n"),
    "bare LF at the end": (400, b"GET / HTTP/1.1\r\n" + HOST + b"\n"),
    "bare CR behind the line": (400, b"GET / HTTP/1.1\rHost: h\r\n\r\n"),
    "bare CR behind a field": (400, get(fields=b"A: b\rC: d\r\n")),
    "bare CR in a value": (400, get(fields=b"A: b\rc\r\n")),
    "bare CR in a name": (400, get(fields=b"A\rB: c\r\n")),
    "bare CR at the end": (400, b"GET / HTTP/1.1\r\n" + HOST + b"\rX"),
    "CR CR LF": (400, b"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"),
    "CR LF CR CR LF": (400, b"GET / HTTP/1.1\r\nHost: h\r\n\r\r\n"),
    "LF CR": (400, b"GET / HTTP/1.1\n\rHost: h\n\r\n\r"),
    "empty line before": (0, b"\r\n" + get()),
    "four empty lines before": (0, b"\r\n" * 4 + get()),
    "five empty lines before": (400, b"\r\n" * 5 + get()),
    "bare LF before": (400, b"\n" + get()),
    "bare CR before": (400, b"\r" + get()),
    # Names.
    "space before the colon": (400, get(fields=b"A : b\r\n")),
    "tab before the colon": (400, get(fields=b"A\t: b\r\n")),
    "no colon": (400, get(fields=b"A b\r\n")),
    "no colon, no value": (400, get(fields=b"A\r\n")),
    "no name": (400, get(fields=b": b\r\n")),
    "space in a name": (400, get(fields=b"A B: c\r\n")),
    "bracket in a name": (400, get(fields=b"A(b): c\r\n")),
    "name beyond ASCII": (400, get(fields=b"\xc3\xa4: c\r\n")),
    "NUL in a name": (400, get(fields=b"A\0: c\r\n")),
    "name of symbols": (0, get(fields=b"!#$%&'*+-.^_`|~: c\r\n")),
    "first line folded": (400, b"GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
    "folded": (400, get(fields=b"A: b\r\n c\r\n")),
    "folded by a tab": (400, get(fields=b"A: b\r\n\tc\r\n")),
    "folded to nothing": (400, get(fields=b"A: b\r\n \r\n")),
    "folded length": (400, post(LENGTH[:-1] + b"\r\n 5\r\n")),
    # Values.
    "empty value": (0, get(fields=b"A:\r\nB: \t \r\n")),
    "white space around a value": (0, get(fields=b"A:\t b c \t\r\n")),
    "tab in a value": (0, get(fields=b"A: b\tc\r\n")),
    "value beyond ASCII": (0, get(fields=b"A: \xc3\xa4\xff\r\n")),
    "NUL in a value": (400, get(fields=b"A: b\0c\r\n")),
    "control byte in a value": (400, get(fields=b"A: b\x01\r\n")),
    "escape byte in a value": (400, get(fields=b"A: \x1b[2J\r\n")),
    "DEL in a value": (400, get(fields=b"A: b\x7f\r\n")),
    "form feed in a value": (400, get(fields=b"A: \fb\r\n")),
    "the same name twice": (0, get(fields=b"A: b\r\na: c\r\n")),
    # Host.
    "no Host": (400, get(host=b"")),
    "two Hosts": (400, get(fields=b"Host: h\r\n")),
    "two Hosts that differ": (400, get(fields=b"host: i\r\n")),
    "Host, empty": (0, get(host=b"Host:\r\n")),
    "Host, port": (0, get(host=b"Host: h.example:8080\r\n")),
    "Host, address": (0, get(host=b"Host: [::1]:80\r\n")),
    "Host, open bracket": (400, get(host=b"Host: [::1\r\n")),
    "Host, list": (400, get(host=b"Host: a, b\r\n")),
    "Host, path": (400, get(host=b"Host: a/b\r\n")),
    "Host, user": (400, get(host=b"Host: u@h\r\n")),
    "Host, bad port": (400, get(host=b"Host: h:80x\r\n")),
    "Host, port too great": (400, get(host=b"Host: h:65536\r\n")),
    "Host, beyond ASCII": (400, get(host=b"Host: \xc3\xa4\r\n")),
    "Host, space before the colon": (400, get(host=b"Host : h\r\n")),
    # Where the body ends.
    "length": (0, post(LENGTH + b"3\r\n") + b"abc"),
    "length 0": (0, post(LENGTH + b"0\r\n")),
    "length, zeros before": (0, post(LENGTH + b"0003\r\n") + b"abc"),
    "length, plus": (400, post(LENGTH + b"+3\r\n")),
    "length, minus": (400, post(LENGTH + b"-3\r\n")),
    "length, hexadecimal": (400, post(LENGTH + b"0x3\r\n")),
    "length, fraction": (400, post(LENGTH + b"3.0\r\n")),
    "length, exponent": (400, post(LENGTH + b"3e1\r\n")),
    "length, empty": (400, post(LENGTH + b"\r\n")),
    "length, word": (400, post(LENGTH + b"three\r\n")),
    "length, two numbers": (400, post(LENGTH + b"3 3\r\n")),
    "length, list": (400, post(LENGTH + b"3, 3\r\n")),
    "length, list that differs": (400, post(LENGTH + b"3,4\r\n")),
    "length, quoted": (400, post(LENGTH + b"\"3\"\r\n")),
    "length, overflow": (400, post(LENGTH + b"18446744073709551616\r\n")),
    "length, far overflow": (400, post(LENGTH + b"9" * 40 + b"\r\n")),
    "length, vertical tab": (400, post(LENGTH + b"\v3\r\n")),
    "length twice": (400, post(LENGTH + b"3\r\n" + LENGTH + b"3\r\n")),
    "length twice, differs": (400, post(LENGTH + b"3\r\n" + LENGTH.lower() + b"4\r\n")),
    "length, space before the colon": (400, post(b"Content-Length : 3\r\n")),
    "length with an underscore": (0, post(b"Content_Length: 3\r\n")),
    "chunked": (0, post(CODING + b"chunked\r\n") + b"0\r\n\r\n"),
    "chunked, in capitals": (0, post(CODING + b"CHUNKED\r\n") + b"0\r\n\r\n"),
    "chunked and length": (400, post(CODING + b"chunked\r\n" + LENGTH + b"3\r\n")),
    "length and chunked": (400, post(LENGTH + b"3\r\n" + CODING + b"chunked\r\n")),
    "chunked, old": (400, post(CODING + b"chunked\r\n", version=b"HTTP/1.0")),
    "chunked twice": (400, post(CODING + b"chunked\r\n" + CODING + b"chunked\r\n")),
    "chunked in a list twice": (501, post(CODING + b"chunked, chunked\r\n")),
    "gzip, chunked": (501, post(CODING + b"gzip, chunked\r\n")),
    "chunked, gzip": (501, post(CODING + b"chunked, gzip\r\n")),
    "gzip": (501, post(CODING + b"gzip\r\n")),
    "identity": (501, post(CODING + b"identity\r\n")),
    "identity and length": (400, post(CODING + b"identity\r\n" + LENGTH + b"3\r\n")),
    "chunked, a letter before": (501, post(CODING + b"xchunked\r\n")),
    "chunked, a letter behind": (501, post(CODING + b"chunkedx\r\n")),
    "chunked, quoted": (501, post(CODING + b"\"chunked\"\r\n")),
    "chunked, parameter": (501, post(CODING + b"chunked;a=b\r\n")),
    "chunked, comma": (501, post(CODING + b"chunked,\r\n")),
    "chunked, vertical tab": (400, post(CODING + b"\vchunked\r\n")),
    "coding, empty": (400, post(CODING + b"\r\n")),
    "coding, space before the colon": (400, post(b"Transfer-Encoding : chunked\r\n")),
    "coding, folded": (400, post(CODING[:-1] + b"\r\n chunked\r\n")),
    # Other fields that the head's reading depends on.
    "close": (0, get(fields=b"Connection: close\r\n")),
    "close in a list": (0, get(fields=b"Connection: x, close\r\n")),
    "upgrade": (0, get(fields=b"Connection: Upgrade\r\nUpgrade: websocket\r\n")),
    "continue": (0, post(LENGTH + b"3\r\nExpect: 100-continue\r\n")),
    "another expectation": (417, post(LENGTH + b"3\r\nExpect: miracle\r\n")),
    # Limits.
    "line at its limit": (0, get(b"/" + b"a" * (8192 - 14))),
    "line over its limit": (414, get(b"/" + b"a" * (8192 - 13))),
    "head over its limit": (431, get(fields=b"A: " + b"b" * 16384 + b"\r\n")),
    "fields at their limit": (0, get(fields=b"A: b\r\n" * 63)),
    "fields over their limit": (431, get(fields=b"A: b\r\n" * 64)),
    "two requests": (0, get() + get(b"/2")),
}

# What a byte that breaks a parser looks like.
BYTES = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\v", b"\f", b":", b",", b";", b"/", b"#", b"?", b"%", b"*", b"\"",
         b"\\", b"\x7f", b"\x80", b"\xff", b"0", b"9", b"-", b"+", b"A", b"_", b"chunked", b"HTTP/1.1", b"Host: h\r\n",
         LENGTH + b"1\r\n", CODING + b"chunked\r\n", b"\r\n\r\n"]


def mutate(head, choose):
    at = choose.randrange(len(head))
    kind = choose.randrange(6)
    if kind == 0:
        return head[:at] + choose.choice(BYTES) + head[at:]
    if kind == 1:
        return head[:at] + choose.choice(BYTES) + head[at + 1:]
    if kind == 2:
        return head[:at] + head[at + choose.randrange(1, 4):]
    if kind == 3:
        return head[:at] + bytes([head[at] ^ (1 << choose.randrange(8))]) + head[at + 1:]
    lines = head.split(b"\r\n")
    line = choose.randrange(len(lines))
    if kind == 4:
        lines.insert(choose.randrange(len(lines)), lines[line])
    else:
        del lines[line]
    return b"\r\n".join(lines)


def mutations(count, seed):
    """The same ones for the same seed. Short heads only: the limits are not what these are for."""
    choose = random.Random(seed)
    sources = [head for status, head in HAND_MADE.values() if status == 0 and len(head) < 1024]
    found = {}
    while len(found) < count:
        head = choose.choice(sources)
        for _ in range(choose.randrange(1, 4)):
            head = mutate(head, choose) or b"\r\n"
        found[head] = None
    return list(found)
