"""Methods, limits, negotiation, caches: RFC 9110 9, 12 and 15, RFC 9111."""

import re

from rfc_case import ETAG, FILE, FILES, HELLO, MODIFIED, STYLE, Answer, Case, bad, good, request

ALLOW = {"allow": "GET, HEAD, OPTIONS"}
CODED = {None: STYLE, "br": FILES["style.css.br"], "zstd": FILES["style.css.zst"], "gzip": FILES["style.css.gz"]}


def methods():
    for target in (b"/hello.txt", b"/nowhere", b"/folder", b"/folder/", b"/", b"/big.bin"):
        for method in (b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE"):
            yield good(f"{method.decode()} of {target.decode()}", "9110 15.5.6", request(target, method=method), None,
                       405, **ALLOW)
        yield Case(f"OPTIONS of {target.decode()}", "9110 9.3.7", request(target, method=b"OPTIONS"),
                   (Answer(204, b"", {**ALLOW, "content-length": None}, "OPTIONS"),))
    yield Case("CONNECT", "9110 9.3.6", request(b"a:443", method=b"CONNECT"), (Answer(405, None, ALLOW),))
    for target, status in ((b"/hello.txt", 200), (b"/empty.txt", 200), (b"/big.bin", 200), (b"/folder/", 200),
                           (b"/list/", 200), (b"/folder", 301),
                           (b"/nowhere", 404), (b"/%00", 400), (b"/../", 400), (b"https://a/", 421),
                           (b"/style.css", 200)):
        yield Case(f"HEAD of {target.decode()}", "9110 9.3.2", request(target, method=b"HEAD"),
                   (Answer(status, b"", method="HEAD"),))


def limits():
    def line(length):
        return b"/hello.txt?" + b"a" * (length - len("GET /hello.txt? HTTP/1.1"))

    def head(length):
        rest = length - len(request(b"/hello.txt", b"X: ", b"Y: "))
        return request(b"/hello.txt", b"X: " + b"a" * (rest // 2), b"Y: " + b"a" * (rest - rest // 2))

    for length in (8190, 8191, 8192):
        yield good(f"a request line of {length} bytes", "9112 3", request(line(length)))
    for length in (8193, 8194, 10000, 16384, 20000):
        yield bad(f"a request line of {length} bytes", "9110 15.5.15", request(line(length)), 414)
    for length in (16000, 16383, 16384):
        yield good(f"a head of {length} bytes", "6585 5", head(length))
    for length in (16385, 16386, 20000, 65536):
        yield bad(f"a head of {length} bytes", "6585 5", head(length), 431)
    for count in (10, 62, 63):
        yield good(f"{count + 1} fields", "6585 5", request(b"/hello.txt", *[b"X: y"] * count))
    for count in (64, 65, 200, 1000):
        yield bad(f"{count + 1} fields", "6585 5", request(b"/hello.txt", *[b"X: y"] * count), 431)
    yield bad("a line of 100000 bytes that does not end", "9110 15.5.15", b"GET /" + b"a" * 100000, 414)
    yield bad("a field of 100000 bytes that does not end", "6585 5", b"GET / HTTP/1.1\r\nX: " + b"a" * 100000, 431)
    yield bad("a method of 100000 bytes", "9112 3", b"A" * 100000, 414)
    yield good("a path of 5000 bytes", "9110 15.5.15", request(b"/" + b"a" * 5000), None, 414)
    yield good("a path of 8000 escaped bytes", "9110 4.1", request(b"/" + b"%61" * 2600), None, 404)


def codings():
    wanted = {
        b"gzip": "gzip", b"br": "br", b"zstd": "zstd", b"x-gzip": "gzip", b"GZIP": "gzip", b"Br": "br",
        b"gzip, br": "br", b"br, gzip": "br", b"zstd, gzip": "zstd",
        b"gzip,deflate,br,zstd": "br", b"gzip;q=1.0, br;q=0.5": "gzip", b"gzip;q=0.5, br;q=0.4, zstd;q=0.3": "gzip",
        b"zstd;q=0.9, br;q=0.8": "zstd",
        b"*": "br", b"*;q=0.1": "br", b"br;q=0, *": "zstd", b"br;q=0, zstd;q=0, *": "gzip", b"gzip;q=0.001": "gzip",
        b"gzip;q=0.000": None, b"gzip;q=0": None,
        b"gzip;q=0.": None, b"gzip;q=0.0": None, b"gzip;q=1": "gzip", b"gzip;q=1.": "gzip", b"gzip;q=1.0": "gzip",
        b"gzip;q=1.00": "gzip", b"gzip;q=1.000": "gzip",
        b"gzip; q=1": "gzip", b"gzip ;q=1": "gzip", b"gzip\t;\tq=1": "gzip", b"gzip;Q=1": "gzip", b"gzip;q=2": None,
        b"gzip;q=1.001": None, b"gzip;q=1.0000": None,
        b"gzip;q=0.1234": None, b"gzip;q=-1": None, b"gzip;q=": None, b"gzip;q": None, b"gzip;": None,
        b"gzip;q=a": None, b"gzip;q=.5": None, b"gzip;q=0,5": None,
        b"gzip;q= 1": None, b"gzip;q =1": None, b"gzip;level=9": None, b"": None, b"identity": None,
        b"identity;q=1, gzip;q=0.5": None,
        b"identity;q=0.5, gzip;q=0.5": "gzip", b"identity;q=0.5, gzip;q=0.4": None,
        b"identity;q=0, gzip;q=0.1": "gzip", b"identity;q=0": None, b"deflate": None,
        b"compress": None, b"gzipp": None, b"gzi": None, b"xgzip": None, b"brotli": None, b"zst": None, b"*;q=0": None,
        b"gzip, *;q=0": "gzip", b"*;q=0, gzip": "gzip",
        b",gzip": "gzip", b"gzip,": "gzip", b",,gzip,,": "gzip", b", , gzip": "gzip",
        b"deflate, gzip;q=0.8, x": "gzip", b"a b, gzip": "gzip", b'"gzip"': None,
        b"\xc3\xa4, br": "br", b"br;q=0.5, br;q=0": None, b"deflate;q=1, identity;q=0": None,
        b"gzip;q=0, br;q=0, zstd;q=0": None,
        b"br;q=0.002, zstd;q=0.003, gzip;q=0.001": "zstd", b"gzip=1": None, b"gzip:q=1": None, b"gzip q=1": None,
    }
    for value, coding in wanted.items():
        yield good(f"Accept-Encoding {value!r}", "9110 12.5.3", request(b"/style.css", b"Accept-Encoding: " + value),
                   CODED[coding],
                   **{"content-encoding": coding, "vary": "Accept-Encoding",
                      "content-type": lambda value: value.startswith("text/css")})
    for lines, coding in (((b"gzip", b"br"), "br"), ((b"gzip;q=1", b"br;q=0.5"), "gzip"),
                          ((b"br;q=0", b"gzip"), "gzip"), ((b"", b"zstd"), "zstd")):
        yield good(f"Accept-Encoding in two lines: {lines!r}", "9110 5.3",
                   request(b"/style.css", *[b"Accept-Encoding: " + line for line in lines]), CODED[coding],
                   **{"content-encoding": coding})
    yield good("no Accept-Encoding", "9110 12.5.3", request(b"/style.css"), STYLE, **{"content-encoding": None,
        "vary": "Accept-Encoding"})
    for coding in ("br", "zstd", "gzip"):
        yield Case(f"HEAD with {coding}", "9110 9.3.2", request(b"/style.css", b"Accept-Encoding: " + coding.encode(),
            method=b"HEAD"),
                   (Answer(200, b"", {"content-encoding": coding, "content-length": str(len(CODED[coding]))}, "HEAD"),))
        yield good(f"a range with {coding}", "9110 14.2", request(b"/style.css", b"Range: bytes=1-2",
            b"Accept-Encoding: " + coding.encode()),
                   CODED[coding][1:3], 206, **{"content-encoding": coding, "vary": "Accept-Encoding"})
    yield good("a file without siblings", "9110 12.5.5", request(b"/alone.css", b"Accept-Encoding: br"), STYLE,
               **{"content-encoding": None, "vary": "Accept-Encoding"})
    yield good("a file that has but one form", "9110 12.5.5", request(b"/picture.png", b"Accept-Encoding: br"), b"png",
               **{"vary": None, "content-encoding": None})
    for field in (b"Accept: image/png", b"Accept: text/css;q=0", b"Accept: x", b"Accept:", b"Accept-Language: de",
                  b"Accept-Charset: utf-7", b"Accept-Language: *;q=0"):
        yield good(f"{field.decode()} changes nothing", "9110 12.1", request(b"/hello.txt", field))


def listings():
    json, html = {"content-type": "application/json", "vary": "Accept"}, {"content-type": "text/html; charset=utf-8",
        "vary": "Accept"}
    for value in (b"application/json", b"Application/JSON", b"application/json;q=0.5",
                  b"text/html;q=0.1, application/json", b"application/json, text/plain"):
        yield good(f"listing for Accept {value.decode()}", "9110 12.5.1", request(b"/list/", b"Accept: " + value),
                   None, **json)
    for value in (b"text/html", b"*/*", b"", b"application/json;q=0", b"application/*", b"application/jso", b"x",
                  b"application/json2"):
        yield good(f"listing for Accept {value.decode()!r}", "9110 12.5.1", request(b"/list/", b"Accept: " + value),
                   None, **html)
    yield good("listing by query", "9110 4.2", request(b"/list/?json"), None, **json)
    yield good("a listing is not kept unasked", "9111 5.2.2.4", request(b"/list/"), None,
               **{"cache-control": "no-cache"})
    yield good("a listing may run nothing", "9110 17.1", request(b"/list/"), None,
               **{"content-security-policy": lambda value: "default-src 'none'" in value})


def caches():
    """What a request says to caches on the way changes no answer of the origin."""
    for value in (b"no-cache", b"no-store", b"max-age=0", b"only-if-cached", b"max-stale", b"min-fresh=10",
                  b"no-transform", b"x", b"", b"max-age=x"):
        yield good(f"Cache-Control {value!r}", "9111 5.2.1", request(b"/hello.txt", b"Cache-Control: " + value),
                   age=None)
    yield good("Pragma", "9111 5.4", request(b"/hello.txt", b"Pragma: no-cache"))
    yield good("Authorization that nobody asked for", "9110 11.6.2",
               request(b"/hello.txt", b"Authorization: Basic YTpi"))
    for target, cached in ((b"/hello.txt", None), (b"/old.html", "max-age=60"), (b"/picture.png", None)):
        yield good(f"Cache-Control of {target.decode()}", "9111 5.2", request(target), None,
                   **{"cache-control": cached, "expires": None, "pragma": None})
    yield good("a 304 has what a cache renews", "9111 4.3.4", request(b"/old.html", b"If-None-Match: *"), b"", 304,
               **{"cache-control": "max-age=60", "etag": bool, "last-modified": bool, "vary": "Accept-Encoding",
                  "content-type": None, "content-length": None})
    yield good("a 304 of what does not vary", "9110 15.4.5", request(b"/file.bin", b"If-None-Match: " + ETAG), b"", 304,
               **{"etag": ETAG.decode(), "last-modified": MODIFIED.decode(), "content-encoding": None,
                  "content-range": None, "accept-ranges": None})
    strong = re.compile(r'"[\x21\x23-\x7e]+"').fullmatch
    for target in (b"/hello.txt", b"/big.bin", b"/empty.txt", b"/style.css", b"/folder/"):
        yield good(f"validators of {target.decode()}", "9110 8.8", request(target), None, **{
            "etag": strong, "last-modified": "Wed, 01 Jan 2020 00:00:00 GMT", "accept-ranges": "bytes"})
    for target in (b"/nowhere", b"/%00"):
        yield good(f"no validators of {target.decode()}", "9110 8.8", request(target), None,
                   404 if b"now" in target else 400, etag=None, **{"last-modified": None})
    for kind, target in {"text/plain; charset=utf-8": b"/hello.txt", "application/octet-stream": b"/file.bin",
                         "image/png": b"/picture.png"}.items():
        yield good(f"type of {target.decode()}", "9110 8.3", request(target), None, **{"content-type": lambda value,
            kind=kind: value.split(";")[0] == kind.split(";")[0]})
    for query, to in ((b"", "/new/x"), (b"?q", "/new/x?q")):
        yield good(f"a redirect of the site's{query.decode()}", "9110 15.4.2", request(b"/gone/x" + query), b"", 301,
                   location=to)
    yield good("a part is the whole's", "9110 15.3.7", request(b"/file.bin", b"Range: bytes=0-0"), FILE[:1], 206,
               etag=ETAG.decode(), **{
        "last-modified": MODIFIED.decode(), "content-range": "bytes 0-0/1000", "content-length": "1"})
    yield good("conditions of a listing are of nothing", "9110 13.1.2", request(b"/list/", b'If-None-Match: "x"'), None)
    yield good("the answer is whole", "9110 9.3.1", request(b"/hello.txt"), HELLO, **{"content-length": "13",
        "transfer-encoding": None,
            "content-range": None})


CASES = [*methods(), *limits(), *codings(), *listings(), *caches()]
