"""No memory: what cannot be answered is refused or cut off, nothing is answered wrongly, and nobody crashes."""

import mmap
import re
import resource
import struct
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response

REQUESTS = [
    ("/small.bin",), ("/big.bin",), ("/folder/",), ("/folder/", "Accept: application/json"), ("/nowhere",),
    ("/style.css", "Accept-Encoding: gzip"), ("/big.bin", "Range: bytes=5-70000"), ("/gone/x",), ("/folder",),
    ("/big.bin", "Range: bytes=0-9,5000-70000,300000-300009"), ("/small.bin", "Content-Length: 5"), ("/%zz",),
    ("/other-%d.bin",),
]
STATUSES = {200, 206, 301, 400, 404, 500, 503}


def fill(folder):
    write_random(folder / "small.bin", 1000)
    write_random(folder / "big.bin", 1 << 20)
    (folder / "folder").mkdir()
    for number in range(300):
        (folder / "folder" / f"{number}-{'x' * 50}.txt").write_bytes(b"x")
        write_random(folder / f"other-{number}.bin", 2000 + number)
    (folder / "style.css").write_bytes(b"p {}" * 100)
    (folder / "style.css.gz").write_bytes(b"coded")


def ask(connection, target, lines):
    body = b"12345" if any(line.startswith("Content-Length") for line in lines) else b""
    connection.sendall("\r\n".join([f"GET {target} HTTP/1.1", "Host: a", *lines, "", ""]).encode() + body)
    data = b""
    while b"\r\n\r\n" not in data or not parse_response(data).complete:
        block = connection.recv(1 << 20)
        if not block:
            return parse_response(data) if b"\r\n\r\n" in data else None
        data += block
    return parse_response(data)


def check(response, folder, target):
    """Whatever came is right as far as it goes."""
    assert response.status in STATUSES and response.rest == b""
    if target.endswith(".bin"):
        content = (folder / target[1:]).read_bytes()
        if response.status == 200:
            assert response.headers["content-length"] == str(len(content)) and content.startswith(response.body)
        elif response.status == 206 and "content-range" in response.headers:
            first, last = map(int, re.match(r"bytes (\d+)-(\d+)", response.headers["content-range"]).groups())
            assert content[first:last + 1].startswith(response.body)


def starve(server, folder, seconds):
    """All kinds of requests for a while; how many were answered in full."""
    end, answered, number = time.monotonic() + seconds, 0, 0
    connection = None
    while time.monotonic() < end:
        target, *lines = REQUESTS[number % len(REQUESTS)]
        target, number = target.replace("%d", str(number % 300)), number + 1
        try:
            connection = connection or connect(server, timeout=10)
            response = ask(connection, target, lines)
        except (ConnectionError, BrokenPipeError):
            response = None
        if response:
            check(response, folder, target)
            answered += response.complete
        if not response or not response.complete or response.headers.get("connection") == "close":
            connection.close()
            connection = None
    if connection:
        connection.close()
    return answered


def assert_well(server, folder, pid):
    assert server.serving_pids() == [pid], server.output()
    for target in ("/small.bin", "/big.bin", "/other-7.bin"):
        assert get(server, target).body == (folder / target[1:]).read_bytes()
    assert get(server, "/folder/").body.count(b"<tr>") >= 300
    assert get(server, "/big.bin", "Range: bytes=0-9,5000-70000").status == 206


@pytest.fixture(name="failing")
def failing_fixture(site, server, tmp_path, build_dir, has_sanitizers):
    """(server, its orders: a map of two 32-bit numbers, every and failed)."""
    if has_sanitizers:
        pytest.skip("a sanitizer has an allocator of its own")
    fill(site)
    orders = tmp_path / "orders"
    orders.write_bytes(bytes(8))
    library = build_dir / "tests" / "support" / "failing_malloc.so"
    running = server(site, options=["--workers", "1", "--cache-valid", "0", "--cache-entries", "50",
                                    "--redirect", "/gone/*=/new/*"],
                     environment={"LD_PRELOAD": str(library), "FAIL_ALLOCATIONS": str(orders)})
    with open(orders, "r+b") as file, mmap.mmap(file.fileno(), 8) as mapped:
        yield running, mapped


@pytest.mark.parametrize("every", [1, 2, 3, 5, 7, 11, 31, 101])
def test_allocations_that_fail(failing, site, every):
    running, orders = failing
    pid = running.serving_pids()[0]
    assert_well(running, site, pid)
    orders[0:4] = struct.pack("=I", every)
    answered = starve(running, site, 1)
    orders[0:4] = struct.pack("=I", 0)
    assert struct.unpack("=I", orders[4:8])[0] > 20, "too few failed: the test shows nothing"
    assert answered > 0 or every < 5
    assert_well(running, site, pid)


def test_an_address_space_that_is_full(site, server, has_sanitizers):
    if has_sanitizers:
        pytest.skip("a sanitizer wants terabytes of addresses")
    fill(site)
    running = server(site, options=["--workers", "1", "--cache-valid", "0", "--cache-size", "1G", "--small-file", "16M"])
    pid = running.serving_pids()[0]
    get(running, "/folder/")
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (size + (1 << 18), before[1]))
    write_random(site / "large.bin", 8 << 20)  # which there is no room for
    response = get(running, "/large.bin", timeout=20)
    assert response.status == 200 and response.body == (site / "large.bin").read_bytes()
    idle = [connect(running) for _ in range(500)]
    assert starve(running, site, 2) > 100
    for connection in idle:
        connection.close()
    resource.prlimit(pid, resource.RLIMIT_AS, before)
    assert_well(running, site, pid)
