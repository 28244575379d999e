"""What is refused, how, and that the connection is safe afterwards."""

import pytest

from support.raw import connect, get, parse_response, raw_request


def status_of(server, request):
    response = parse_response(raw_request(server, request))
    assert 0 < len(response.body) < 4096 and response.rest == b""
    assert response.headers["content-length"] == str(len(response.body))
    return response.status


@pytest.mark.parametrize("request_bytes", [
    b"GET /\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\nHost: a\n\rX: y\r\n\r\n",
])
def test_bad_requests(small_site, request_bytes):
    assert status_of(small_site.server, request_bytes) == 400


def test_not_found(small_site):
    for target in ("/nowhere", "/folder/nowhere", "/hello.txt/", "/hello.txt/x", "/" + "a" * 300):
        assert get(small_site.server, target).status == 404, target


def test_not_found_keeps_the_connection(small_site):
    with connect(small_site.server) as connection:
        connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        data = b""
        while not data.endswith(b"hello, world\n"):
            received = connection.recv(65536)
            assert received
            data += received


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_allowed(small_site, method):
    response = get(small_site.server, "/hello.txt", "Content-Length: 0", method=method)
    assert response.status == 405
    allowed = {name.strip() for name in response.headers["allow"].split(",")}
    assert {"GET", "HEAD"} <= allowed and method not in allowed


def test_body_of_a_refused_request_is_not_taken_for_a_request(small_site):
    smuggled = b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    request = b"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(smuggled), smuggled)
    tail = b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert b"hello, world" not in raw_request(small_site.server, request + tail)


def test_target_too_long(small_site):
    request = b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    assert status_of(small_site.server, request) == 414


@pytest.mark.parametrize("lines", [
    b"X: " + b"a" * 70000 + b"\r\n", b"".join(b"X-%d: a\r\n" % i for i in range(500)),
])
def test_head_too_large(small_site, lines):
    assert status_of(small_site.server, b"GET / HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n") == 431


def test_method_that_is_none(small_site):
    assert get(small_site.server, "/hello.txt", method="BREW").status in (405, 501)
    assert status_of(small_site.server, b"A" * 60 + b" / HTTP/1.1\r\nHost: a\r\n\r\n") == 501


def test_transfer_coding_unknown(small_site):
    request = b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"
    assert status_of(small_site.server, request) in (400, 501)


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9"])
def test_version_not_supported(small_site, version):
    assert status_of(small_site.server, b"GET / " + version + b"\r\nHost: a\r\n\r\n") == 505


def test_http_2_preface_that_is_none(small_site):
    assert status_of(small_site.server, b"PRI * HTTP/2.0\r\n\r\nAB\r\n\r\n") == 505


def test_http_2_preface_where_it_is_not_spoken(site, server):
    assert status_of(server(site, options=["--no-http2"]), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505


def test_file_without_permission_is_forbidden(site, server):
    import os
    (site / "secret.txt").write_bytes(b"secret")
    os.chmod(site / "secret.txt", 0)
    os.chmod(site, 0o755)
    prefix = []
    if os.getuid() == 0:  # root may read anything: drop what lets it
        prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search",
                  "--inh-caps", "-dac_override,-dac_read_search"]
    response = get(server(site, prefix=prefix), "/secret.txt")
    assert response.status in (403, 404) and b"secret" not in response.body
    assert response.status == 403


def test_head_of_an_error_has_no_body(small_site):
    response = get(small_site.server, "/nowhere", method="HEAD")
    assert response.status == 404 and response.rest == b""
