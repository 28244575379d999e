"""The protocol between the lab and a receiver elsewhere: honest, lying, and gone."""

import errno
import re
import socket
import struct
import subprocess
import threading
import time

import pytest

HELLO = struct.Struct("<12sI")
JOB = struct.Struct("<IIQIIII")
REQUEST = struct.Struct("<Q")
RESULT = struct.Struct("<iIQQQQ")
NAME = b"sluice-lab/2"
CONTROL, DATA = 1, 2


def read(connection, length):
    received = bytearray()
    while len(received) < length:
        piece = connection.recv(length - len(received))
        if not piece:
            raise EOFError
        received += piece
    return bytes(received)


class Receiver(threading.Thread):
    """Takes what it is sent, and says of it what falsify makes of the truth; of the
    digest it knows nothing and says 0."""

    def __init__(self, falsify):
        super().__init__(daemon=True)
        self.falsify = falsify
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.jobs = []

    def accept(self, role):
        connection, _ = self.listener.accept()
        connection.settimeout(20)
        assert HELLO.unpack(read(connection, HELLO.size)) == (NAME, role)
        return connection

    def run(self):
        control = self.accept(CONTROL)
        try:
            while True:
                self.jobs.append(JOB.unpack(read(control, JOB.size)))
                connections, transfers, size, *_ = self.jobs[-1]
                received = 0
                for _ in range(connections):
                    with self.accept(DATA) as data:
                        for _ in range(transfers):
                            data.sendall(REQUEST.pack(size))
                            received += len(read(data, size))
                control.sendall(RESULT.pack(*self.falsify(0, connections * transfers, 10**9, 10**6, received, 0)))
        except (EOFError, OSError):
            control.close()


@pytest.fixture(name="lab")
def fixture_lab(sluice_binary, tmp_path):
    def run(port, *words):
        return subprocess.run(
            [sluice_binary, "lab", tmp_path, "--to", f"127.0.0.1:{port}", "-m", "sendfile", "-s", "4M",
             "--runs", "2", *words], capture_output=True, text=True, timeout=60, check=False)
    return run


@pytest.mark.parametrize("falsify, says", [
    (lambda *result: result, "the receiver got other bytes than were sent"),
    (lambda error, begun, wall, first, received, digest: (error, begun, wall, first, received - 1, digest),
     "the receiver got other bytes than were sent"),
    (lambda *result: (-5, *result[1:]), "Input/output error"),
], ids=["digest", "length", "error"])
def test_a_lie_ends_the_run(lab, falsify, says):
    receiver = Receiver(falsify)
    receiver.start()
    done = lab(receiver.port)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stdout == ""
    assert receiver.jobs[0][4] == 1  # hashed


def test_something_else_that_listens(lab):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def hang_up():
            connection, _ = listener.accept()
            connection.close()
        threading.Thread(target=hang_up, daemon=True).start()
        done = lab(listener.getsockname()[1])
    assert done.returncode == 1


@pytest.fixture(name="receiver")
def fixture_receiver(sluice_binary, request):
    options = getattr(request, "param", [])
    with subprocess.Popen([sluice_binary, "lab", "receive", "--port", "0", *options], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.port = int(line.split(" port ")[1].split(":")[0])
        yield process
        process.kill()


def test_receiver_serves_run_after_run(lab, receiver):
    for _ in range(2):
        done = lab(receiver.port, "-c", "1,4")
        assert done.returncode == 0, done.stderr
        assert "connection, remote)" in done.stdout and "4 connections, remote)" in done.stdout


@pytest.mark.parametrize("address, says", [
    ("127.0.0.1", r"listening on 127\.0\.0\.1 port \d+: for this machine only; .*--bind ADDRESS"),
    ("0.0.0.0", r"listening on 0\.0\.0\.0 port \d+: 'sluice lab --to HOST:\d+' on the other machine")])
def test_receiver_says_who_reaches_it(sluice_binary, address, says):
    with subprocess.Popen([sluice_binary, "lab", "receive", "--port", "0", "--bind", address],
                          stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.kill()
    assert re.match(says, line)


@pytest.mark.parametrize("bytes_", [
    b"", b"GET / HTTP/1.1\r\n\r\n", HELLO.pack(NAME, DATA), HELLO.pack(NAME, 7), HELLO.pack(b"sluice-lab/3", CONTROL),
    HELLO.pack(NAME, CONTROL) + JOB.pack(0, 1, 1, 0, 0, 0, 0),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1 << 20, 1, 1, 0, 0, 0, 0),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1, 1, 1 << 60, 0, 0, 0, 0),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1, 1, 1, 1, 1, 0, 0),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1, 1, 1, 1, 0, 1, 0),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1, 1, 1, 0, 0, 0, 1),
])
def test_receiver_outlives_what_is_no_lab(lab, receiver, bytes_):
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as connection:
        connection.sendall(bytes_)
        try:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        except OSError:  # reset: it has closed already
            pass
    assert lab(receiver.port).returncode == 0


@pytest.mark.parametrize("receiver", [["--idle", "300ms"]], indirect=True)
@pytest.mark.parametrize("bytes_", [
    b"", HELLO.pack(NAME, CONTROL)[:5], HELLO.pack(NAME, CONTROL),
    HELLO.pack(NAME, CONTROL) + JOB.pack(1, 1, 1, 0, 0, 0, 0)[:5],
], ids=["nothing", "half a hello", "no job", "half a job"])
def test_silence_does_not_hold_the_receiver(lab, receiver, bytes_):
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as silent:
        silent.sendall(bytes_)
        began = time.monotonic()
        assert lab(receiver.port).returncode == 0
        assert time.monotonic() - began < 20  # of the 30 that a lab waits


@pytest.mark.parametrize("receiver", [["--idle", "300ms"]], indirect=True)
@pytest.mark.parametrize("connections, bytes_", [(1, b""), (1, b"x" * 999), (2, b"x" * 999)])
def test_silence_amid_the_data_ends_the_job(receiver, connections, bytes_):
    """The last of the connections never comes, or says nothing of what it was asked for."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as control, \
            socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as data:
        control.sendall(HELLO.pack(NAME, CONTROL) + JOB.pack(connections, 1, 1000, 0, 0, 0, 0))
        data.sendall(HELLO.pack(NAME, DATA) + bytes_)
        error = RESULT.unpack(read(control, RESULT.size))[0]
    assert error == -errno.ETIMEDOUT
