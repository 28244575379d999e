#!/usr/bin/env python3
"""Runs one example program and compares what arrives, byte by byte.

    run_example.py PATH-OF-PROGRAM

The program's name says which example it is."""

import hashlib
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

SIZE = 9 * (1 << 20) + 4321  # several steps and an odd tail
SECONDS = 30


def receive_all(connection, slowly=False):
    connection.settimeout(SECONDS)
    digest = hashlib.sha256()
    while chunk := connection.recv(1 << 16):
        digest.update(chunk)
        if slowly:
            time.sleep(0.001)
    return digest.hexdigest()


def blocking_send(program, source, expected):
    arrived = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SECONDS)

        def receive():
            connection, _ = server.accept()
            with connection:
                arrived.append(receive_all(connection))

        receiver = threading.Thread(target=receive)
        receiver.start()
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [program, "127.0.0.1", port, source],
            capture_output=True, text=True, timeout=SECONDS, check=False)
        receiver.join(SECONDS)
    assert done.returncode == 0, done.stderr
    assert arrived == [expected]
    assert f"{SIZE} bytes" in done.stdout, done.stdout


def connect_when_ready(port):
    end = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def epoll_loop(program, source, expected):
    port = free_port()
    with subprocess.Popen([program, str(port), source], stderr=subprocess.PIPE) as process:
        try:
            # One that leaves at once, one that never reads: neither may hold up
            # the others.
            connect_when_ready(port).close()
            lazy = connect_when_ready(port)
            clients = [connect_when_ready(port) for _ in range(8)]
            digests = [None] * len(clients)

            def receive(index):
                with clients[index] as connection:
                    digests[index] = receive_all(connection, slowly=index % 2 == 1)

            threads = [threading.Thread(target=receive, args=(i,)) for i in range(len(clients))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(SECONDS)
            assert digests == [expected] * len(clients), digests
            assert receive_all(lazy) == expected
            lazy.close()
            assert process.poll() is None, "the loop ended"
        finally:
            process.kill()


def which_method(program, source, _expected):
    done = subprocess.run(
        [program, source], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{source}: ") and ", because " in lines[0], lines[0]
    methods = {line.split()[0] for line in lines[1:]}
    assert {"copy", "sendfile"} <= methods, methods

    folder = subprocess.run(
        [program, "/"], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert folder.returncode == 1 and "directory" in folder.stderr


EXAMPLES = {f.__name__: f for f in (blocking_send, epoll_loop, which_method)}


def run(program):
    """Raises AssertionError when the program does not do what it shows."""
    content = random.Random(1).randbytes(SIZE)
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        pathlib.Path(source).write_bytes(content)
        EXAMPLES[pathlib.Path(program).name](
            str(program), source, hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    run(sys.argv[1])
