"""Large files out of the page cache; the client drops what it gets in the kernel."""

from harness import client, files
from harness.servers import Server
from harness.workloads.workload import REAL, Workload


class BulkWorkload(Workload):
    metrics = ("cpu_s_per_gib", "gib_per_s")

    def __init__(self, name, meaning, file_set, connections, requests, servers,
                 against="bare-sendfile", tls=False):
        self.name = name
        self.meaning = meaning
        self.file_sets = (file_set,)
        self.connections = connections
        self.requests = requests
        self.servers = servers
        self.against = against
        self.tls = tls

    def verify(self, places, server_name):
        files.warm(places, self.file_sets[0])
        with Server(places, server_name) as server:
            client.run(places, server, self.file_sets[0], verify_every=1, milliseconds=60000,
                       connections=self.connections, requests=max(1, self.connections), tls=self.tls)

    def sample(self, places, server_name, quick):
        requests = max(1, self.requests // (4 if quick else 1))
        with Server(places, server_name) as server:
            load = client.Client(places, server, self.file_sets[0], discard=True, tls=self.tls,
                                 connections=self.connections, requests=requests,
                                 warm_up=self.connections, milliseconds=60000)
            before_ns = server.cpu_ns()
            load.begin()
            result = load.end()
            spent_ns = server.cpu_ns() - before_ns
        return {
            "cpu_s_per_gib": spent_ns / 1e9 / (result["bytes"] / files.GIB),
            "gib_per_s": result["bytes"] / files.GIB / (result["elapsed_ns"] / 1e9),
        }


METHODS = ("sluice-copy", "sluice-sendfile", "bulk-copy", "bulk-mmap", "bulk-sendfile")

BULK = (
    BulkWorkload("bulk-1g", "1 GiB on one connection", "1g", 1, 4, REAL + METHODS),
    BulkWorkload("bulk-128x8m", "8 MiB files on 128 connections", "8m", 128, 512, REAL),
)
