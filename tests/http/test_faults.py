"""Files that change, clients that go, descriptors that run out."""

import os
import resource
import signal
import socket
import struct
import subprocess
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response, receive_all
from support.waiting import wait_until

SIZE = 32 << 20


@pytest.fixture
def served(site, server):
    write_random(site / "file.bin", SIZE)
    return server(site)


def begin_download(server, target="/file.bin"):
    """A response under way whose reader has read only its first bytes."""
    connection = connect(server, timeout=20, receive_buffer=4096)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return connection, connection.recv(1000)


def end_download(connection, data):
    try:
        return data + receive_all(connection, timeout=20)
    except ConnectionResetError:
        return None


def assert_alive(server):
    assert get(server, "/alive.txt").body == b"alive"


@pytest.fixture(autouse=True)
def alive(site):
    (site / "alive.txt").write_bytes(b"alive")


def test_file_cut_short_closes_and_sends_no_other_byte(served, site):
    whole = (site / "file.bin").read_bytes()
    connection, data = begin_download(served)
    with connection:
        os.truncate(site / "file.bin", 20 << 20)
        connection.sendall(b"GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        data = end_download(connection, data)
    if data is not None:
        response = parse_response(data)
        assert response.headers["content-length"] == str(SIZE) and not response.complete
        assert whole.startswith(response.body)
    assert_alive(served)


def test_file_that_grows_keeps_the_promised_length(served, site):
    whole = (site / "file.bin").read_bytes()
    connection, data = begin_download(served)
    with connection:
        with open(site / "file.bin", "ab") as file:
            file.write(bytes(1 << 20))
        connection.shutdown(socket.SHUT_WR)
        response = parse_response(end_download(connection, data))
    assert response.body == whole and response.rest == b""


@pytest.mark.parametrize("event", ["replaced", "unlinked"])
def test_file_replaced_or_unlinked_arrives_whole(served, site, event):
    whole = (site / "file.bin").read_bytes()
    connection, data = begin_download(served)
    with connection:
        if event == "replaced":
            write_random(site / "new.bin", 1000)
            os.rename(site / "new.bin", site / "file.bin")
        else:
            os.unlink(site / "file.bin")
        connection.shutdown(socket.SHUT_WR)
        response = parse_response(end_download(connection, data))
    assert response.body == whole and response.rest == b""
    assert_alive(served)


def test_replacing_in_a_loop_never_mixes_two_versions(site, server):
    """Each version is one letter, each with a length of its own."""
    def write(letter, length):
        (site / "new").write_bytes(letter * length)
        os.rename(site / "new", site / "churn.txt")

    versions = [(b"a", 100), (b"b", 5000), (b"c", 70000), (b"d", 300)]
    write(*versions[0])
    running = server(site)
    tags = {}
    with connect(running) as connection:
        for i in range(400):
            write(*versions[i % 4])
            connection.sendall(b"GET /churn.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            data = b""
            while b"\r\n\r\n" not in data or not parse_response(data).complete:
                data += connection.recv(65536)
            response = parse_response(data)
            assert len(set(response.body)) == 1 and response.rest == b""
            assert (response.body[:1], len(response.body)) in versions
            tag = response.headers["etag"]
            if not tag.startswith("W/"):
                assert tags.setdefault(tag, response.body[:1]) == response.body[:1]


@pytest.mark.parametrize("how", ["reset", "close"])
def test_clients_that_go_leave_nothing_behind(served, how):
    assert_alive(served)
    before = len(served.fds())
    remembered = 2 * os.cpu_count()  # each worker may keep both files open
    for _ in range(50):
        connection, _ = begin_download(served)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert_alive(served)
    wait_until(lambda: len(served.fds()) <= before + remembered, told=served.fds)


def test_client_killed(served):
    with subprocess.Popen(["curl", "-sS", "--noproxy", "*", "--limit-rate", "100k", "-o", "/dev/null",
                           served.url + "/file.bin"]) as client:
        time.sleep(0.5)
        client.send_signal(signal.SIGKILL)
        client.wait()
    assert_alive(served)


@pytest.mark.alone
def test_out_of_descriptors_waits_without_spinning_and_recovers(site, server):
    limit = 64
    running = server(site, options=["--workers", "1"], prefix=["prlimit", f"--nofile={limit}:{limit}", "--"])
    connections = []
    try:
        for _ in range(limit + 40):
            connection = connect(running, timeout=5)
            connection.sendall(b"GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            connections.append(connection)
        time.sleep(0.5)
        before = running.cpu_seconds()
        time.sleep(2)
        assert running.cpu_seconds() - before < 0.3
        answered = connections[0].recv(4096)
        assert answered.startswith(b"HTTP/1.1 ")
    finally:
        for connection in connections:
            connection.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            assert_alive(running)
            break
        except (OSError, ValueError):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_slow_readers_do_not_hold_up_others(served):
    slow = [begin_download(served)[0] for _ in range(50)]
    try:
        for _ in range(20):
            begin = time.monotonic()
            assert_alive(served)
            assert time.monotonic() - begin < 2
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.alone
def test_nothing_spins_while_a_reader_does_not_read(served):
    connection, _ = begin_download(served)
    with connection:
        time.sleep(0.3)
        before = served.cpu_seconds()
        time.sleep(2)
        assert served.cpu_seconds() - before < 0.2


def test_memory_does_not_grow_with_requests(site, server, has_sanitizers):
    if has_sanitizers:
        pytest.skip("a sanitizer keeps freed memory back")
    write_random(site / "small.bin", 1000)
    running = server(site, options=["--workers", "1", "-q"])

    def resident():
        with open(f"/proc/{running.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    for _ in range(200):
        get(running, "/small.bin")
    before = resident()
    for _ in range(2000):
        get(running, "/small.bin")
    assert resident() - before < 1 << 20
