"""A giant read once goes past the page cache, and pushes nothing out of it."""

import hashlib
import subprocess

import pytest

from support import files, raw
from support.page_cache import drop_from_cache, resident_bytes, write_giant
from support.waiting import wait_until

SIZE = 400 << 20  # more than 1 % of this machine's memory, or the test skips


def download(server, target):
    command = ["curl", "-s", "--fail", f"{server.url}{target}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
        digest = hashlib.file_digest(curl.stdout, "sha256").hexdigest()
    assert curl.returncode == 0
    return digest


@pytest.fixture
def giant(site):
    return write_giant(site / "giant", SIZE)


def test_the_first_reading_leaves_no_trace(server, giant):
    digest = files.sha256_of(giant)
    drop_from_cache(giant)
    started = server(giant.parent, options=["--workers", "1", "--cache-guard", "1"])
    assert download(started, "/giant") == digest
    started.wait_for_log("/giant", f" {SIZE} direct ")
    assert resident_bytes(giant) < 32 << 20, "the giant is in the page cache"
    # Who asks again wants it near.
    assert download(started, "/giant") == digest
    started.wait_for_log("/giant", f" {SIZE} sendfile ")
    assert resident_bytes(giant) > SIZE - (16 << 20)  # the machine may be short of memory


def read_until_it_stays(path):
    """Its digest. On a machine that is short of memory some of it is gone again at once."""
    for _ in range(5):
        digest = files.sha256_of(path)
        if resident_bytes(path) == SIZE:
            return digest
    pytest.skip("the page cache does not keep so much at present")
    return None


def test_what_is_in_the_cache_is_sent_from_there(server, giant):
    digest = read_until_it_stays(giant)
    started = server(giant.parent, options=["--workers", "1", "--cache-guard", "1"])
    assert download(started, "/giant") == digest
    started.wait_for_log("/giant", f" {SIZE} sendfile ")


def test_a_method_that_keeps_its_socket_is_not_left_midway(server, giant):
    """Another one's bytes on that socket would be refused: the next answer would be cut short."""
    digest = files.sha256_of(giant)
    (giant.parent / "next").write_bytes(b"n" * (40 << 20))
    drop_from_cache(giant)
    with giant.open("rb") as file:
        file.read(1 << 20)
    started = server(giant.parent, options=["--workers", "1", "--cache-guard", "1"], method="zerocopy")
    both = subprocess.run(["curl", "-s", "--fail", f"{started.url}/giant", f"{started.url}/next"],
                          stdout=subprocess.PIPE, check=True, timeout=60).stdout
    assert len(both) == SIZE + (40 << 20)
    assert hashlib.sha256(both[:SIZE]).hexdigest() == digest


def test_zero_is_no_guard(server, giant):
    started = server(giant.parent, options=["--workers", "1", "--cache-guard", "0"])
    download(started, "/giant")
    started.wait_for_log("/giant", f" {SIZE} sendfile ")


def test_a_reader_that_leaves_mid_way_leaves_nothing_open(server, giant):
    (giant.parent / "small").write_bytes(b"small")
    started = server(giant.parent, options=["--workers", "1", "--cache-guard", "1", "--cache-entries", "0"])
    assert raw.get(started, "/small").body == b"small"
    before = len(started.fds())
    for _ in range(20):
        with raw.connect(started) as connection:
            connection.sendall(b"GET /giant HTTP/1.1\r\nHost: h\r\n\r\n")
            assert len(connection.recv(100_000)) > 0
            connection.setsockopt(raw.socket.SOL_SOCKET, raw.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: len(started.fds()) <= before, told=started.fds)
    assert raw.get(started, "/small").body == b"small"
