"""Ten thousand who ask once and then say nothing."""

import os
import resource
import time

import pytest

from support.raw import connect, get, parse_response
from support.waiting import wait_until

COUNT = 10_000
BYTES_EACH = 1024


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.alone
def test_ten_thousand_idle_connections(site, server, has_sanitizers):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < COUNT + 500:
        pytest.skip(f"ONLY {hard} DESCRIPTORS ARE ALLOWED HERE: TEN THOUSAND CONNECTIONS CANNOT BE OPENED")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    (site / "hello.txt").write_bytes(b"hello")
    running = server(site, options=["-q", "--idle-timeout", "120s"])
    connections = []

    def ask(connection):
        connection.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        response = parse_response(connection.recv(4096))
        assert response.body == b"hello" and "connection" not in response.headers

    try:
        for number in range(COUNT):
            if number == 500:
                before = resident(running.pid)
            connections.append(connect(running, timeout=10))
            ask(connections[-1])
        if not has_sanitizers:
            assert resident(running.pid) - before < (COUNT - 500) * BYTES_EACH
        begin, cpu = time.monotonic(), running.cpu_seconds()
        assert get(running, "/hello.txt").body == b"hello"
        assert time.monotonic() - begin < 1
        time.sleep(1)
        assert running.cpu_seconds() - cpu < 0.2
        for connection in connections[::97]:
            ask(connection)
        assert len(running.fds()) > COUNT
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    wait_until(lambda: len(running.fds()) <= 100 + 2 * os.cpu_count())
