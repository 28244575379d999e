"""Conditions and ranges: RFC 9110 13 and 14."""

import itertools

from rfc_case import ETAG, FILE, MODIFIED, NEWER, OLDER, Answer, Case, good, request

TAGS = {"absent": None, "match": ETAG, "other": b'"other"', "any": b"*"}
DATES = {"absent": None, "older": OLDER, "same": MODIFIED, "no date": b"yesterday"}


def verdict(if_match, if_unmodified, if_none_match, if_modified):
    """Section 13.2.2, step by step, for GET."""
    if if_match != "absent":
        if if_match == "other":
            return 412
    elif if_unmodified == "older":
        return 412
    if if_none_match != "absent":
        return 304 if if_none_match in ("match", "any") else 200
    return 304 if if_modified == "same" else 200


def precedence():
    names = (b"If-Match", b"If-Unmodified-Since", b"If-None-Match", b"If-Modified-Since")
    for states in itertools.product(TAGS, DATES, TAGS, DATES):
        values = [(TAGS, DATES, TAGS, DATES)[i][state] for i, state in enumerate(states)]
        lines = [name + b": " + value for name, value in zip(names, values) if value is not None]
        status = verdict(*states)
        yield good(f"match {states[0]}, unmodified {states[1]}, none-match {states[2]}, modified {states[3]}",
                   "9110 13.2.2",
                   request(b"/file.bin", *lines), {200: FILE, 304: b"", 412: None}[status], status)


def tags():
    weak, inner = b"W/" + ETAG, ETAG
    lists = {  # value: (If-Match is true, If-None-Match is false)
        weak: (False, True), inner + b", \"x\"": (True, True), b'"x", ' + inner: (True, True),
        b'"x",' + inner + b',"y"': (True, True),
        b'"x", ' + weak: (False, True), b'"x", "y"': (False, False), b'"x"': (False, False), b'""': (False, False),
        b'W/"x"': (False, False),
        b"," + inner: (True, True), inner + b",": (True, True), b", ," + inner: (True, True),
        b'"a,b", ' + inner: (True, True),
        b"x": (False, False), b"w/" + ETAG: (False, False),
        b'"*"': (False, False),
    }
    for value, (matches, same) in lists.items():
        for method in (b"GET", b"HEAD"):
            whole = FILE if method == b"GET" else b""
            yield Case(f"If-Match {value!r} of {method.decode()}", "9110 13.1.1",
                       request(b"/file.bin", b"If-Match: " + value, method=method),
                       (Answer(200 if matches else 412, whole if matches else None, {}, method.decode()),))
            yield Case(f"If-None-Match {value!r} of {method.decode()}", "9110 13.1.2",
                       request(b"/file.bin", b"If-None-Match: " + value, method=method),
                       (Answer(304 if same else 200, b"" if same else whole, {"etag": ETAG.decode()},
                               method.decode()),))
    for name, true in ((b"If-Match", 200), (b"If-None-Match", 304)):
        yield good(f"{name.decode()} in two lines", "9110 5.3", request(b"/file.bin", name + b': "x"',
            name + b": " + ETAG), None, true)
        yield good(f"{name.decode()} of what is not there", "9110 13.2.1", request(b"/nowhere", name + b": *"), None,
                   404)
        yield good(f"{name.decode()} of a folder", "9110 13.2.1", request(b"/folder", name + b': "x"'), None, 301)
    yield good("If-Match before OPTIONS", "9110 13.2.1", request(b"/file.bin", b'If-Match: "x"', method=b"OPTIONS"),
               b"", 204)
    yield good("If-None-Match and POST", "9110 13.2.1", request(b"/file.bin", b"If-None-Match: *", method=b"POST"),
               None, 405)


