"""Everything at once, for long: memory and descriptors stay flat, and every answer is right.
SLUICE_LOAD_SECONDS says for how long (600; an hour is 3600)."""

import os
import random
import resource
import signal
import socket
import statistics
import struct
import threading
import time

import pytest

from support.files import write_random
from support.raw import connect, parse_response, receive_all

SECONDS = int(os.environ.get("SLUICE_LOAD_SECONDS", "600"))
CLIENTS = 6
CHURNED = {b"a": 100, b"b": 5000, b"c": 70000, b"d": 300_000}


def fill(folder):
    write_random(folder / "small.bin", 1000)
    write_random(folder / "middle.bin", 60_000)
    write_random(folder / "big.bin", 6 << 20)
    (folder / "folder").mkdir()
    for number in range(200):
        write_random(folder / "folder" / f"{number}.bin", 500 + number)
    (folder / "style.css").write_bytes(b"p {}" * 1000)
    (folder / "style.css.gz").write_bytes(b"coded")


class Client(threading.Thread):
    """Does what it is dealt, over and over, until told to end."""

    def __init__(self, server, folder, seed):
        super().__init__()
        self.server, self.folder = server, folder
        self.random = random.Random(seed)
        self.contents = {name: (folder / name).read_bytes()
                         for name in ("small.bin", "middle.bin", "big.bin")}
        self.ending, self.done, self.problem, self.kept = False, 0, None, None

    def run(self):
        deeds = [
            self.whole, self.part, self.parts, self.listing, self.not_there, self.coded, self.unchanged, self.pipelined,
            self.refused, self.with_body, self.churned, self.slow, self.reset, self.leaves, self.half_closed,
            self.garbage, self.silent] + [self.kept_small] * 12
        try:
            while not self.ending:
                self.random.choice(deeds)()
                self.done += 1
        except Exception as problem:  # the test tells it
            self.problem = problem
        finally:
            if self.kept:
                self.kept.close()

    def ask(self, target, *lines, method="GET"):
        head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: a", "Connection: close", *lines, "", ""])
        with connect(self.server, timeout=60) as connection:
            connection.sendall(head.encode())
            response = parse_response(receive_all(connection, timeout=60), method)
        assert response.complete and response.rest == b"", (target, lines)
        return response

    def kept_small(self):
        self.kept = self.kept or connect(self.server, timeout=60)
        name = self.random.choice(("small.bin", "middle.bin"))
        self.kept.sendall(f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data or not parse_response(data).complete:
            block = self.kept.recv(1 << 20)
            assert block, "a kept connection ended"
            data += block
        assert parse_response(data).body == self.contents[name]

    def whole(self):
        assert self.ask("/big.bin").body == self.contents["big.bin"]

    def part(self):
        first = self.random.randrange(6 << 20)
        last = min(first + self.random.randrange(1 << 20), (6 << 20) - 1)
        response = self.ask("/big.bin", f"Range: bytes={first}-{last}")
        assert response.status == 206 and response.body == self.contents["big.bin"][first:last + 1]

    def parts(self):
        spans = ",".join(f"{at}-{at + 99}" for at in range(0, 5_000_000, 50_000))
        response = self.ask("/big.bin", f"Range: bytes={spans}")
        assert response.status == 206 and self.contents["big.bin"][50_000:50_100] in response.body

    def listing(self):
        assert self.ask("/folder/").body.count(b"<tr>") >= 200

    def not_there(self):
        assert self.ask(f"/{self.random.randrange(1 << 30)}").status == 404

    def coded(self):
        assert self.ask("/style.css", "Accept-Encoding: gzip").body == b"coded"

    def unchanged(self):
        assert self.ask("/small.bin", "If-None-Match: *").status == 304

    def pipelined(self):
        names = [f"/folder/{self.random.randrange(200)}.bin" for _ in range(30)]
        requests = "".join(f"GET {name} HTTP/1.1\r\nHost: a\r\n\r\n" for name in names)
        with connect(self.server, timeout=60) as connection:
            connection.sendall(requests.encode())
            connection.shutdown(socket.SHUT_WR)
            data = receive_all(connection, timeout=60)
        for name in names:
            response = parse_response(data)
            assert response.body == (self.folder / name[1:]).read_bytes()
            data = response.rest
        assert data == b""

    def refused(self):
        assert self.ask("/small.bin", method="POST").status == 405

    def with_body(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n"
                               b"Connection: close\r\n\r\n")
            connection.sendall(bytes(60000))
            assert parse_response(receive_all(connection, timeout=60)).body == self.contents["small.bin"]

    def churned(self):
        response = self.ask("/churn.bin")
        assert response.status == 200 and len(set(response.body)) == 1
        assert CHURNED[response.body[:1]] == len(response.body)

    def slow(self):
        with connect(self.server, timeout=60, receive_buffer=4096) as connection:
            connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(5):
                assert connection.recv(2000)
                time.sleep(0.02)

    def reset(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def leaves(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"GET /folder/ HTTP/1.1\r\nHost: a\r\n\r\n")

    def half_closed(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"GET /middle.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            assert parse_response(receive_all(connection, timeout=60)).body == self.contents["middle.bin"]

    def garbage(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"\x16\x03\x01" + self.random.randbytes(100) + b"\r\n\r\n")
            assert parse_response(receive_all(connection, timeout=60)).status in (400, 505)

    def silent(self):
        with connect(self.server, timeout=60) as connection:
            connection.sendall(b"GET /small")


def churn(folder, letter):
    (folder / "new").write_bytes(letter * CHURNED[letter])
    os.rename(folder / "new", folder / "churn.bin")


def resident_kib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() >> 10


def sample_while_it_runs(server, folder, log, clients, seconds):
    """[(KiB resident, descriptors)], one a second; files are replaced and the log opened anew meanwhile."""
    samples, begin = [], time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        churn(folder, random.choice(list(CHURNED)))
        if len(samples) % 30 == 29:
            log.unlink()
            server.signal(signal.SIGUSR1)
        samples.append((resident_kib(server.pid), len(server.fds())))
        stopped = [client.problem for client in clients if client.problem]
        assert not stopped, f"after {passed:.0f} s: {stopped!r}"
        time.sleep(1)
    return samples


def quarter(samples, number, of):
    size = len(samples) // 4
    return statistics.median(sample[of] for sample in samples[number * size:(number + 1) * size])


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 180)
def test_memory_and_descriptors_stay_flat(site, server, tmp_path, has_sanitizers, record_property):
    fill(site)
    churn(site, b"a")
    log = tmp_path / "log"
    running = server(site, options=["--access-log", log, "--log-format", "json", "--header-timeout", "2s"])
    pid = running.pid
    clients = [Client(running, site, seed) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        samples = sample_while_it_runs(running, site, log, clients, SECONDS)
    finally:
        for client in clients:
            client.ending = True
        for client in clients:
            client.join()
    assert [client.problem for client in clients if client.problem] == []
    assert running.serving_pids() == [pid]
    record_property("deeds", sum(client.done for client in clients))
    for name, of in (("resident KiB", 0), ("descriptors", 1)):
        record_property(name, [quarter(samples, number, of) for number in range(4)])
    # The first quarter is for caches to fill; what runs beside this test may hold the load down in either.
    if not has_sanitizers:
        assert quarter(samples, 3, 0) <= max(quarter(samples, number, 0) for number in (0, 1)) * 1.03 + 512
    assert quarter(samples, 3, 1) <= max(quarter(samples, number, 1) for number in (0, 1)) + 8
