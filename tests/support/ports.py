"""Ports for test servers that no two tests share.

A server listens with SO_REUSEPORT: a second one on the same port would not fail
but take half of the first one's connections. So each port has a lock file."""

import fcntl
import os
import pathlib
import socket
import tempfile

FIRST = 20000  # below ip_local_port_range, so that no client's socket is in the way
COUNT = 8000


class PortLease:
    def __init__(self, port, lock_fd):
        self.port = port
        self._lock_fd = lock_fd

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()

    def release(self):
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None


def _in_use(port):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET or error.errno == 98:
                return True
    return False


def lease_port():
    folder = pathlib.Path(tempfile.gettempdir()) / f"sluice-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    start = os.getpid() % COUNT
    for i in range(COUNT):
        port = FIRST + (start + i) % COUNT
        fd = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            continue
        if not _in_use(port):
            return PortLease(port, fd)
        os.close(fd)
    raise RuntimeError("no free port")
