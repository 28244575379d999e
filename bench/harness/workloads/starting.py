"""From nothing to the first byte, and what a server weighs then."""

import os
import socket
import struct
import time

from harness import files
from harness.client import WrongBytes
from harness.servers import Server
from harness.workloads.workload import Workload

REQUEST = b"GET /size/1k HTTP/1.1\r\nHost: bench\r\n\r\n"


def first_byte(port, deadline):
    """The monotonic time, in ns, at which the first byte of an answer was there."""
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as peer:
                peer.sendall(REQUEST)
                answer = peer.recv(4096)
                now = time.monotonic_ns()
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise WrongBytes("no 200 at the start")
                return now
        except ConnectionError:
            time.sleep(0.0001)
    raise WrongBytes("no answer within 20 s of the start")


class StartWorkload(Workload):
    name = "start"
    meaning = "from exec to the first byte of an answer; memory behind it"
    file_sets = ("1k",)
    servers = ("sluice", "nginx", "nginx-aio", "lighttpd")
    metrics = ("first_byte_ms", "memory_mib", "rss_mib")

    def sample(self, places, server_name, quick):
        reading, writing = os.pipe()

        def note_time():
            os.write(writing, struct.pack("q", time.monotonic_ns()))

        with Server(places, server_name, note_time, wait=False) as server:
            answered_ns = first_byte(server.port, time.monotonic() + 20)
            memory = server.memory()
        started_ns, = struct.unpack("q", os.read(reading, 8))
        os.close(reading)
        os.close(writing)
        return {
            "first_byte_ms": (answered_ns - started_ns) / 1e6,
            "memory_mib": memory["pss"] / files.MIB,
            "rss_mib": memory["rss"] / files.MIB,
        }


STARTING = (StartWorkload(),)
