"""What is measured: names, units, and which are times of the processor."""

from harness.reference import same_placement


class Metric:
    def __init__(self, label, digits=2, processor=False, more_is_better=False):
        self.label = label
        self.digits = digits
        # Normalised by the reference: see reference.py.
        self.processor = processor
        self.more_is_better = more_is_better

    def text(self, value):
        return f"{value:.{self.digits}f}"


METRICS = {
    "cpu_us_per_request": Metric("server CPU, us/request", 2, processor=True),
    "cpu_s_per_gib": Metric("server CPU, s/GiB", 4, processor=True),
    "cpu_us_per_handshake": Metric("server CPU, us/handshake", 1, processor=True),
    "handshakes_per_s": Metric("handshakes/s", 0, more_is_better=True),
    "requests_per_s": Metric("requests/s", 0, more_is_better=True),
    "gib_per_s": Metric("GiB/s", 2, more_is_better=True),
    "p50_us": Metric("p50, us", 0),
    "p99_us": Metric("p99, us", 0),
    "p999_us": Metric("p99.9, us", 0),
    "quiet_p99_ms": Metric("quiet p99, ms", 2),
    "hot_p50_ms": Metric("hot p50, ms", 2),
    "hot_p99_ms": Metric("hot p99, ms", 2),
    "hot_p99_over_quiet": Metric("hot p99 / quiet p99", 2),
    "cold_mb_per_s": Metric("cold, MB/s", 2, more_is_better=True),
    "disk_mb_per_s": Metric("dd, MB/s", 2, more_is_better=True),
    "cold_over_disk": Metric("of the disk's speed", 3, more_is_better=True),
    "bytes_per_connection": Metric("bytes/connection (PSS)", 0),
    "cpu_percent": Metric("CPU, %", 2, processor=True),
    "memory_mib": Metric("memory (PSS), MiB", 2),
    "rss_mib": Metric("RSS, MiB", 2),
    "delivered": Metric("of the rate delivered", 3, more_is_better=True),
    "first_byte_ms": Metric("start to first byte, ms", 2),
}


def values(samples, workload, server, metric):
    """{round: value}, processor times normalised to the run's median speed."""
    chosen = [s for s in samples if s["workload"] == workload and s["server"] == server
              and metric in s["metrics"]]
    if not METRICS[metric].processor:
        return {s["round"]: s["metrics"][metric] for s in chosen}
    return {s["round"]: s["metrics"][metric] * s["speed"] for s in chosen}


def comparable(samples, workload, server, other, metric):
    """values() of both servers, of the rounds in which their cores were equally far apart."""
    distances = {(s["server"], s["round"]): s["reference"].get("distance_ns", 1) for s in samples
                 if s["workload"] == workload}
    above = values(samples, workload, server, metric)
    below = values(samples, workload, other, metric)
    rounds = [number for number in above if number in below and
              same_placement(distances[server, number], distances[other, number])]
    return {number: above[number] for number in rounds}, {number: below[number] for number in rounds}


def set_speeds(samples):
    """Gives each sample its factor: the run's median reference over its own."""
    references = sorted(s["reference"]["reference_ns"] for s in samples)
    if not references:
        return
    middle = references[len(references) // 2]
    for sample in samples:
        sample["speed"] = middle / sample["reference"]["reference_ns"]
