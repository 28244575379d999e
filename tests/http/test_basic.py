"""GET and HEAD, connections, ranges, conditions."""

import email.utils
import subprocess
import time

import httpx
import pytest

from support.raw import connect, get, parse_response, parse_responses, raw_request, receive_all


def test_get_is_complete_and_says_what_it_is(small_site):
    response = get(small_site.server, "/hello.txt")
    assert (response.version, response.status, response.reason) == ("HTTP/1.1", 200, "OK")
    assert response.body == b"hello, world\n" and response.complete
    assert response.headers["content-length"] == "13"
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["etag"].removeprefix("W/")[0] == response.headers["etag"][-1] == '"'
    assert response.headers["connection"] == "close"
    for name in ("content-length", "date", "last-modified", "etag", "content-type"):
        assert len(response.values(name)) == 1, name


def test_dates_are_those_of_the_clock_and_of_the_file(small_site):
    response = get(small_site.server, "/hello.txt")
    date = email.utils.parsedate_to_datetime(response.headers["date"])
    assert abs(date.timestamp() - time.time()) <= 3
    modified = (small_site.folder / "hello.txt").stat().st_mtime
    assert email.utils.parsedate_to_datetime(response.headers["last-modified"]).timestamp() == int(modified)
    assert response.headers["last-modified"] == email.utils.formatdate(int(modified), usegmt=True)


@pytest.mark.parametrize("name", ["hello.txt", "empty.txt", "small.bin", "big.bin"])
def test_head_is_get_without_the_body(small_site, name):
    whole = get(small_site.server, "/" + name)
    head = get(small_site.server, "/" + name, method="HEAD")
    assert whole.body == small_site.bytes_of(name)
    assert (head.status, head.body) == (200, b"")
    for header in ("content-length", "content-type", "last-modified", "etag", "accept-ranges"):
        assert head.headers[header] == whole.headers[header]


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 16384, 65536, 65537, 1 << 20, (2 << 20) + 1])
def test_every_size_arrives(site, server, random_file, size):
    path, _ = random_file("file.bin", size)
    assert get(server(site), "/file.bin").body == path.read_bytes()


@pytest.mark.parametrize("name,kind", [
    ("a.html", "text/html"), ("a.css", "text/css"), ("a.json", "application/json"), ("a.png", "image/png"),
    ("a.svg", "image/svg+xml"), ("a.mp4", "video/mp4"), ("a.HTML", "text/html"), ("a.wasm", "application/wasm"),
    ("noextension", "application/octet-stream"), ("a.unheardof", "application/octet-stream"),
])
def test_media_type_follows_from_the_name(site, server, name, kind):
    (site / name).write_bytes(b"x")
    assert get(server(site), "/" + name).headers["content-type"].split(";")[0] == kind


def test_javascript_is_sent_as_script(site, server):
    (site / "a.js").write_bytes(b"x")
    assert get(server(site), "/a.js").headers["content-type"].split(";")[0] in (
        "text/javascript", "application/javascript")


@pytest.mark.parametrize("target", [
    "/with%20space.txt", "/umlaut-%C3%A4.txt", "/%68ello.txt", "/hello.txt?query=1", "/hello.txt?",
    "/./hello.txt", "/bare/../hello.txt", "//hello.txt", "http://localhost/hello.txt",
])
def test_targets_that_name_a_file(small_site, target):
    assert get(small_site.server, target).status == 200


def test_keep_alive_serves_many_on_one_connection(small_site):
    with connect(small_site.server) as connection:
        for _ in range(50):
            connection.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            data = b""
            while b"\r\n\r\n" not in data or not parse_response(data).complete:
                data += connection.recv(65536)
            response = parse_response(data)
            assert response.body == small_site.bytes_of("small.bin") and response.rest == b""
            assert response.headers.get("connection") != "close"


