"""Many connections that want little: idle ones and slow ones."""

import time

from harness import client, files
from harness.servers import Server
from harness.workloads.workload import REAL, Workload

IDLE = 5000
SLOW = 500
RATE = 64 * files.KIB
# Loopback's own are 64 KiB segments: a server would put minutes of a reader's
# bytes into the socket at once and sleep.
SEGMENT = 1448
WINDOW = 32 * files.KIB


class IdleWorkload(Workload):
    name = "idle-5000"
    meaning = "5,000 connections, one 1 KiB request each, then silence: memory of the server"
    file_sets = ("1k",)
    servers = REAL
    metrics = ("bytes_per_connection", "memory_mib")

    def sample(self, places, server_name, quick):
        connections = IDLE // (10 if quick else 1)
        with Server(places, server_name) as server:
            # What the first connections bring into memory is not theirs.
            client.run(places, server, "1k", connections=8, requests=2000)
            before = server.memory()["pss"]
            load = client.Client(places, server, "1k", mode="idle", connections=connections)
            time.sleep(0.2)
            after = server.memory()["pss"]
            load.begin()
            load.end()
        return {
            "bytes_per_connection": (after - before) / connections,
            "memory_mib": after / files.MIB,
        }


class SlowWorkload(Workload):
    name = "slow-500"
    meaning = "500 readers at 64 KiB/s each, over segments and windows as a network has them"
    file_sets = ("64m",)
    servers = REAL
    metrics = ("cpu_percent", "memory_mib", "rss_mib", "delivered")
    against = "bare-sendfile"

    def sample(self, places, server_name, quick):
        warm_up_ms, duration_ms = (1000, 2000) if quick else (4000, 8000)
        with Server(places, server_name) as server:
            load = client.Client(places, server, "64m", mode="slow", connections=SLOW, rate=RATE,
                                 warm_up=warm_up_ms, milliseconds=duration_ms, discard=True,
                                 segment=SEGMENT, window=WINDOW)
            before_ns = server.cpu_ns()
            load.begin()
            time.sleep(duration_ms / 2000)
            memory = server.memory()
            result = load.end()
            spent_ns = server.cpu_ns() - before_ns
        due = SLOW * RATE * result["elapsed_ns"] / 1e9
        return {
            "cpu_percent": spent_ns / result["elapsed_ns"] * 100,
            "memory_mib": memory["pss"] / files.MIB,
            "rss_mib": memory["rss"] / files.MIB,
            "delivered": result["bytes"] / due,
        }


CROWD = (IdleWorkload(), SlowWorkload())
