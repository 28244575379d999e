"""Files that are not in memory, on a disk of 20 MB/s, and who waits for them.

The hot client asks at a fixed pace, and its latencies count from when a request
was due: a server that stands still for a second is charged for all the
requests it kept waiting, not for one a connection. It goes before the cold
readers on the core they share: these compare 8 MiB at a time, 1 to 4 ms each,
and no server could help that the hot client waits for it.
"""

import subprocess
import time

from harness import client, files
from harness.servers import Server
from harness.throttle import Throttle, missing
from harness.places import SOURCE
from harness.workloads.workload import Workload

SERVERS = ("sluice", "nginx", "nginx-aio", "nginx-directio", "lighttpd", "bare-sendfile")
PACE = 2000
HOT_CONNECTIONS = 16


class ColdWorkload(Workload):
    servers = SERVERS

    def missing(self):
        return missing(SOURCE)


class BesideCold(ColdWorkload):
    metrics = ("hot_p99_ms", "hot_p50_ms", "quiet_p99_ms", "hot_p99_over_quiet", "cold_mb_per_s")
    against = "nginx-aio"

    def __init__(self, readers):
        self.name = f"cold-{readers}"
        plural = "" if readers == 1 else "s"
        self.meaning = f"a hot 1 KiB file beside {readers} cold reader{plural}, disk of 20 MB/s"
        self.readers = readers
        self.cold_set = "cold-1g" if readers == 1 else "cold-32"
        self.file_sets = ("1k", self.cold_set)

    def hot(self, places, server, milliseconds):
        return client.Client(places, server, "1k", first=True, connections=HOT_CONNECTIONS,
                             pace=PACE, milliseconds=milliseconds, warm_up=HOT_CONNECTIONS,
                             verify_every=64)

    def sample(self, places, server_name, quick):
        files.cool(places, self.cold_set)
        with Throttle(places.root) as disk, Server(places, server_name, disk.join) as server:
            quiet = self.hot(places, server, 1000 if quick else 3000)
            quiet.begin()
            quiet_result = quiet.end()
            # Connected before the cold readers come: accepting is not what is measured.
            hot = self.hot(places, server, 2000 if quick else 6000)
            cold = client.Client(places, server, self.cold_set, connections=self.readers,
                                 in_order=True, hold=True, verify_every=1,
                                 milliseconds=2400 if quick else 6400)
            cold.begin()
            time.sleep(0.2)
            hot.begin()
            hot_result, cold_result = hot.end(), cold.end()
        quiet_ms = quiet_result["latency_ns"]["p99"] / 1e6
        hot_ms = hot_result["latency_ns"]["p99"] / 1e6
        return {
            "hot_p50_ms": hot_result["latency_ns"]["p50"] / 1e6,
            "hot_p99_ms": hot_ms,
            "quiet_p99_ms": quiet_ms,
            "hot_p99_over_quiet": hot_ms / quiet_ms,
            "cold_mb_per_s": cold_result["bytes"] / cold_result["elapsed_ns"] * 1e3,
        }


class ColdAlone(ColdWorkload):
    name = "cold-alone"
    meaning = "a lone cold reader of 96 MiB against dd, disk of 20 MB/s"
    metrics = ("cold_over_disk", "cold_mb_per_s", "disk_mb_per_s")
    file_sets = ("cold-96m",)

    def disk_mb_per_s(self, places, disk):
        (size, path), = files.SETS["cold-96m"]
        files.cool(places, "cold-96m")
        start = time.monotonic()
        subprocess.run(["dd", f"if={places.root / path}", "of=/dev/null", "bs=1M"], check=True,
                       stderr=subprocess.DEVNULL, preexec_fn=disk.join)
        return size / 1e6 / (time.monotonic() - start)

    def sample(self, places, server_name, quick):
        with Throttle(places.root) as disk:
            disk_speed = self.disk_mb_per_s(places, disk)
            files.cool(places, "cold-96m")
            with Server(places, server_name, disk.join) as server:
                result = client.run(places, server, "cold-96m", requests=1, verify_every=1,
                                    milliseconds=60000)
        cold_speed = result["bytes"] / result["elapsed_ns"] * 1e3
        return {
            "cold_over_disk": cold_speed / disk_speed,
            "cold_mb_per_s": cold_speed,
            "disk_mb_per_s": disk_speed,
        }


COLD = (BesideCold(1), BesideCold(32), ColdAlone())