def dates():
    """All three forms of a date are read (section 5.6.7)."""
    spellings = {
        b"Wed, 01 Jan 2020 00:00:00 GMT": 0, b"Wednesday, 01-Jan-20 00:00:00 GMT": 0, b"Wed Jan  1 00:00:00 2020": 0,
        b"Tue, 31 Dec 2019 23:59:59 GMT": -1, b"Tuesday, 31-Dec-19 23:59:59 GMT": -1, b"Tue Dec 31 23:59:59 2019": -1,
        b"Wed, 01 Jan 2020 00:00:01 GMT": 1, b"Wednesday, 01-Jan-20 00:00:01 GMT": 1, b"Wed Jan  1 00:00:01 2020": 1,
        b"Thu, 01 Jan 1970 00:00:00 GMT": -1, b"Sun, 06 Nov 1994 08:49:37 GMT": -1, b"Fri, 31 Dec 9999 23:59:59 GMT": 1,
        b"Tue, 31 Dec 2019 23:59:60 GMT": 0, b"Sat, 29 Feb 2020 12:00:00 GMT": 1,
        b"Wed, 01 Jan 2020 00:00:00": None, b"01 Jan 2020 00:00:00 GMT": None, b"Wed, 1 Jan 2020 00:00:00 GMT": None,
        b"2020-01-01T00:00:00Z": None,
        b"Wed, 01 Jan 2020 00:00:00 UTC": None, b"Wed, 01 Jan 2020 00:00:00 +0000": None,
        b"Wed, 32 Jan 2020 00:00:00 GMT": None,
        b"Wed, 30 Feb 2020 00:00:00 GMT": None, b"Wed, 01 Jan 2020 24:00:00 GMT": None,
        b"Wed, 01 Jan 2020 00:60:00 GMT": None, b"1577836800": None,
        b"Wed, 01 Jan 2020 00:00:00 GMT x": None, b"": None, b"0": None, b"*": None,
        b"Wed, 01 Foo 2020 00:00:00 GMT": None, b"Wed,01 Jan 2020 00:00:00 GMT": None,
        b"Fri, 29 Feb 2019 00:00:00 GMT": None, b"Wed, 01 Jan 20 00:00:00 GMT": None,
    }
    for text, order in spellings.items():
        not_modified = order is not None and order >= 0
        yield good(f"If-Modified-Since {text.decode()!r}", "9110 13.1.3",
                   request(b"/file.bin", b"If-Modified-Since: " + text),
                   b"" if not_modified else FILE, 304 if not_modified else 200)
        yield good(f"If-Unmodified-Since {text.decode()!r}", "9110 13.1.4",
                   request(b"/file.bin", b"If-Unmodified-Since: " + text),
                   None if order == -1 else FILE, 412 if order == -1 else 200)
        part = order == 0
        yield good(f"If-Range {text.decode()!r}", "9110 13.1.5", request(b"/file.bin", b"Range: bytes=0-1",
            b"If-Range: " + text),
                   FILE[:2] if part else FILE, 206 if part else 200)
    for name in (b"If-Modified-Since", b"If-Unmodified-Since"):
        line = name + b": " + (NEWER if name == b"If-Modified-Since" else OLDER)
        yield good(f"{name.decode()} in two lines", "9110 5.3", request(b"/file.bin", line, line), FILE)


