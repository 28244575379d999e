"""The same over TLS 1.3 with AES-128-GCM, which the client alone offers, by HTTP/1.1 and by
HTTP/2. In user space: neither of the rivals' packages has kernel TLS on as it comes."""

from harness import client, files, h2load
from harness.servers import Server
from harness.workloads.bulk import BulkWorkload
from harness.workloads.requests import RequestsWorkload, latency_us
from harness.workloads.workload import Workload

SECURE = ("sluice-tls", "nginx-tls", "lighttpd-tls")


class HandshakesWorkload(Workload):
    name = "handshakes"
    meaning = "a full handshake, ECDSA P-256 and X25519, one 1 KiB answer, closed"
    file_sets = ("1k",)
    servers = SECURE
    metrics = ("cpu_us_per_handshake", "handshakes_per_s", "p50_us", "p99_us")
    against = "nginx-tls"

    def verify(self, places, server_name):
        with Server(places, server_name) as server:
            client.run(places, server, "1k", tls=True, once=True, requests=100, verify_every=1)

    def sample(self, places, server_name, quick):
        with Server(places, server_name) as server:
            load = client.Client(places, server, "1k", tls=True, once=True, milliseconds=30000,
                                 requests=300 if quick else 3000, warm_up=100, verify_every=16)
            before_ns = server.cpu_ns()
            load.begin()
            result = load.end()
            spent_ns = server.cpu_ns() - before_ns
        return {
            "cpu_us_per_handshake": spent_ns / 1000 / result["answers"],
            "handshakes_per_s": result["answers"] / result["elapsed_ns"] * 1e9,
            **latency_us(result),
        }


class Http2Workload(Workload):
    """h2load's own handshakes are in the figure: a percent of it at most."""

    servers = SECURE
    against = "nginx-tls"

    def __init__(self, name, meaning, file_set, requests, connections, streams):
        self.name = name
        self.meaning = meaning
        self.file_sets = (file_set,)
        self.requests = requests
        self.load = (connections, streams)
        bulk = files.SETS[file_set][0][0] >= files.MIB
        self.metrics = (("cpu_s_per_gib", "gib_per_s") if bulk
                        else ("cpu_us_per_request", "requests_per_s"))

    def missing(self):
        return h2load.missing()

    def verify(self, places, server_name):
        with Server(places, server_name) as server:
            h2load.verify(places, server, self.file_sets[0])

    def sample(self, places, server_name, quick):
        requests = self.requests // (10 if quick else 1)
        with Server(places, server_name) as server:
            h2load.run(server, self.file_sets[0], max(8, requests // 10), *self.load)
            before_ns = server.cpu_ns()
            took_s = h2load.run(server, self.file_sets[0], requests, *self.load)
            spent_ns = server.cpu_ns() - before_ns
        gib = requests * files.SETS[self.file_sets[0]][0][0] / files.GIB
        values = {
            "cpu_us_per_request": spent_ns / 1000 / requests,
            "requests_per_s": requests / took_s,
            "cpu_s_per_gib": spent_ns / 1e9 / gib,
            "gib_per_s": gib / took_s,
        }
        return {name: values[name] for name in self.metrics}


SECURED = (
    RequestsWorkload("https-1k", "one 1 KiB file over TLS", "1k", 60000, servers=SECURE,
                     against="nginx-tls", tls=True),
    BulkWorkload("https-256m", "256 MiB over TLS on one connection", "256m", 1, 8, SECURE,
                 against="nginx-tls", tls=True),
    HandshakesWorkload(),
    Http2Workload("h2-1k", "one 1 KiB file by HTTP/2 over TLS, 8 connections of 32 streams", "1k",
                  100000, 8, 32),
    Http2Workload("h2-16m", "one 16 MiB file by HTTP/2 over TLS, a connection of 4 streams", "16m",
                  120, 1, 4),
)
