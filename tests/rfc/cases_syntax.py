"""RFC 9112, sections 2 to 5: lines, versions, targets' forms, fields."""

from rfc_case import HELLO, FILE, Answer, Case, bad, good, request

TCHAR = b"!#$%&'*+-.^_`|~"
DELIMITERS = b"\"(),/:;<=>?@[\\]{}"
CONTROLS = bytes(byte for byte in [*range(0x20), 0x7f] if byte not in b"\t\r\n")
BEYOND_ASCII = b"\x80\x9f\xa0\xc3\xe2\xf0\xff"
LINE, HOST = b"GET /hello.txt HTTP/1.1\r\n", b"Host: a\r\n"


def named(byte):
    return f"{byte:#04x}"


def bytes_in_places():
    for byte in CONTROLS:
        one = bytes([byte])
        yield bad(f"control {named(byte)} in the method", "9112 3.1", request(method=b"GE" + one + b"T"))
        yield bad(f"control {named(byte)} in the target", "9112 3.2", request(b"/hello" + one + b".txt"))
        yield bad(f"control {named(byte)} in the version", "9112 2.3", request(version=b"HTTP/1.1" + one))
        yield bad(f"control {named(byte)} in a field's name", "9112 5", request(b"/hello.txt", b"X" + one + b"Y: z"))
        yield bad(f"control {named(byte)} in a field's value", "9110 5.5", request(b"/hello.txt", b"X: y" + one + b"z"))
    for byte in BEYOND_ASCII:
        one = bytes([byte])
        yield bad(f"{named(byte)} in the method", "9112 3.1", request(method=b"GE" + one + b"T"))
        yield bad(f"{named(byte)} in the target", "9112 3.2", request(b"/" + one))
        yield bad(f"{named(byte)} in a field's name", "9110 5.1", request(b"/hello.txt", b"X" + one + b": y"))
        yield good(f"obs-text {named(byte)} in a value", "9110 5.5", request(b"/hello.txt", b"X: " + one))
    for byte in DELIMITERS:
        one = bytes([byte])
        yield bad(f"{chr(byte)} in the method", "9110 5.6.2", request(method=b"G" + one + b"T"))
        if one != b":":
            yield bad(f"{chr(byte)} in a field's name", "9110 5.6.2", request(b"/hello.txt", b"X" + one + b"Y: z"))
    for byte in TCHAR:
        one = bytes([byte])
        yield good(f"{chr(byte)} in the method", "9110 9.1", request(method=b"G" + one), None, 501)
        yield good(f"{chr(byte)} in a field's name", "9110 5.1", request(b"/hello.txt", one + b": z"))


def line_ends():
    """Section 2.2: a bare LF may be taken for a line's end, a bare CR never; here neither is."""
    whole = LINE + HOST + b"X: y\r\n\r\n"
    ends = [at for at in range(len(whole)) if whole[at:at + 2] == b"\r\n"]
    for number, at in enumerate(ends):
        for text, kind in ((b"\n", "LF"), (b"\r", "CR"), (b"\r\r\n", "CR CR LF"), (b"\n\r", "LF CR"),
                           (b"\r\x00\n", "CR NUL LF"), (b"\r \n", "CR SP LF")):
            yield bad(f"{kind} for end {number + 1}", "9112 2.2", whole[:at] + text + whole[at + 2:])
    for text in (b" ", b"\t", b"\x0b", b"\x0c", b"\r"):
        yield bad(f"{text!r} before the request line", "9112 2.2", text + whole)
        yield bad(f"{text!r} before the first field", "9112 2.2", LINE + text + HOST + b"\r\n")
    for count in range(1, 5):
        yield good(f"{count} empty lines before", "9112 2.2", b"\r\n" * count + whole)
    yield bad("five empty lines before", "9112 2.2", b"\r\n" * 5 + whole)
    yield bad("a bare LF before", "9112 2.2", b"\n" + whole)


def versions():
    for minor in range(1, 10):
        yield good(f"HTTP/1.{minor}", "9110 2.5", request(version=b"HTTP/1.%d" % minor))
    yield Case("HTTP/1.0", "9110 2.5", request(version=b"HTTP/1.0"), (Answer(200, HELLO),), closes=True)
    for major in (0, 2, 3, 4, 9):
        for minor in (0, 1, 9):
            if (major, minor) != (2, 0):
                yield bad(f"HTTP/{major}.{minor}", "9112 2.3", request(version=b"HTTP/%d.%d" % (major, minor)), 505)
    yield bad("HTTP/2.0", "9112 2.3", request(version=b"HTTP/2.0"), 505)
    for text in (b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/", b"HTTP", b"http/1.1", b"Http/1.1", b"HTTP/11.1",
                 b"HTTP/1.10",
                 b"HTTP/01.1", b"HTTP/1.01", b"HTTP/1,1", b"HTTP/1:1", b"HTTP/1-1", b"HTTP/+1.1", b"HTTP/-1.1",
                 b"HTTP/1.x",
                 b"HTTP/a.b", b"HTTPS/1.1", b"HTTP-1.1", b"HTTP\\1.1", b"HTTP/1.1 x", b"HTTP/ 1.1", b"HTTP /1.1",
                 b"XHTTP/1.1",
                 b"HTTP/1.1\t", b"HTTP/1.1 ", b"RTSP/1.0", b"SIP/2.0", b"ICY/1.1", b"1.1", b"HTTP/1.1HTTP/1.1",
                 b"HTTP/0x1.1"):
        yield bad(f"version {text.decode()!r}", "9112 2.3", request(version=text))