def ranges():
    whole = (200, FILE, None)

    def part(first, last):
        return 206, FILE[first:last + 1], f"bytes {first}-{last}/1000"

    none = (416, None, "bytes */1000")
    huge = b"9" * 30
    wanted = {
        b"bytes=0-0": part(0, 0), b"bytes=0-999": part(0, 999), b"bytes=0-": part(0, 999),
        b"bytes=999-": part(999, 999), b"bytes=999-999": part(999, 999),
        b"bytes=0-1000": part(0, 999), b"bytes=500-5000": part(500, 999), b"bytes=-1": part(999, 999),
        b"bytes=-999": part(1, 999), b"bytes=-1000": part(0, 999),
        b"bytes=-1001": part(0, 999), b"bytes=-" + huge: part(0, 999), b"bytes=1-" + huge: part(1, 999),
        b"bytes=00-09": part(0, 9), b"bytes=000000000000000000000005-6": part(5, 6),
        b"Bytes=0-9": part(0, 9), b"BYTES=0-9": part(0, 9), b"bytes=0-18446744073709551615": part(0, 999),
        b"bytes=1-18446744073709551616": part(1, 999),
        b"bytes=0-9,": part(0, 9), b"bytes=,0-9": part(0, 9), b"bytes=,,0-9,,": part(0, 9), b"bytes=0-9 ": part(0, 9),
        b"bytes=0-9 , ": part(0, 9),
        b"bytes=1000-": none, b"bytes=1000-1000": none, b"bytes=5000-6000": none, b"bytes=-0": none,
        b"bytes=" + huge + b"-": none, b"bytes=" + huge + b"-" + huge: none,
        b"bytes=1000-,2000-": none, b"bytes=-0,1000-": none, b"bytes=18446744073709551615-": none,
        b"bytes=18446744073709551616-": none, b"bytes=-00": none,
        b"bytes=5-4": whole, b"bytes=1-0": whole, b"bytes=": whole, b"bytes": whole, b"": whole, b"=": whole,
        b"bytes=-": whole, b"bytes=a-b": whole, b"bytes=0-b": whole, b"bytes=a-9": whole,
        b"bytes=0": whole, b"bytes=0-9-": whole, b"bytes=--9": whole, b"bytes=0--9": whole, b"bytes=+0-9": whole,
        b"bytes=0-+9": whole, b"bytes=0x0-0x9": whole, b"bytes=0.0-9": whole,
        b"bytes=0 -9": whole, b"bytes=0- 9": whole, b"bytes:0-9": whole, b"bytes 0-9": whole, b"bytes =0-9": whole,
        b"bytes= 0-9": whole, b"bytes=0-9;": whole, b"bytes=0-9;q=1": whole,
        b"lines=0-9": whole, b"items=0-9": whole, b"none=0-9": whole, b"x=0-9": whole, b"byte=0-9": whole,
        b"bytess=0-9": whole, b"bytes=0-9/1000": whole, b"bytes=*": whole, b"*": whole,
        b"bytes=0-9,5-4": whole, b"bytes=5-4,0-9": whole, b"bytes=0-9,x": whole, b"bytes=0-9 20-29": whole,
        b'bytes="0-9"': whole, b"bytes=(0-9)": whole, b"bytes=,": whole, b"bytes=,,": whole,
        b"bytes=0-9, lines=0-9": whole, b"bytes=0-9\xc2\xa0": whole, b"bytes=\xd9\xa0-\xd9\xa9": whole,
        b"bytes=first-last": whole,
        b"bytes=0-9,10-19": part(0, 19), b"bytes=10-19,0-9": part(0, 19), b"bytes=0-9,0-9": part(0, 9),
        b"bytes=0-99,50-149": part(0, 149), b"bytes=0-0,2-2,4-4": part(0, 4),
        b"bytes=0-,-1": part(0, 999), b"bytes=0-9,1000-": part(0, 9), b"bytes=1000-,0-9": part(0, 9),
        b"bytes=-0,0-9": part(0, 9), b"bytes=0-9\t,\t10-19": part(0, 19),
    }
    for value, (status, body, content_range) in wanted.items():
        yield good(f"Range {value!r}", "9110 14.1.2", request(b"/file.bin", b"Range: " + value), body, status,
                   **{"content-range": content_range})
        yield Case(f"Range {value!r} of HEAD", "9110 14.2", request(b"/file.bin", b"Range: " + value, method=b"HEAD"),
                   (Answer(200, b"", {"content-range": None, "content-length": "1000"}, "HEAD"),))
    for value, spans in {b"bytes=0-9,500-509": ((0, 9), (500, 509)), b"bytes=500-509,0-9": ((500, 509), (0, 9)),
                         b"bytes=-1,0-0": ((999, 999), (0, 0)),
                         b"bytes=0-0,-1": ((0, 0), (999, 999)), b"bytes=0-0 , 500-500 ,900-": ((0, 0), (500, 500),
                             (900, 999)),
                         b"bytes=0-9,500-509,2000-": ((0, 9), (500, 509)), b"bytes=0-9,400-409,800-809": ((0, 9),
                             (400, 409),
                                 (800,
                                     809))}.items():
        yield Case(f"Range {value!r}", "9110 15.3.7.2", request(b"/file.bin", b"Range: " + value),
                   (Answer(206, None, {"content-range": None}, parts=spans),))
    many = b",".join(b"%d-%d" % (at, at) for at in range(0, 1000, 4))
    yield good("250 ranges", "9110 14.2", request(b"/file.bin", b"Range: bytes=" + many), FILE[:997], 206)
    yield good("257 ranges", "9110 17.15", request(b"/file.bin", b"Range: bytes=" + b",".join([b"0-"] * 257)), FILE)
    for name, size in ((b"/empty.txt", 0), (b"/one.txt", 1)):
        for value, status in ((b"0-", 416 if not size else 206), (b"0-0", 416 if not size else 206), (b"1-", 416),
                              (b"-1", 206 if size else 200), (b"-0", 416), (b"0-9", 416 if not size else 206)):
            field = {206: "bytes 0-0/1", 416: f"bytes */{size}", 200: None}[status]
            yield good(f"Range {value.decode()} of {size} bytes", "9110 14.1.2",
                       request(name, b"Range: bytes=" + value), None, status, **{"content-range": field})
    yield good("Range in two lines", "9110 5.3", request(b"/file.bin", b"Range: bytes=0-9", b"Range: bytes=20-29"),
               FILE)
    yield good("the same Range twice", "9110 5.3", request(b"/file.bin", b"Range: bytes=0-9", b"Range: bytes=0-9"),
               FILE)
    yield good("Range of what is not there", "9110 14.2", request(b"/nowhere", b"Range: bytes=0-9"), None, 404)
    yield good("Range of a folder", "9110 14.2", request(b"/folder", b"Range: bytes=0-9"), None, 301)
    yield good("Range of a listing", "9110 14.2", request(b"/list/", b"Range: bytes=0-9"), None, 200)
    yield good("Range of POST", "9110 14.2", request(b"/file.bin", b"Range: bytes=0-9", method=b"POST"), None, 405)
    yield good("Request-Range is no field", "9110 14.2", request(b"/file.bin", b"Request-Range: bytes=0-9"), FILE)
    yield good("Content-Range of a request is ignored", "9110 14.4",
               request(b"/file.bin", b"Content-Range: bytes 0-9/1000"), FILE)


