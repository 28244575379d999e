"""Signals while clients ask: not one request fails."""

import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from support.files import write_random
from support.load import Load
from support.raw import connect, parse_response, receive_all, receive_response

CLIENTS = 8


def test_logs_are_opened_anew(site, server, tmp_path):
    write_random(site / "small.bin", 20000)
    log = tmp_path / "log"
    running = server(site, options=["--access-log", log])
    load = Load(running, "/small.bin", (site / "small.bin").read_bytes())
    try:
        for number in range(20):
            os.rename(log, tmp_path / f"log.{number}")
            running.signal(signal.SIGUSR1)
            before, deadline = load.count, time.monotonic() + 10
            while load.count < before + 30 or not log.exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
    finally:
        load.end()
    running.stop()
    assert load.failures == []
    lines = sum(path.read_text().count("\n") for path in tmp_path.glob("log*") if path.is_file())
    assert lines == load.count


class Asking(threading.Thread):
    """Asks until nobody listens any more. lost: requests without an answer although the server had
    taken the connection, or gave but a part of one."""

    def __init__(self, server, size, keep):
        super().__init__()
        self.server, self.size, self.keep = server, size, keep
        self.answered, self.lost = 0, []

    def run(self):
        lines = "" if self.keep else "Connection: close\r\n"
        request = f"GET /small.bin HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode()
        while True:
            try:
                connection = connect(self.server, timeout=10)
            except ConnectionRefusedError:
                return
            with connection:
                closes = False
                while not closes:
                    try:
                        connection.sendall(request)
                        response = receive_response(connection)
                        assert response.status == 200 and len(response.body) == self.size
                    except (OSError, AssertionError, ValueError) as problem:
                        self.lost.append(repr(problem))
                        break
                    self.answered += 1
                    closes = response.headers.get("connection") == "close"


@pytest.mark.alone
@pytest.mark.parametrize("keep", [False, True], ids=["a connection each", "kept connections"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_who_has_asked(site, server, number, keep):
    write_random(site / "small.bin", 20000)
    for _ in range(2):
        running = server(site, options=["-q"])
        clients = [Asking(running, 20000, keep) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while sum(client.answered for client in clients) < 300:
            time.sleep(0.01)
        running.signal(number)
        for client in clients:
            client.join()
        assert running.wait() == 0
        running.stop()
        assert [lost for client in clients for lost in client.lost] == []


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("asked_again", [0.3, 1.2], ids=["before the stop", "after the stop's last call"])
def test_a_stop_leaves_an_answer_whole_for_who_has_asked_again(site, server, secure_server, kind, asked_again):
    """A request that waits unread while the answer before it goes out: close(2) would send a reset,
    and the tail of the answer, still in the socket, would be gone."""
    write_random(site / "large.bin", 24 << 20)
    running = (secure_server if kind == "tls" else server)(site, options=["-q"])
    with connect(running, receive_buffer=16384) as connection:
        connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        received = bytearray(connection.recv(1000))

        def ask_again():
            time.sleep(asked_again)
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\n")
        asking = threading.Thread(target=ask_again)
        asking.start()
        time.sleep(0.5)
        running.signal(signal.SIGTERM)
        time.sleep(1)
        asking.join()
        received += receive_all(connection, timeout=60)
    first = parse_response(bytes(received))
    second = parse_response(first.rest)
    assert first.complete and first.body == (site / "large.bin").read_bytes()
    assert second.body == first.body[:10] and second.headers["connection"] == "close"
    assert running.wait() == 0


def test_a_full_log_disk_and_room_again(site, server, tmp_path):
    """A small tmpfs: what cannot be written is dropped, requests go on; with room lines come again."""
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: A SMALL DISK CANNOT BE MOUNTED HERE")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    try:
        write_random(site / "small.bin", 2000)
        log = pathlib.Path(disk / "access.log")
        running = server(site, options=["--access-log", log])
        load = Load(running, "/small.bin", (site / "small.bin").read_bytes())
        deadline = time.monotonic() + 30
        while load.count < 3000 or log.stat().st_size < 60000:
            assert time.monotonic() < deadline and not load.failures
            time.sleep(0.05)
        os.truncate(log, 0)
        while log.stat().st_size < 1000:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        load.end()
        assert load.failures == []
        running.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
