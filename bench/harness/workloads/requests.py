"""Small answers over 64 connections kept open."""

from harness import client, files
from harness.servers import Server
from harness.workloads.workload import ALL, Workload

CONNECTIONS = 64


def latency_us(result):
    return {f"{name}_us": result["latency_ns"][name] / 1000 for name in ("p50", "p99", "p999")}


class RequestsWorkload(Workload):
    metrics = ("cpu_us_per_request", "requests_per_s", "p50_us", "p99_us", "p999_us")

    def __init__(self, name, meaning, file_set, requests, range_size=None, servers=ALL,
                 against="nginx", tls=False):
        self.name = name
        self.meaning = meaning
        self.file_sets = (file_set,)
        self.requests = requests
        self.range = range_size
        self.servers = servers
        self.against = against
        self.tls = tls

    def verify(self, places, server_name):
        with Server(places, server_name) as server:
            client.run(places, server, self.file_sets[0], connections=CONNECTIONS,
                       requests=max(640, 2 * len(files.SETS[self.file_sets[0]])),
                       range=self.range, tls=self.tls, verify_every=1, milliseconds=60000)

    def sample(self, places, server_name, quick):
        requests = self.requests // (10 if quick else 1)
        # In random order, 5 times as many leave one of 150 files unvisited; twice as many, one of 7.
        warm_up = max(requests // 10, 5 * len(files.SETS[self.file_sets[0]]))
        with Server(places, server_name) as server:
            load = client.Client(places, server, self.file_sets[0], connections=CONNECTIONS,
                                 requests=requests, range=self.range, tls=self.tls, warm_up=warm_up,
                                 verify_every=256, milliseconds=30000)
            before_ns = server.cpu_ns()
            load.begin()
            result = load.end()
            spent_ns = server.cpu_ns() - before_ns
        return {
            "cpu_us_per_request": spent_ns / 1000 / result["answers"],
            "requests_per_s": result["answers"] / result["elapsed_ns"] * 1e9,
            **latency_us(result),
        }


# bare-uring has no ranges: it sends from memory only. nginx with tcp_nopush leaves the last bytes
# of a range to Nagle's algorithm, which waits for the client's delayed acknowledgement wherever
# they are a segment of their own; without it a small answer costs nginx a fifth more.
RANGED = ("nginx-nodelay", *(name for name in ALL if name not in ("bare-memory", "bare-uring")))


class CrossingWorkload(RequestsWorkload):
    """Where a body from memory begins to cost more than one by sendfile (docs/adr/0002)."""

    def __init__(self, kib, requests):
        super().__init__(f"crossing-{kib}k", f"256 files of {kib} KiB in random order, from memory "
                         "or by sendfile", f"some-{kib}k", requests,
                         servers=("sluice-memory", "sluice-file"), against="sluice-file")


REQUESTS = (
    RequestsWorkload("small-1k", "one 1 KiB file", "1k", 100000),
    RequestsWorkload("small-4k", "one 4 KiB file", "4k", 100000),
    RequestsWorkload("small-16k", "one 16 KiB file", "16k", 80000),
    RequestsWorkload("small-64k", "one 64 KiB file", "64k", 40000),
    RequestsWorkload("many-4k", "5,000 files of 4 KiB in random order", "many-4k", 100000),
    RequestsWorkload("ranges-64k", "random 64 KiB ranges of a 1 GiB file", "1g", 40000,
                     range_size=64 * files.KIB, servers=RANGED),
    # What it costs to confirm that files are unchanged, as a watch would save (docs/adr/0002).
    RequestsWorkload("confirming-4k", "5,000 files of 4 KiB in random order, confirmed once a second "
                     "or once an hour", "many-4k", 100000, servers=("sluice", "sluice-believing"),
                     against="sluice-believing"),
    CrossingWorkload(8, 80000),
    CrossingWorkload(16, 80000),
    CrossingWorkload(32, 60000),
    CrossingWorkload(64, 40000),
    CrossingWorkload(128, 20000),
    CrossingWorkload(256, 10000),
)