def conditions_and_ranges():
    asked, small = b"Range: bytes=0-9", (FILE[:10], 206)
    for value, (body, status) in {ETAG: small, b"W/" + ETAG: (FILE, 200), b'"other"': (FILE, 200), b"*": (FILE, 200),
                                  ETAG + b", " + ETAG: (FILE, 200), b"": (FILE, 200),
                                  MODIFIED: small, OLDER: (FILE, 200), NEWER: (FILE, 200), b"x": (FILE, 200),
                                  b'"': (FILE, 200), ETAG + b"x": (FILE, 200)}.items():
        yield good(f"If-Range {value!r}, a range", "9110 13.1.5", request(b"/file.bin", asked, b"If-Range: " + value),
                   body, status)
    yield good("If-Range without a range", "9110 13.1.5", request(b"/file.bin", b"If-Range: " + ETAG), FILE)
    yield good("If-Range twice", "9110 5.3", request(b"/file.bin", asked, b"If-Range: " + ETAG, b"If-Range: " + ETAG),
               FILE)
    yield good("If-Range that is false, no range in the file", "9110 13.1.5",
               request(b"/file.bin", b"Range: bytes=5000-", b'If-Range: "x"'), FILE)
    yield good("If-Range that is true, no range in the file", "9110 13.1.5",
               request(b"/file.bin", b"Range: bytes=5000-", b"If-Range: " + ETAG), None, 416)
    for line, status in ((b"If-None-Match: " + ETAG, 304), (b"If-Modified-Since: " + MODIFIED, 304),
                         (b'If-Match: "x"', 412), (b"If-Unmodified-Since: " + OLDER, 412),
                         (b'If-None-Match: "x"', 206), (b"If-Match: " + ETAG, 206), (b"If-Modified-Since: " + OLDER,
                             206),
                                 (b"If-Unmodified-Since: " + MODIFIED, 206)):
        yield good(f"a range and {line.decode()}", "9110 13.2.2", request(b"/file.bin", asked, line),
                   {304: b"", 412: None, 206: FILE[:10]}[status], status)
        other = {206: 416}.get(status, status)
        yield good(f"a range outside and {line.decode()}", "9110 13.2.2", request(b"/file.bin", b"Range: bytes=5000-",
            line), None, other)


CASES = [*precedence(), *tags(), *dates(), *ranges(), *conditions_and_ranges()]