def test_pipelined_requests_are_answered_in_order(small_site):
    names = ["hello.txt", "small.bin", "nowhere", "big.bin", "empty.txt", "hello.txt"] * 4
    methods = ["GET", "HEAD", "GET", "GET", "GET", "HEAD"] * 4
    requests = [f"{method} /{name} HTTP/1.1\r\nHost: a\r\n\r\n" for method, name in zip(methods, names)]
    requests[-1] = requests[-1].replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    responses = parse_responses(raw_request(small_site.server, "".join(requests).encode()), methods)
    for name, method, response in zip(names, methods, responses):
        if name == "nowhere":
            assert response.status == 404
        else:
            assert response.status == 200
            assert response.body == (small_site.bytes_of(name) if method == "GET" else b"")


def test_request_in_single_bytes(small_site):
    with connect(small_site.server) as connection:
        for byte in b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert parse_response(receive_all(connection)).body == b"hello, world\n"


def test_client_that_shuts_its_side_still_gets_the_answer(small_site):
    import socket
    with connect(small_site.server) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert parse_response(receive_all(connection)).body == small_site.bytes_of("big.bin")


def test_http_1_0_closes_unless_asked_to_stay(small_site):
    data = raw_request(small_site.server, b"GET /hello.txt HTTP/1.0\r\n\r\n")
    response = parse_response(data)
    assert response.status == 200 and response.body == b"hello, world\n"
    with connect(small_site.server) as connection:
        for _ in range(2):
            connection.sendall(b"GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            data = b""
            while not data.endswith(b"hello, world\n"):
                data += connection.recv(65536)
            assert parse_response(data).headers["connection"].lower() == "keep-alive"


@pytest.mark.parametrize("value,first,last", [
    ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=990-", 990, 999), ("bytes=990-5000", 990, 999),
    ("bytes=-1", 999, 999), ("bytes=-5000", 0, 999), ("bytes=0-", 0, 999), ("bytes=500-500", 500, 500),
])
def test_one_range(small_site, value, first, last):
    response = get(small_site.server, "/small.bin", f"Range: {value}")
    assert response.status == 206
    assert response.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert response.headers["content-length"] == str(last - first + 1)
    assert response.body == small_site.bytes_of("small.bin")[first:last + 1]


def test_range_in_a_big_file_at_an_odd_offset(small_site):
    response = get(small_site.server, "/big.bin", "Range: bytes=1048577-3145700")
    assert response.status == 206
    assert response.body == small_site.bytes_of("big.bin")[1048577:3145701]


@pytest.mark.parametrize("value", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_range_behind_the_end_is_416(small_site, value):
    response = get(small_site.server, "/small.bin", f"Range: {value}")
    assert response.status == 416
    assert response.headers["content-range"] == "bytes */1000"


@pytest.mark.parametrize("value", ["bytes=5-2", "bytes=a-b", "bytes=", "lines=0-5", "bytes 0-5", "bytes=--5",
                                   "bytes=99999999999999999999999-"])
def test_range_that_makes_no_sense_is_ignored(small_site, value):
    response = get(small_site.server, "/small.bin", f"Range: {value}")
    assert response.status in (200, 416) if "9999" in value else response.status == 200
    if response.status == 200:
        assert response.body == small_site.bytes_of("small.bin")


def strong_etag(server, target):
    """A file that has just changed has a weak tag at first."""
    deadline = time.monotonic() + 10
    while True:
        tag = get(server, target).headers["etag"]
        if not tag.startswith("W/"):
            time.sleep(1.2)  # another worker may believe for a second that it is still weak
            return tag
        assert time.monotonic() < deadline, f"still {tag}"
        time.sleep(0.1)


def test_if_range_takes_the_part_only_of_the_same_file(small_site):
    tag = strong_etag(small_site.server, "/small.bin")
    same = get(small_site.server, "/small.bin", "Range: bytes=0-9", f"If-Range: {tag}")
    other = get(small_site.server, "/small.bin", "Range: bytes=0-9", 'If-Range: "other"')
    assert (same.status, len(same.body)) == (206, 10)
    assert (other.status, len(other.body)) == (200, 1000)


def test_not_modified_by_tag(small_site):
    tag = get(small_site.server, "/small.bin").headers["etag"]
    for value in (tag, f'"x", {tag}', "*", "W/" + tag.removeprefix("W/")):
        response = get(small_site.server, "/small.bin", f"If-None-Match: {value}")
        assert response.status == 304, value
        assert response.headers["etag"] == tag and response.rest == b""
    assert get(small_site.server, "/small.bin", 'If-None-Match: "x"').status == 200


def test_not_modified_by_date(small_site):
    modified = get(small_site.server, "/small.bin").headers["last-modified"]
    assert get(small_site.server, "/small.bin", f"If-Modified-Since: {modified}").status == 304
    assert get(small_site.server, "/small.bin",
               "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status == 200
    assert get(small_site.server, "/small.bin", "If-Modified-Since: yesterday").status == 200
    # A tag that does not match overrules a date that does.
    assert get(small_site.server, "/small.bin", 'If-None-Match: "x"',
               f"If-Modified-Since: {modified}").status == 200


def test_preconditions_that_fail(small_site):
    tag = strong_etag(small_site.server, "/small.bin")
    modified = get(small_site.server, "/small.bin").headers["last-modified"]
    assert get(small_site.server, "/small.bin", 'If-Match: "x"').status == 412
    assert get(small_site.server, "/small.bin", f"If-Match: {tag}").status == 200
    assert get(small_site.server, "/small.bin", "If-Match: *").status == 200
    assert get(small_site.server, "/small.bin",
               "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status == 412
    assert get(small_site.server, "/small.bin", f"If-Unmodified-Since: {modified}").status == 200


def test_tag_changes_with_the_contents(small_site):
    before = get(small_site.server, "/small.bin").headers["etag"]
    path = small_site.folder / "small.bin"
    path.write_bytes(bytes(1000))
    time.sleep(1.2)  # --cache-valid's default is a second
    after = get(small_site.server, "/small.bin")
    assert after.body == bytes(1000)
    assert after.headers["etag"].removeprefix("W/") != before.removeprefix("W/")


def test_folder_with_an_index(small_site):
    response = get(small_site.server, "/folder/")
    assert response.status == 200 and response.body == small_site.bytes_of("folder/index.html")
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("target,location", [
    ("/folder", "/folder/"), ("/bare", "/bare/"), ("/folder?a=b", "/folder/?a=b"),
])
def test_folder_without_its_slash_is_redirected(small_site, target, location):
    response = get(small_site.server, target)
    assert (response.status, response.headers["location"]) == (301, location)


@pytest.mark.parametrize("target", ["//folder", "//folder/..//folder", "/%2Ffolder", "/\\folder", "//bare",
                                    "///bare", "/.//bare", "/%5Cbare"])
def test_redirect_never_leads_to_another_host(small_site, target):
    response = get(small_site.server, target)
    if response.status == 301:
        location = response.headers["location"]
        assert location.startswith("/") and not location.startswith(("//", "/\\")), location


def test_listing_names_what_is_there(small_site):
    (small_site.folder / "bare" / "a&b<c>.txt").write_bytes(b"x")
    (small_site.folder / "bare" / "sub").mkdir()
    (small_site.folder / "bare" / ".hidden").write_bytes(b"x")
    response = get(small_site.server, "/bare/")
    assert response.status == 200 and response.headers["content-type"].startswith("text/html")
    page = response.body.decode()
    assert "inside.txt" in page and "sub/" in page and "a&amp;b&lt;c&gt;.txt" in page
    assert "./.hidden" not in page and ">.hidden" not in page and "<c>" not in page
    head = get(small_site.server, "/bare/", method="HEAD")
    assert head.status == 200 and head.rest == b""


def test_curl_and_httpx_agree(small_site):
    url = small_site.server.url + "/big.bin"
    by_curl = subprocess.run(["curl", "-sS", "--fail", url], capture_output=True, check=True, timeout=30).stdout
    assert by_curl == small_site.bytes_of("big.bin")
    with httpx.Client(trust_env=False) as client:
        assert client.get(url).content == by_curl
        assert client.get(url, headers={"Range": "bytes=5-9"}).content == by_curl[5:10]


def test_curl_resumes_a_download(small_site, tmp_path):
    part = tmp_path / "part.bin"
    part.write_bytes(small_site.bytes_of("big.bin")[:1234567])
    subprocess.run(["curl", "-sS", "--fail", "-C", "-", "-o", part, small_site.server.url + "/big.bin"],
                   check=True, timeout=30)
    assert part.read_bytes() == small_site.bytes_of("big.bin")
