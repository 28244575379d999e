"""Bodies that come with requests: dropped up to a limit, and never taken for a request."""

import pytest

from support.raw import connect, get, parse_response, parse_responses, raw_request, receive_all

LAST = b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
SMUGGLED = b"GET /small.bin HTTP/1.1\r\nHost: a\r\n\r\n"


def head(method, *lines):
    return "\r\n".join([f"{method} /hello.txt HTTP/1.1", "Host: a", *lines, "", ""]).encode()


def chunked(data, size, extension=b"", trailers=b""):
    parts = [data[at:at + size] for at in range(0, len(data), size)]
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return body + b"0\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize("method,status", [("GET", 200), ("POST", 405), ("PUT", 405), ("BREW", 501), ("OPTIONS", 204)])
@pytest.mark.parametrize("body", [b"x", SMUGGLED, SMUGGLED * 100, bytes(65536)], ids=["1", "request", "requests", "64K"])
def test_counted_body_is_dropped(small_site, method, status, body):
    data = raw_request(small_site.server, head(method, f"Content-Length: {len(body)}") + body + LAST)
    first, last = parse_responses(data, [method, "GET"])
    assert (first.status, last.status, last.body) == (status, 200, b"hello, world\n")
    assert "connection" not in first.headers


@pytest.mark.parametrize("size", [1, 7, 1000, 100000])
@pytest.mark.parametrize("extension,trailers", [(b"", b""), (b";a=b", b"X: y\r\nZ: 1\r\n")])
def test_chunked_body_is_dropped(small_site, size, extension, trailers):
    body = chunked(SMUGGLED * 20, size, extension, trailers)
    data = raw_request(small_site.server, head("GET", "Transfer-Encoding: chunked") + body + LAST)
    first, last = parse_responses(data, ["GET", "GET"])
    assert (first.body, last.body) == (b"hello, world\n", b"hello, world\n")


def test_body_in_single_bytes(small_site):
    data = head("GET", "Transfer-Encoding: chunked") + chunked(b"hello", 2) + LAST
    with connect(small_site.server) as connection:
        for byte in data:
            connection.sendall(bytes([byte]))
        assert len(parse_responses(receive_all(connection), ["GET", "GET"])) == 2


def test_pipelined_requests_with_bodies(small_site):
    body = b"a" * 300
    request = head("GET", "Content-Length: 300") + body
    data = raw_request(small_site.server, request * 50 + LAST)
    assert all(response.status == 200 for response in parse_responses(data, ["GET"] * 51))


@pytest.mark.parametrize("body", [
    b"g\r\n", b"\r\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n", b"5\r\nhellooo\r\n0\r\n\r\n",
    b"-1\r\n\r\n", b"0x1\r\na\r\n0\r\n\r\n", b"fffffffffffffffff\r\n", b"0\r\n\rX", b"1;\x00\r\na\r\n0\r\n\r\n",
])
def test_malformed_chunks_end_the_connection(small_site, body):
    data = raw_request(small_site.server, head("GET", "Transfer-Encoding: chunked") + body + SMUGGLED + LAST)
    assert [response.status for response in parse_responses(data, ["GET"])] == [200]


def test_too_large_a_body_is_refused_or_ends_the_connection(small_site):
    response = get(small_site.server, "/hello.txt", "Content-Length: 65537")
    assert response.status == 413 and response.headers["connection"] == "close"
    response = get(small_site.server, "/hello.txt", "Content-Length: 65537", method="POST")
    assert response.status == 405
    body = chunked(bytes(100_000), 1000)
    data = raw_request(small_site.server, head("GET", "Transfer-Encoding: chunked") + body + LAST)
    assert [response.status for response in parse_responses(data, ["GET"])] == [200]


def test_expectation_of_a_body_is_answered_without_it(small_site):
    data = raw_request(small_site.server, head("GET", "Content-Length: 5", "Expect: 100-continue"))
    response = parse_response(data)
    assert response.status == 200 and response.headers["connection"] == "close"
    assert get(small_site.server, "/hello.txt", "Expect: a-pony").status == 417


def test_options(small_site):
    for target in ("*", "/hello.txt", "/nowhere"):
        response = get(small_site.server, target, method="OPTIONS")
        assert response.status == 204 and response.body == b""
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert get(small_site.server, "*").status == 400


def test_absolute_form(small_site):
    assert get(small_site.server, "http://localhost/hello.txt").body == b"hello, world\n"
    assert get(small_site.server, "HTTP://other:80/hello.txt?q").body == b"hello, world\n"
    assert get(small_site.server, "https://localhost/hello.txt").status == 421
    assert get(small_site.server, "ftp://localhost/hello.txt").status == 400


def test_head_ignores_range(small_site):
    response = get(small_site.server, "/small.bin", "Range: bytes=0-9", method="HEAD")
    assert response.status == 200 and response.headers["content-length"] == "1000"
    assert "content-range" not in response.headers
