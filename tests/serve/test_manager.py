"""What systemd, or whoever speaks like it, sees: sockets handed over, and a word
when the server is ready, reloads, stops and lives."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from support.raw import connect, get, parse_response, receive_all
from support.waiting import wait_until

# Puts the socket where sd_listen_fds(3) wants it, and says whose it is.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """The socket that sd_notify(3) writes to."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(10)

    def heard(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    yield made
    made.socket.close()


def test_it_says_when_it_is_ready_reloads_and_stops(site, server, manager):
    running = server(site, environment={"NOTIFY_SOCKET": str(manager.path)})
    assert manager.heard() == {"READY": "1", "MAINPID": str(running.process.pid)}
    running.signal(signal.SIGHUP)
    reloading = manager.heard()
    assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) <= time.monotonic() * 1e6
    assert manager.heard()["READY"] == "1"
    running.stop()
    assert manager.heard() == {"STOPPING": "1"}


def test_it_says_that_it_lives_as_long_as_its_workers_do(site, server, manager):
    running = server(site, environment={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1200000"})
    assert manager.heard()["READY"] == "1"
    for _ in range(3):
        begin = time.monotonic()
        assert manager.heard() == {"WATCHDOG": "1"}
        assert time.monotonic() - begin < 1.2  # said twice as often
    os.kill(running.pid, signal.SIGSTOP)  # as if it hung
    try:
        manager.socket.settimeout(1.5)
        with pytest.raises(TimeoutError):
            while True:
                manager.heard()
    finally:
        os.kill(running.pid, signal.SIGCONT)


class Activated:
    """A server on a socket that we opened."""

    host, unix_path, tls = "127.0.0.1", None, None

    def __init__(self, binary, site, error_path, *options):
        self.listening = socket.create_server((self.host, 0))
        self.port = self.listening.getsockname()[1]
        self.error_path = error_path
        self.command = [sys.executable, "-c", ACTIVATE, str(self.listening.fileno()), binary, "serve", site, *options]
        self.start()

    def start(self):
        with open(self.error_path, "ab") as error:
            self.process = subprocess.Popen(self.command, stderr=error, pass_fds=[self.listening.fileno()])

    def wait_for_output(self, pattern, count=1):
        return wait_until(lambda: len(found := re.findall(pattern, self.error_path.read_text())) >= count and found,
                          told=self.error_path.read_text)

    def stop(self):
        self.listening.close()
        self.process.terminate()
        assert self.process.wait(timeout=10) == 0


def test_a_socket_that_is_handed_over_is_served(sluice_binary, site, tmp_path):
    (site / "a.txt").write_bytes(b"a")
    running = Activated(sluice_binary, site, tmp_path / "err")
    try:
        # Before it is ready: the connection waits in the socket.
        assert get(running, "/a.txt").body == b"a"
        assert running.wait_for_output(r"http://\S+") == [f"http://127.0.0.1:{running.port}/"]
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_output("Ctrl-C stops", count=2)
        for _ in range(20):
            assert get(running, "/a.txt").body == b"a"
    finally:
        running.stop()


def test_the_managers_socket_outlives_it(sluice_binary, site, tmp_path):
    """Who comes while nobody serves waits in it, and nothing of the one who served stays with it."""
    (site / "a.txt").write_bytes(b"a")
    running = Activated(sluice_binary, site, tmp_path / "err")
    try:
        assert get(running, "/a.txt").body == b"a"
        with connect(running):
            deadline = time.monotonic() + 10
            running.process.terminate()
            assert running.process.wait(timeout=10) == 0
        with connect(running, timeout=5) as early:
            early.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            running.start()
            assert parse_response(receive_all(early)).body == b"a"
            assert time.monotonic() < deadline
    finally:
        running.stop()


def test_sockets_for_another_process_are_left_alone(site, server):
    running = server(site, environment={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    assert get(running, "/").status == 200


def test_an_inheritance_that_is_none_is_refused(sluice_binary, site):
    for text in ("x", "0 2 999 ", "0 2 1,x ", "0 2 0,1,2 4:x"):
        result = subprocess.run([sluice_binary, "serve", site, "-p", "0"], capture_output=True, text=True, timeout=10,
                                check=False, env={**os.environ, "SLUICE_INHERITANCE": text})
        assert result.returncode == 1 and "cannot take over" in result.stderr, text
