"""Too many connections: those for whom there is no room wait or are refused; one
address alone cannot take all; a connection's rate."""

import signal
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response, receive_all
from support.waiting import wait_until


@pytest.fixture
def small(site):
    (site / "a.txt").write_bytes(b"hello")
    return site


def ask(connection, target="/a.txt"):
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())


def answer(connection):
    data = b""
    while b"\r\n\r\n" not in data or not parse_response(data).complete:
        block = connection.recv(1 << 16)
        assert block, data
        data += block
    return parse_response(data)


def hold(server, count):
    """So many connections, each answered once and kept."""
    held = []
    for _ in range(count):
        held.append(connect(server))
        ask(held[-1])
        assert answer(held[-1]).status == 200
    return held


def recovers(server):
    deadline = time.monotonic() + 10
    while True:
        try:
            if get(server, "/a.txt").status == 200:
                return
        except (OSError, ValueError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_further_ones_wait(small, server):
    running = server(small, options=["--workers", "1", "--max-connections", "3"])
    held = hold(running, 3)
    with connect(running, timeout=1) as waiting:
        ask(waiting)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        held.pop().close()
        waiting.settimeout(5)
        assert answer(waiting).status == 200
    for connection in held:
        connection.close()


def test_further_ones_are_refused(small, server):
    running = server(small, options=["--workers", "1", "--max-connections", "3", "--overload", "refuse"])
    held = hold(running, 3)
    for _ in range(20):
        with connect(running) as refused:
            response = parse_response(receive_all(refused))
            assert response.status == 503 and response.headers["retry-after"] == "1" and response.complete
            assert response.headers["connection"] == "close"
    ask(held[0])
    assert answer(held[0]).status == 200  # those inside go on
    for connection in held:
        connection.close()
    recovers(running)


def test_the_refused_can_read_why_though_they_go_on_sending(small, server):
    running = server(small, options=["--workers", "1", "--max-connections", "1", "--overload", "refuse"])
    held = hold(running, 1)
    for pause in (0, 0.05, 0.5):
        with connect(running) as refused:
            time.sleep(pause)  # it is refused before it has asked
            for _ in range(5):
                ask(refused)
                time.sleep(0.02)
            assert parse_response(receive_all(refused)).status == 503
    before = len(running.fds())
    held[0].close()
    recovers(running)
    wait_until(lambda: len(running.fds()) < before, told=running.fds)  # they are not kept for ever


def test_refusals_that_are_kept_are_bounded(small, server):
    running = server(small, options=["--workers", "1", "--max-connections", "1", "--overload", "refuse"])
    held, before = hold(running, 1), len(running.fds())
    refused = [connect(running) for _ in range(400)]
    assert parse_response(receive_all(refused[-1])).status == 503
    assert len(running.fds()) <= before + 256
    for connection in refused + held:
        connection.close()


def test_the_limit_is_that_of_all_workers_together(small, server):
    """Whichever worker they come to: no place is lost, none is given twice."""
    running = server(small, options=["--workers", "4", "--max-connections", "6"])
    for _ in range(3):
        held = hold(running, 6)
        waiting = [connect(running, timeout=0.2) for _ in range(6)]
        for connection in waiting:
            ask(connection)
        for connection in waiting:
            with pytest.raises(TimeoutError):
                connection.recv(1)
        for connection in held:
            connection.close()
        for connection in waiting:
            connection.settimeout(5)
            assert answer(connection).status == 200
            connection.close()


def test_so_is_that_of_an_address_and_who_is_refused(small, server):
    for option in ("--max-per-address", "--max-connections"):
        running = server(small, options=["--workers", "4", option, "5", "--overload", "refuse"])
        for _ in range(3):
            held = hold(running, 5)
            for _ in range(20):
                with connect(running) as refused:
                    assert parse_response(receive_all(refused)).status == 503
            for connection in held:
                connection.close()
            recovers(running)
            time.sleep(0.1)  # all of them are known to be gone


def test_who_waits_for_a_place_outlives_a_reload(small, server):
    running = server(small, options=["--workers", "4", "--max-connections", "2", "--grace", "5s"])
    held = hold(running, 2)
    waiting = [connect(running) for _ in range(8)]
    for connection in waiting:
        connection.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    time.sleep(0.2)
    running.reload()
    for connection in held:
        connection.close()
    for connection in waiting:
        assert parse_response(receive_all(connection)).status == 200
        connection.close()


@pytest.mark.alone
@pytest.mark.parametrize("choice", ["wait", "refuse"])
def test_out_of_descriptors(small, server, choice):
    limit = 64
    running = server(small, options=["--workers", "1", "--overload", choice],
                     prefix=["prlimit", f"--nofile={limit}:{limit}", "--"])
    connections, refused = [], 0
    for _ in range(limit + 20):
        connections.append(connect(running, timeout=5))
    try:
        time.sleep(0.5)
        for connection in connections:
            connection.settimeout(0.02)
            try:
                refused += b" 503 " in connection.recv(4096)
            except (TimeoutError, ConnectionResetError):
                pass
        assert refused >= 20 if choice == "refuse" else refused == 0
        before = running.cpu_seconds()
        time.sleep(1)
        assert running.cpu_seconds() - before < 0.2
    finally:
        for connection in connections:
            connection.close()
    recovers(running)


def test_one_address_cannot_take_all(small, server):
    running = server(small, options=["--workers", "1", "--max-per-address", "2", "-b", "::1"])
    for round_ in range(3):
        held = hold(running, 2)
        with connect(running) as refused:
            assert parse_response(receive_all(refused)).status == 503
        if round_ == 0:  # another address has its own share
            running.host = "::1"
            held += hold(running, 2)
            running.host = "127.0.0.1"
        for connection in held:
            connection.close()
        recovers(running)


def test_limit_rate(site, server):
    write_random(site / "big.bin", 3 << 20)
    rate = 1 << 20
    slow = server(site, options=["--limit-rate", "1M"])
    begin = time.monotonic()
    assert len(get(slow, "/big.bin", timeout=30).body) == 3 << 20
    took = time.monotonic() - begin
    assert 0.6 * (3 << 20) / rate < took < 3 * (3 << 20) / rate
    quick = server(site)
    begin = time.monotonic()
    get(quick, "/big.bin")
    assert time.monotonic() - begin < 1