def request_lines():
    tail = b"\r\n" + HOST + b"\r\n"
    for name, line in {
            "two spaces before the target": b"GET  /hello.txt HTTP/1.1",
            "two spaces behind it": b"GET /hello.txt  HTTP/1.1",
            "a tab for the first space": b"GET\t/hello.txt HTTP/1.1",
            "a tab for the second": b"GET /hello.txt\tHTTP/1.1",
            "a vertical tab for a space": b"GET\x0b/hello.txt HTTP/1.1",
            "a form feed for a space": b"GET /hello.txt\x0cHTTP/1.1",
            "a bare CR for a space": b"GET\r/hello.txt HTTP/1.1", "no target": b"GET HTTP/1.1",
            "an empty target": b"GET  HTTP/1.1",
            "no version": b"GET /hello.txt", "a space for the version": b"GET /hello.txt ", "only a method": b"GET",
            "only a version": b"HTTP/1.1", "no method": b"/hello.txt HTTP/1.1",
            "no method but its space": b" /hello.txt HTTP/1.1",
            "four words": b"GET /hello.txt x HTTP/1.1", "a space in the target": b"GET /with space.txt HTTP/1.1",
            "a field first": b"Host: a", "a response": b"HTTP/1.1 200 OK",
            "a colon behind the method": b"GET: /hello.txt HTTP/1.1",
            "a quoted target": b'GET "/hello.txt" x HTTP/1.1', "a comma": b"GET, /hello.txt HTTP/1.1"}.items():
        yield bad(name, "9112 3", line + tail)
    for method in (b"get", b"Get", b"gET", b"head", b"GETT", b"GE", b"XGET", b"BREW", b"PROPFIND", b"PURGE", b"QUERY",
                   b"M-SEARCH"):
        yield good(f"method {method.decode()}", "9110 9.1", request(method=method), None, 501)
    yield good("a method of 24 bytes", "9110 9.1", request(method=b"A" * 24), None, 501)
    yield bad("a method of 25 bytes", "9112 3", request(method=b"A" * 25), 501)
    yield bad("a method of 1000 bytes", "9112 3", request(method=b"A" * 1000), 501)


def field_lines():
    """Range is a field whose effect is seen."""
    part = (Answer(206, FILE[:10], {"content-range": "bytes 0-9/1000"}),)
    for name in (b"Range", b"range", b"RANGE", b"rAnGe"):
        yield Case(f"field name {name.decode()}", "9110 5.1", request(b"/file.bin", name + b": bytes=0-9"), part)
    for before in (b"", b" ", b"\t", b"    ", b" \t \t"):
        for behind in (b"", b" ", b"\t", b"   ", b"\t \t"):
            if before != b" " or behind:
                yield Case(f"white space {before!r} and {behind!r} around a value", "9112 5.1",
                           request(b"/file.bin", b"Range:" + before + b"bytes=0-9" + behind), part)
    for space in (b" ", b"\t", b"  ", b"\t "):
        for name in (b"X", b"Host", b"Content-Length", b"Transfer-Encoding"):
            value = {b"Host": b"a", b"Content-Length": b"0", b"Transfer-Encoding": b"chunked"}.get(name, b"y")
            yield bad(f"{space!r} between {name.decode()} and its colon", "9112 5.1",
                      request(b"/hello.txt", name + space + b": " + value,
                              host=None if name == b"Host" else b"Host: a"))
    for name, line in {"no colon": b"X y", "a name alone": b"X", "no name": b": y", "a colon alone": b":",
                       "a space in a name": b"X Y: z", "a quoted name": b'"X": y', "an equals sign": b"X=y",
                       "an empty line's colon": b" : y"}.items():
        yield bad(name, "9112 5", request(b"/hello.txt", line))
        yield bad(name + ", first", "9112 5", LINE + line + b"\r\n" + HOST + b"\r\n")
    for name, line in {"an empty value": b"X:", "only white space": b"X: \t ", "a colon in a value": b"X: y: z",
                       "a tab in a value": b"X: y\tz", "quotes that do not end": b'X: "y',
                       "an unknown field": b"X-Y-Z: 1",
                       "a comment that does not end": b"User-Agent: (((((", "a name of one letter": b"X:y",
                       "a numeric name": b"123: 4", "Set-Cookie": b"Set-Cookie: a=b",
                       "a long name": b"X" * 1000 + b": y",
                       "a long value": b"X: " + b"y" * 8000}.items():
        yield good(name, "9110 5.1", request(b"/hello.txt", line))
    for fold in (b" ", b"\t", b"   ", b" \t"):
        for behind in (b"folded", b"", b"X: y", b"Content-Length: 5"):
            yield bad(f"a line folded by {fold!r} to {behind.decode()!r}", "9112 5.2",
                      request(b"/hello.txt", b"X: y", fold + behind))
    yield bad("Content-Length, folded", "9112 5.2", request(b"/hello.txt", b"Content-Length:", b" 0"))
    yield bad("Host, folded", "9112 5.2", request(b"/hello.txt", host=b"Host:\r\n a"))
    for number in (2, 3, 10):
        yield good(f"{number} lines of one name", "9110 5.2", request(b"/hello.txt", *[b"X: y"] * number))


CASES = [*bytes_in_places(), *line_ends(), *versions(), *request_lines(), *field_lines()]
