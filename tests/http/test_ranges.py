"""Several ranges: multipart/byteranges, joined or refused where they are too many."""

import random
import re
import subprocess

import pytest

from support.files import write_random, write_sparse
from support.raw import connect, get, parse_response, parse_responses, raw_request, receive_all

BIG = 3 * 1024 * 1024 + 17


def parts_of(response):
    """[(first, last, size, type, bytes)], taken apart strictly."""
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]{32})", response.headers["content-type"])[1]
    mark = b"\r\n--" + boundary.encode()
    assert response.body.startswith(mark) and response.body.endswith(mark + b"--\r\n")
    found = []
    position = len(mark)
    while response.body[position:] != b"--\r\n":
        head, separator, _ = response.body[position:].partition(b"\r\n\r\n")
        assert separator and head.startswith(b"\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        assert set(fields) == {"Content-Type", "Content-Range"}
        first, last, size = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", fields["Content-Range"]).groups())
        position += len(head) + 4
        end = position + last - first + 1
        found.append((first, last, size, fields["Content-Type"], response.body[position:end]))
        assert response.body[end:].startswith(mark)
        position = end + len(mark)
    return found


def check(site, name, ranges, expected=None, server=None):
    content = site.bytes_of(name)
    response = get(server or site.server, "/" + name, f"Range: bytes={ranges}")
    assert response.status == 206 and response.complete and response.rest == b""
    parts = parts_of(response)
    for first, last, size, kind, data in parts:
        assert size == len(content) and data == content[first:last + 1]
        assert kind == get(site.server, "/" + name, method="HEAD").headers["content-type"]
    if expected:
        assert [(first, last) for first, last, *_ in parts] == expected
    return response, parts


@pytest.mark.parametrize("name", ["small.bin", "big.bin"])
def test_two_ranges(small_site, name):
    response, _ = check(small_site, name, "0-9,500-599", [(0, 9), (500, 599)])
    whole = get(small_site.server, "/" + name, method="HEAD")
    for header in ("etag", "last-modified"):
        assert response.headers[header] == whole.headers[header]
    assert "content-range" not in response.headers


def test_ranges_come_in_the_order_asked_for(small_site):
    check(small_site, "big.bin", "2000000-2000009,0-9,-5", [(2000000, 2000009), (0, 9), (BIG - 5, BIG - 1)])


@pytest.mark.parametrize("method", ["sendfile", "splice", "copy", "mmap", "zerocopy", "direct"])
def test_large_ranges_by_every_method(site, server, method):
    write_random(site / "big.bin", 8 << 20)
    served = server(site, method=method)
    content = (site / "big.bin").read_bytes()
    response = get(served, "/big.bin", "Range: bytes=1-1000000,1000501-3000000,4000000-4000000,5000001-")
    spans = [(first, last) for first, last, *_ in parts_of(response)]
    assert spans == [(1, 1000000), (1000501, 3000000), (4000000, 4000000), (5000001, (8 << 20) - 1)]
    assert all(data == content[first:last + 1] for first, last, _, _, data in parts_of(response))


@pytest.mark.parametrize("ranges,expected", [
    ("0-9,10-19", "bytes 0-19/1000"), ("0-99,50-149", "bytes 0-149/1000"), ("10-19,0-9", "bytes 0-19/1000"),
    ("0-0,20-20", "bytes 0-20/1000"), ("0-,0-,0-", "bytes 0-999/1000"), ("5-9,5-9", "bytes 5-9/1000"),
    ("0-9,1000-", "bytes 0-9/1000"), (",".join(f"{at}-{at}" for at in range(0, 200, 2)), "bytes 0-198/1000"),
])
def test_what_touches_is_joined(small_site, ranges, expected):
    response = get(small_site.server, "/small.bin", f"Range: bytes={ranges}")
    assert response.status == 206 and response.headers["content-range"] == expected
    first, last = map(int, re.findall(r"\d+", expected)[:2])
    assert response.body == small_site.bytes_of("small.bin")[first:last + 1]


def test_some_are_joined(small_site):
    check(small_site, "small.bin", "500-509,0-9,505-600", [(0, 9), (500, 600)])


@pytest.mark.parametrize("name,step", [("big.bin", 20000), ("medium.bin", 300)])
def test_a_hundred_ranges_finish(small_site, name, step):
    write_random(small_site.folder / "medium.bin", 31000)
    ranges = ",".join(f"{at * step}-{at * step + 99}" for at in range(100))
    _, parts = check(small_site, name, ranges)
    assert len(parts) == 100


def test_too_many_ranges_get_the_whole_file(small_site):
    for count, status in ((128, 206), (129, 200), (256, 200), (257, 200)):
        ranges = ",".join(f"{at * 1000}-{at * 1000}" for at in range(count))
        response = get(small_site.server, "/big.bin", f"Range: bytes={ranges}")
        assert response.status == status
        if status == 200:
            assert response.body == small_site.bytes_of("big.bin")
    # So many that none would overlap, and all become one.
    ranges = ",".join("0-" for _ in range(256))
    assert get(small_site.server, "/big.bin", f"Range: bytes={ranges}").status == 206


def test_if_range_holds_for_several(small_site):
    tag = get(small_site.server, "/small.bin").headers["etag"]
    wrong = get(small_site.server, "/small.bin", "Range: bytes=0-0,500-500", 'If-Range: "other"')
    assert wrong.status == 200 and wrong.body == small_site.bytes_of("small.bin")
    right = get(small_site.server, "/small.bin", "Range: bytes=0-0,500-500", f"If-Range: {tag}")
    assert right.status == (200 if tag.startswith("W/") else 206)


def test_none_satisfiable(small_site):
    response = get(small_site.server, "/small.bin", "Range: bytes=1000-,2000-3000")
    assert response.status == 416 and response.headers["content-range"] == "bytes */1000"


def test_head_of_several_is_that_of_the_file(small_site):
    response = get(small_site.server, "/small.bin", "Range: bytes=0-0,500-500", method="HEAD")
    assert response.status == 200 and response.headers["content-length"] == "1000"


def test_boundaries_differ(small_site):
    types = {get(small_site.server, "/small.bin", "Range: bytes=0-0,500-500").headers["content-type"]
             for _ in range(10)}
    assert len(types) == 10


def test_random_ranges(small_site):
    generator = random.Random(7)
    content = small_site.bytes_of("big.bin")
    for _ in range(60):
        spans = [sorted((generator.randrange(BIG), generator.randrange(BIG))) for _ in range(generator.randint(1, 9))]
        asked = ",".join(f"{first}-{last}" for first, last in spans)
        response = get(small_site.server, "/big.bin", f"Range: bytes={asked}")
        if "content-range" in response.headers:
            first, last = map(int, re.findall(r"\d+", response.headers["content-range"])[:2])
            got = [(first, last, response.body)]
        else:
            got = [(first, last, data) for first, last, _, _, data in parts_of(response)]
        for first, last, data in got:
            assert data == content[first:last + 1]
        for first, last in spans:
            assert any(lower <= first and last <= upper for lower, upper, _ in got)


def test_pipelined_between_others(small_site):
    ranges = "GET /big.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1000000,2000000-2500000\r\n\r\n"
    plain = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    data = (plain + ranges + plain + ranges + plain.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).encode()
    responses = parse_responses(raw_request(small_site.server, data), ["GET"] * 5)
    assert [response.status for response in responses] == [200, 206, 200, 206, 200]
    for response in responses[1::2]:
        assert [len(part[4]) for part in parts_of(response)] == [1000001, 500001]


def test_offsets_beyond_4_gigabytes(site, server):
    size = (6 << 30) + 5
    write_sparse(site / "sparse.bin", size, [(0, b"begin"), (5 << 30, b"middle"), (size - 3, b"end")])
    ranges = f"bytes=0-4,{5 << 30}-{(5 << 30) + 5},-3"
    parts = parts_of(get(server(site), "/sparse.bin", f"Range: {ranges}"))
    assert [data for *_, data in parts] == [b"begin", b"middle", b"end"]


def test_slow_reader_of_many_ranges(small_site):
    ranges = ",".join(f"{at * 40000}-{at * 40000 + 30000}" for at in range(75))
    with connect(small_site.server, receive_buffer=4096) as connection:
        connection.sendall(f"GET /big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: bytes={ranges}\r\n\r\n".encode())
        response = parse_response(receive_all(connection, timeout=30))
    assert len(parts_of(response)) == 75 and response.complete


def test_curl_gets_several(small_site, tmp_path):
    out = tmp_path / "out"
    subprocess.run(["curl", "-sS", "-r", "0-9,500-509", "-o", out, f"{small_site.server.url}/small.bin"], check=True)
    content = small_site.bytes_of("small.bin")
    assert content[:10] in out.read_bytes() and content[500:510] in out.read_bytes()
