"""Siblings compressed beforehand: which is sent, and what it says of itself."""

import gzip
import os
import pathlib
import time

import pytest

from support.raw import connect, get, parse_response

PLAIN = b"body { color: black }\n" * 400
BROWSER = "Accept-Encoding: gzip, deflate, br, zstd"


def write(folder, name, data, seconds_ago=100.0):
    path = folder / name
    path.write_bytes(data)
    when = time.time_ns() - int(seconds_ago * 1e9)
    os.utime(path, ns=(when, when))


@pytest.fixture(name="served")
def served_fixture(site, server):
    write(site, "style.css", PLAIN)
    for suffix in ("br", "zst", "gz"):
        write(site, f"style.css.{suffix}", b"coded as " + suffix.encode(), seconds_ago=50)
    write(site, "alone.css", PLAIN)
    return server(site)


@pytest.mark.parametrize("accepted,coding,suffix", [
    ("gzip", "gzip", "gz"), ("br", "br", "br"), ("zstd", "zstd", "zst"), ("gzip, deflate, br, zstd", "br", "br"),
    ("gzip, br;q=0.5", "gzip", "gz"), ("*", "br", "br"), ("br;q=0, *;q=0.1", "zstd", "zst"), ("x-gzip", "gzip", "gz"),
])
def test_the_best_that_is_accepted(served, accepted, coding, suffix):
    for _ in range(3):  # opened, then from the cache
        response = get(served, "/style.css", f"Accept-Encoding: {accepted}")
        assert response.status == 200 and response.body == b"coded as " + suffix.encode()
        assert response.headers["content-encoding"] == coding
        assert response.headers["content-type"].split(";")[0] == "text/css"
        assert response.values("vary") == ["Accept-Encoding"]


@pytest.mark.parametrize("accepted", [None, "", "identity", "deflate", "gzip;q=0", "identity, br;q=0.5", "br;q=9"])
def test_the_file_itself(served, accepted):
    headers = [] if accepted is None else [f"Accept-Encoding: {accepted}"]
    response = get(served, "/style.css", *headers)
    assert response.body == PLAIN and "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


def test_each_form_has_its_own_tag(served):
    tags = {get(served, "/style.css", f"Accept-Encoding: {accepted}").headers["etag"]
            for accepted in ("identity", "br", "gzip", "zstd")}
    assert len(tags) == 4


def test_conditions_are_of_the_form_that_is_sent(served):
    coded = get(served, "/style.css", "Accept-Encoding: br").headers["etag"]
    plain = get(served, "/style.css").headers["etag"]
    same = get(served, "/style.css", "Accept-Encoding: br", f"If-None-Match: {coded}")
    assert same.status == 304 and same.headers["etag"] == coded and same.headers["vary"] == "Accept-Encoding"
    assert get(served, "/style.css", "Accept-Encoding: br", f"If-None-Match: {plain}").status == 200
    assert get(served, "/style.css", f"If-None-Match: {coded}").status == 200


def test_ranges_are_of_the_form_that_is_sent(served):
    part = get(served, "/style.css", "Accept-Encoding: br", "Range: bytes=6-7")
    assert part.status == 206 and part.body == b"as" and part.headers["content-range"] == "bytes 6-7/11"
    assert part.headers["content-encoding"] == "br"
    several = get(served, "/style.css", "Accept-Encoding: br", "Range: bytes=0-0,10-10")
    assert several.headers["content-encoding"] == "br" and several.status in (200, 206)


def test_head_is_of_the_form_that_is_sent(served):
    response = get(served, "/style.css", "Accept-Encoding: gzip", method="HEAD")
    assert response.headers["content-length"] == "11" and response.headers["content-encoding"] == "gzip"


def test_a_sibling_asked_for_by_its_own_name_is_a_file(served):
    response = get(served, "/style.css.gz", BROWSER)
    assert response.body == b"coded as gz" and "content-encoding" not in response.headers
    assert "css" not in response.headers["content-type"]


def test_without_siblings(served):
    response = get(served, "/alone.css", BROWSER)
    assert response.body == PLAIN and "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


def test_a_sibling_alone_is_no_file(site, server):
    write(site, "only.css.gz", b"x")
    assert get(server(site), "/only.css", BROWSER).status == 404


