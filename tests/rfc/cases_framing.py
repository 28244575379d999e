"""Bodies of requests and the life of a connection: RFC 9112 6, 7, 9 and 11, RFC 9110 8.6 and 10.1.1."""

from rfc_case import FILES, HELLO, Answer, Case, bad, good, request

SMUGGLED = request(b"/one.txt")
ALLOW = {"allow": "GET, HEAD, OPTIONS"}
METHODS = {b"GET": Answer(200, HELLO), b"HEAD": Answer(200, b"", method="HEAD"), b"OPTIONS": Answer(204, b"", ALLOW,
    "OPTIONS"),
           b"POST": Answer(405, None, ALLOW), b"PUT": Answer(405, None, ALLOW), b"PATCH": Answer(405, None, ALLOW),
           b"DELETE": Answer(405, None, ALLOW), b"TRACE": Answer(405, None, ALLOW), b"BREW": Answer(501)}
CODING, LENGTH = b"Transfer-Encoding: ", b"Content-Length: "


def chunk(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def lengths():
    for method, answer in METHODS.items():
        for name, body in (("none", b""), ("one byte", b"x"), ("a request", SMUGGLED), ("65536 bytes", b"x" * 65536)):
            yield Case(f"{method.decode()} with a body: {name}", "9112 6.3",
                       request(b"/hello.txt", LENGTH + b"%d" % len(body), method=method, body=body), (answer,))
    for text in (b"05", b"00005", b"0000000000000000000005"):
        yield good(f"Content-Length {text.decode()}", "9110 8.6", request(b"/hello.txt", LENGTH + text, body=b"12345"))
    for text in (b"-1", b"-0", b"+5", b"5 5", b"5,5", b"5, 5", b"5,6", b"0x5", b"5h", b"a", b"5.0", b"5.", b"1e1", b"",
                 b" ", b",", b",5", b"5,", b"5;", b"5;a=b",
                 b'"5"', b"'5'", b"(5)", b"5/1", b"5\xa0", b"\xd9\xa5", b"5\x0b", b"0b1", b"0o5", b"5_0", b"1 000",
                 b"NaN", b"inf", b"null", b"chunked",
                 b"18446744073709551616", b"18446744073709551620", b"99999999999999999999999999",
                 b"-18446744073709551611", b"4294967296x"):
        for method in (b"GET", b"POST"):
            yield bad(f"Content-Length {text!r} of {method.decode()}", "9112 6.3",
                      request(b"/hello.txt", LENGTH + text, method=method, body=b"12345"))
    for first, second in ((b"5", b"5"), (b"5", b"6"), (b"0", b"5"), (b"5", b"0"), (b"5", b""), (b"", b"5"),
                          (b"5", b"x")):
        yield bad(f"Content-Length {first!r} and {second!r}", "9112 6.3",
                  request(b"/hello.txt", LENGTH + first, LENGTH + second, body=b"12345"))
    yield bad("Content-Length twice, far apart", "9112 6.3",
              request(b"/hello.txt", LENGTH + b"5", *[b"X: y"] * 20, b"content-length: 6", body=b"12345"))
    for size in (65537, 1 << 20, (1 << 31) - 1, 1 << 31, 1 << 32, (1 << 32) + 5, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        yield bad(f"a body of {size} bytes for GET", "9110 15.5.14", request(b"/hello.txt", LENGTH + b"%d" % size), 413)
        yield Case(f"a body of {size} bytes for PUT", "9112 9.3", request(b"/hello.txt", LENGTH + b"%d" % size,
            method=b"PUT"),
                   (Answer(405, None, ALLOW),), closes=True)


def codings():
    body = chunk(SMUGGLED) + b"0\r\n\r\n"
    for method, answer in METHODS.items():
        yield Case(f"{method.decode()} with chunks", "9112 7.1", request(b"/hello.txt", CODING + b"chunked",
            method=method, body=body), (answer,))
    for text in (b"Chunked", b"CHUNKED", b"cHuNkEd", b"  chunked", b"chunked\t "):
        yield good(f"coding {text!r}", "9110 10.1.4", request(b"/hello.txt", CODING + text, body=body))
    for text in (b"gzip", b"identity", b"deflate", b"compress", b"x-gzip", b"br", b"gzip, chunked", b"chunked, gzip",
                 b"chunked, chunked", b"chunked,chunked",
                 b"identity, chunked", b"chunked, identity", b"chunked;a=b", b"chunked; q=1", b"chunke", b"chunkedd",
                 b"xchunked", b"x chunked",
                 b"chunked x", b'"chunked"', b"chunked,", b",chunked", b", chunked", b"chunked, ", b",", b"chunk",
                 b"trailers", b"chu\xc3\xa4nked", b"*", b"0",
                 b"chunked\xa0", b"\xa0chunked", b"=chunked", b"(a) chunked", b"chun ked", b"chunked:", b"chunked/1"):
        yield bad(f"coding {text!r}", "9112 6.1", request(b"/hello.txt", CODING + text, body=body), 501)
    for text in (b"\x0bchunked", b"chunked\x0c", b"chunked\x00", b"\x1fchunked", b"\x7fchunked"):
        yield bad(f"coding {text!r}", "9112 6.1", request(b"/hello.txt", CODING + text, body=body))
    yield bad("an empty coding", "9112 6.1", request(b"/hello.txt", CODING, body=body))
    yield bad("chunked twice", "9112 6.1", request(b"/hello.txt", CODING + b"chunked", CODING + b"chunked", body=body))
    yield bad("gzip, then chunked", "9112 6.1", request(b"/hello.txt", CODING + b"gzip", CODING + b"chunked",
                                                        body=body), 501)
    yield bad("chunked, then gzip", "9112 6.1", request(b"/hello.txt", CODING + b"chunked", CODING + b"gzip",
                                                        body=body), 501)
    yield bad("chunked, then identity", "9112 6.1", request(b"/hello.txt", CODING + b"chunked", CODING + b"identity",
                                                            body=body), 501)
    yield bad("chunks from HTTP/1.0", "9112 6.1", request(b"/hello.txt", CODING + b"chunked", version=b"HTTP/1.0",
                                                          body=body))
    yield bad("chunks from HTTP/1.0 that stays", "9112 6.1",
              request(b"/hello.txt", CODING + b"chunked", b"Connection: keep-alive", version=b"HTTP/1.0", body=body))
    for method in (b"GET", b"POST", b"HEAD", b"OPTIONS"):
        for length in (b"0", b"5", b"%d" % len(body)):
            for lines in ((LENGTH + length, CODING + b"chunked"), (CODING + b"chunked", LENGTH + length)):
                yield bad(f"{lines[0].decode()} and {lines[1].decode()} of {method.decode()}", "9112 11.2",
                          request(b"/hello.txt", *lines, method=method, body=body))
    for coding in (b"gzip", b"xchunked", b"chunked, identity"):
        yield bad(f"Content-Length and {coding.decode()}", "9112 11.2",
                  request(b"/hello.txt", LENGTH + b"5", CODING + coding, body=b"12345"))
    for line in (b"Transfer_Encoding: chunked", b"X-Transfer-Encoding: chunked", b"Transfer-Encodin: chunked",
                 b"TE: chunked", b"TE: trailers",
                 b"X-Content-Length: 5", b"Content_Length: 5", b"Content-Lengt: 5", b"Trailer: X"):
        yield good(f"{line.decode()} frames nothing", "9112 6", request(b"/hello.txt", line))


def chunks():
    def ask(body):
        return request(b"/hello.txt", CODING + b"chunked", body=body)

    for name, body in {
            "no chunk": b"0\r\n\r\n", "one": chunk(b"a") + b"0\r\n\r\n", "three": chunk(b"a") * 3 + b"0\r\n\r\n",
            "zeros": b"000\r\n\r\n",
            "leading zeros": b"0001\r\na\r\n0\r\n\r\n", "upper case": b"A\r\n0123456789\r\n0\r\n\r\n",
            "lower case": b"a\r\n0123456789\r\n0\r\n\r\n",
            "a name": chunk(b"a", b";x") + b"0\r\n\r\n", "a value": chunk(b"a", b";x=y") + b"0\r\n\r\n",
            "a quoted value": chunk(b"a", b';x="y;z"') + b"0\r\n\r\n", "two extensions": chunk(b"a",
                b";x=y;z") + b"0\r\n\r\n",
            "white space before an extension": chunk(b"a", b" ; x=y") + b"0\r\n\r\n",
            "an extension of the last": b"0;x=y\r\n\r\n",
            "a trailer": b"0\r\nX: y\r\n\r\n", "two trailers": b"0\r\nX: y\r\nZ:\r\n\r\n",
            "a trailer named as framing": b"0\r\nContent-Length: 5\r\n\r\n",
            "a trailer's Host": b"0\r\nHost: b\r\n\r\n", "CRLF in data": chunk(b"\r\n\r\n0\r\n\r\n") + b"0\r\n\r\n",
            "a request in data": chunk(SMUGGLED) + b"0\r\n\r\n", "60000 bytes": chunk(b"x" * 60000) + b"0\r\n\r\n",
            "500 of one byte": chunk(b"a") * 500 + b"0\r\n\r\n"}.items():
        yield good(f"chunks: {name}", "9112 7.1", ask(body))
    for name, body in {
            "no size": b"\r\n", "a letter": b"g\r\n", "0x": b"0x1\r\na\r\n0\r\n\r\n", "minus": b"-1\r\n\r\n",
            "plus": b"+1\r\na\r\n0\r\n\r\n",
            "space before": b" 1\r\na\r\n0\r\n\r\n", "LF behind the size": b"1\na\r\n0\r\n\r\n",
            "CR behind the size": b"1\ra\r\n0\r\n\r\n",
            "LF behind the data": b"1\r\na\n0\r\n\r\n", "CR behind the data": b"1\r\na\r0\r\n\r\n",
            "nothing behind the data": b"1\r\na0\r\n\r\n",
            "more data than said": b"1\r\nab\r\n0\r\n\r\n", "less data than said": b"5\r\nab\r\n0\r\n\r\n",
            "LF at the end": b"0\r\n\n",
            "LF behind the last": b"0\n\r\n", "CR and no LF at the end": b"0\r\n\rX",
            "NUL in an extension": b"1;\x00\r\na\r\n0\r\n\r\n",
            "LF in an extension": b"1;a\nb\r\na\r\n0\r\n\r\n", "a bare CR in an extension": b"1;a\rb\r\na\r\n0\r\n\r\n",
            "16 digits": b"fffffffffffffff0\r\n", "17 digits": b"10000000000000001\r\na\r\n0\r\n\r\n",
            "32 bits and one": b"100000001\r\na\r\n0\r\n\r\n",
            "a comma": b"1,1\r\na\r\n0\r\n\r\n", "a point": b"1.0\r\na\r\n0\r\n\r\n",
            "a folded trailer": b"0\r\nX: y\r\n z\r\n\r\n",
            "a trailer with LF": b"0\r\nX: y\n\r\n", "a trailer that starts with a space": b"0\r\n X: y\r\n\r\n",
            "a trailer with NUL": b"0\r\nX: \x00\r\n\r\n",
            "more behind a space": b"1 0xyz\r\na\r\n0\r\n\r\n", "a space and no extension": b"1 \r\na\r\n0\r\n\r\n",
            "a trailer without a colon": b"0\r\nX\r\n\r\n", "a trailer's space before the colon": b"0\r\nX : y\r\n\r\n",
            "a request in the trailers": b"0\r\n" + SMUGGLED,
            "a trailer without a name": b"0\r\n: y\r\n\r\n",
            "more than the limit": chunk(b"x" * 60000) * 2 + b"0\r\n\r\n",
            "a quote": b'"1"\r\na\r\n0\r\n\r\n', "obs-text": b"\xb2\r\nab\r\n0\r\n\r\n",
            "nine zeros": b"000000001\r\na\r\n0\r\n\r\n",
            "an underscore": b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n"}.items():
        yield Case(f"no chunks: {name}", "9112 7.1", ask(body), (Answer(200, HELLO),), closes="unsaid")


def expectations():
    for value in (b"100-continue", b"100-Continue", b"100-CONTINUE", b" 100-continue ", b"100-continue, 100-continue",
                  b",100-continue"):
        yield good(f"Expect {value!r} of what has no body", "9110 10.1.1", request(b"/hello.txt", b"Expect: " + value))
        yield Case(f"Expect {value!r} of a body that is not wanted", "9110 10.1.1",
                   request(b"/hello.txt", b"Expect: " + value, LENGTH + b"5"), (Answer(200, HELLO),), closes=True)
        yield Case(f"Expect {value!r} of a method that is refused", "9110 10.1.1",
                   request(b"/hello.txt", b"Expect: " + value, LENGTH + b"5", method=b"PUT"),
                   (Answer(405, None, ALLOW),), closes=True)
    for value in (b"200-ok", b"100-continued", b"100", b"continue", b"100-continue;a=b", b"100-continue, x",
                  b"x, 100-continue", b"100 continue", b'"100-continue"'):
        yield bad(f"Expect {value!r}", "9110 10.1.1", request(b"/hello.txt", b"Expect: " + value), 417)
    yield good("an empty Expect", "9110 10.1.1", request(b"/hello.txt", b"Expect:"))
    yield Case("Expect of HTTP/1.0", "9110 10.1.1", request(b"/hello.txt", b"Expect: x", version=b"HTTP/1.0"),
               (Answer(200, HELLO),), closes=True)


def persistence():
    closing = (b"close", b"Close", b"CLOSE", b"close, x", b"x, close", b"x,close,y", b", close", b"keep-alive, close",
               b"close, keep-alive", b"close,", b" close\t",
               b"upgrade, close")
    for value in closing:
        yield Case(f"Connection {value!r}", "9112 9.6", request(b"/hello.txt", b"Connection: " + value),
                   (Answer(200, HELLO),), closes=True)
        yield Case(f"Connection {value!r} of what is not there", "9112 9.6",
                   request(b"/nowhere", b"Connection: " + value), (Answer(404),), closes=True)
    for value in (b"keep-alive", b"Keep-Alive", b"x", b"closed", b"not-close", b"close2", b"close;x", b"", b",",
                  b'"close"', b"TE", b"upgrade", b"keep-alive, x", b"cl ose"):
        yield good(f"Connection {value!r}", "9112 9.3", request(b"/hello.txt", b"Connection: " + value))
    yield Case("close in a second line", "9110 7.6.1", request(b"/hello.txt", b"Connection: keep-alive",
        b"Connection: close"),
               (Answer(200, HELLO),), closes=True)
    yield good("close as a proxy's", "9110 7.6.1", request(b"/hello.txt", b"Proxy-Connection: close"))
    for value in (b"keep-alive", b"Keep-Alive", b"KEEP-ALIVE", b"x, keep-alive"):
        yield Case(f"HTTP/1.0 and Connection {value!r}", "9112 C.2.2", request(b"/hello.txt", b"Connection: " + value,
            version=b"HTTP/1.0"),
                   (Answer(200, HELLO, {"connection": "keep-alive"}),))
    for value in (b"x", b"close", b"keep-alive, close", b"keepalive", b""):
        yield Case(f"HTTP/1.0 and Connection {value!r}", "9112 9.3", request(b"/hello.txt", b"Connection: " + value,
            version=b"HTTP/1.0"),
                   (Answer(200, HELLO),), closes=True)
    for value in (b"websocket", b"h2c", b"TLS/1.0", b"HTTP/2.0", b"x/y, z"):
        yield good(f"Upgrade to {value.decode()}", "9110 7.8", request(b"/hello.txt", b"Upgrade: " + value,
            b"Connection: upgrade"), upgrade=None)


def pipelines():
    one, two = request(b"/one.txt"), request(b"/hello.txt")
    first, second = Answer(200, b"x"), Answer(200, HELLO)
    for count in (2, 3, 15, 16, 17, 33, 100):
        yield Case(f"{count} requests at once", "9112 9.3.2", one * count, (first,) * count)
    lost = request(b"/nowhere")
    yield Case("what is not there among others", "9112 9.3.2", one + lost + two, (first, Answer(404), second))
    yield Case("HEAD among others", "9112 9.3.2", one + request(method=b"HEAD") + two,
               (first, Answer(200, b"", method="HEAD"), second))
    yield Case("a large one among others", "9112 9.3.2", one + request(b"/big.bin") + two,
               (first, Answer(200, FILES["big.bin"]), second))
    yield Case("a range among others", "9112 9.3.2", one + request(b"/file.bin", b"Range: bytes=0-0") + two,
               (first, Answer(206, b"\0"), second))
    yield Case("a body among others", "9112 9.3.2", one + request(b"/one.txt", LENGTH + b"5", body=b"12345") + two,
               (first, first, second))
    yield Case("an empty line between", "9112 2.2", one + b"\r\n" + two, (first, second))
    yield Case("behind a close nothing is read", "9112 9.6", one + request(b"/hello.txt", b"Connection: close") + one,
               (first, second), closes=True)
    yield Case("behind HTTP/1.0 nothing is read", "9112 9.3", request(version=b"HTTP/1.0") + one, (second,),
               closes=True)
    for name, wrong, status in (("a request that is none", b"x\r\n\r\n", 400),
                                ("two lengths", request(b"/", LENGTH + b"1", LENGTH + b"2"), 400),
                                ("a long line", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
                                ("an unknown version", request(version=b"HTTP/5.0"), 505),
                                ("an unknown coding", request(b"/", CODING + b"x"), 501),
                                ("no Host", request(host=None), 400)):
        yield Case(f"behind {name} nothing is read", "9112 9.6", one + wrong + one, (first, Answer(status)),
                   closes=True)


CASES = [*lengths(), *codings(), *chunks(), *expectations(), *persistence(), *pipelines()]
