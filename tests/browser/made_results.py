"""Results as `sluice lab --export-json` writes them, made up: every method, three
sizes, two cache states, samples that scatter, a case that was skipped."""

import random

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
COUNTERS = ("bytes_sent", "bytes_copied_in", "bytes_copied_out", "bytes_copied_by_kernel",
            "system_calls", "short_writes", "waits", "fallbacks")

# method, buffer: GiB/s, CPU s/GiB, calls for a step, step, copied in, out, by the kernel.
METHODS = {
    ("copy", 4 * KIB): (1.4, .62, ("pread64", "sendto"), 4 * KIB, 1, 1, 0),
    ("copy", 64 * KIB): (2.7, .36, ("pread64", "sendto"), 64 * KIB, 1, 1, 0),
    ("copy", MIB): (2.4, .40, ("pread64", "sendto"), MIB, 1, 1, 0),
    ("sendfile", 0): (8.1, .09, ("sendfile",), 2 * MIB, 0, 0, 0),
    ("mmap", 0): (4.9, .19, ("newfstatat", "sendto"), 2 * MIB, 0, 1, 0),
    ("splice", 0): (7.4, .11, ("splice", "splice"), MIB, 0, 0, 0),
    ("direct", 0): (1.1, .21, ("pread64", "sendto"), MIB, 0, 1, 0),
    ("zerocopy", 0): (2.2, .41, ("io_uring_enter", "getsockname", "recvmsg"), 256 * KIB, 1, 0, 1),
}
SIZES = (64 * KIB, 16 * MIB, GIB)


def make_sample(order, cost, size, cold, chance):
    speed, cpu, calls, step, copied_in, copied_out, by_kernel = cost
    noise = chance.gauss(1, .04)
    seconds = size / GIB / speed * noise * (4 if cold else 1)
    each = max(1, size // step)
    made = {}
    for name in calls:
        made[name] = made.get(name, 0) + each
    made["fcntl"] = 1
    counts = (size, copied_in * size, copied_out * size, by_kernel * size, sum(made.values()), 2, 5, 0)
    return {
        "order": order, "transfers": 1, "wall_seconds": round(seconds, 9),
        "first_byte_seconds": round(2e-5 * noise, 9), "cpu_user_seconds": round(cpu * size / GIB * .1, 9),
        "cpu_system_seconds": round(cpu * size / GIB * .9 * noise, 9),
        "switches_voluntary": 3, "switches_involuntary": 1, "faults_minor": 12, "faults_major": 0,
        "disk_bytes": size if cold else 0, "cache_growth_bytes": size if cold else 0, "peak_memory_bytes": 1 << 20,
        "counters": dict(zip(COUNTERS, counts)), "calls": made,
    }


def make(runs=10, seed=1):
    chance = random.Random(seed)
    cases = []
    for (method, buffer), cost in METHODS.items():
        for size in SIZES:
            for cache in ("warm", "cold"):
                cases.append(({"method": method, "tls": "none", "buffer_bytes": buffer, "size_bytes": size,
                               "cache": cache, "connections": 1, "receiver": "copy", "path": "loopback",
                               "note": "the kernel copied all bytes on this path" if cost[6] else ""}, cost, []))
    turns = [one for one in cases for _ in range(runs)]
    chance.shuffle(turns)
    for order, (setting, cost, samples) in enumerate(turns):
        samples.append(make_sample(order, cost, setting["size_bytes"], setting["cache"] == "cold", chance))
    return {
        "schema": "sluice-lab/1", "mode": "default", "seed": 42, "runs_wanted": runs, "case_seconds": 1.0,
        "environment": {
            "version": "0.1.0", "started": "2026-01-02T03:04:05Z", "kernel": "Linux 6.18.5 x86_64",
            "processor": "A processor of two cores </script><!-- & \"so on\"", "file_system": "ext4",
            "folder": "/var/tmp", "congestion_control": "cubic",
            "mitigations": "spectre_v2: Mitigation: Retpolines; meltdown: Not affected",
            "count_check": "not checked: only root may read the tracepoints", "to": "", "cores": 2,
            "sender_core": 0, "receiver_core": 1, "memory_bytes": 8 * GIB, "page_bytes": 4096},
        "cases": [{**setting, "samples": samples} for setting, _, samples in cases],
        "skipped": [{"method": "uring", "tls": "none", "buffer_bytes": 0, "size_bytes": GIB, "cache": "cold",
                     "connections": 1, "receiver": "copy", "path": "loopback",
                     "reason": "io_uring is not allowed here (EPERM)"}],
    }