def test_an_older_sibling_is_of_another_state(site, server):
    write(site, "a.css", PLAIN, seconds_ago=50)
    write(site, "a.css.br", b"old", seconds_ago=51)
    write(site, "a.css.gz", b"new", seconds_ago=49)
    response = get(server(site), "/a.css", BROWSER)
    assert response.body == b"new" and response.headers["content-encoding"] == "gzip"


def test_what_does_not_compress_has_no_forms(site, server):
    write(site, "a.jpg", b"jpeg")
    write(site, "a.jpg.gz", b"coded")
    response = get(server(site), "/a.jpg", BROWSER)
    assert response.body == b"jpeg" and "vary" not in response.headers


def test_index_and_large_files_have_forms_too(site, server):
    write(site, "index.html", b"<p>" * 1000)
    write(site, "index.html.gz", gzip.compress(b"<p>" * 1000))
    write(site, "large.js", bytes(3 << 20))
    write(site, "large.js.zst", os.urandom(1 << 20))
    served = server(site)
    assert gzip.decompress(get(served, "/", BROWSER).body) == b"<p>" * 1000
    response = get(served, "/large.js", BROWSER)
    assert response.headers["content-encoding"] == "zstd"
    assert response.body == (site / "large.js.zst").read_bytes()


def test_a_dot_in_a_folders_name_hides_nothing(site, server):
    """What decides is the name of what is found, not that of what was asked for."""
    for folder in ("v1.2", "x.jpg"):
        (site / folder).mkdir()
        write(site / folder, "index.html", PLAIN)
        write(site / folder, "index.html.br", b"coded", seconds_ago=50)
    write(site, "release-1.2.html", PLAIN)
    write(site, "release-1.2.html.br", b"coded", seconds_ago=50)
    served = server(site, options=["--clean-urls"])
    for target in ("/v1.2/", "/x.jpg/", "/release-1.2"):
        for _ in range(2):
            assert get(served, target, BROWSER).body == b"coded"
            assert get(served, target).body == PLAIN


def test_siblings_that_are_no_files(site, server):
    write(site, "a.css", PLAIN)
    (site / "a.css.br").mkdir()
    os.mkfifo(site / "a.css.zst")
    os.symlink("/etc/passwd", site / "a.css.gz")
    response = get(server(site), "/a.css", BROWSER)
    assert response.status == 200 and response.body == PLAIN


def test_siblings_come_and_go(site, server):
    write(site, "a.css", PLAIN)
    served = server(site, options=["--cache-valid", "50ms"])
    assert get(served, "/a.css", BROWSER).body == PLAIN
    write(site, "a.css.gz", b"coded")
    time.sleep(0.1)
    assert get(served, "/a.css", BROWSER).body == b"coded"
    (site / "a.css.gz").unlink()
    time.sleep(0.1)
    assert get(served, "/a.css", BROWSER).body == PLAIN


def test_turned_off(site, server):
    write(site, "a.css", PLAIN)
    write(site, "a.css.gz", b"coded")
    response = get(server(site, options=["--no-precompressed"]), "/a.css", BROWSER)
    assert response.body == PLAIN and "vary" not in response.headers


def test_absence_is_remembered(site, server, tmp_path):
    """A request for what is cached opens nothing, whether there are siblings or not."""
    write(site, "a.css", PLAIN)
    write(site, "b.css", PLAIN)
    write(site, "b.css.gz", b"coded")
    trace = tmp_path / "trace"
    served = server(site, options=["--cache-valid", "1h", "-w", "1"],
                    environment={"ASAN_OPTIONS": "detect_leaks=0"},  # which needs ptrace(2) for itself
                    prefix=["strace", "-D", "-f", "-e", "trace=openat2", "-o", str(trace)])
    opened = []
    with connect(served) as connection:
        for _ in range(5):
            for name in ("a.css", "b.css"):
                connection.sendall(f"GET /{name} HTTP/1.1\r\nHost: a\r\n{BROWSER}\r\n\r\n".encode())
                data = b""
                while b"\r\n\r\n" not in data or not parse_response(data).complete:
                    data += connection.recv(65536)
            opened.append(pathlib.Path(trace).read_text().count("openat2("))
    assert opened[0] > 0 and len(set(opened)) == 1, opened
