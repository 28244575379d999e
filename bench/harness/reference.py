"""A fixed piece of work before and after each sample.

The hypervisor moves the machine about, and its speed drifts by a third. CPU
times are divided by how slow the fixed work was around them; a sample during
which the speed changed is done again.
"""

import subprocess

from harness import host

# Beyond this difference of the two brackets a sample is not trusted.
DRIFT_MAX = 0.15
REPEATS = 3


def measure(places):
    """Nanoseconds of CPU the reference takes on the server's core, now: the best of a few."""
    command = [places.program("bench_reference"), str(host.SERVER_CORE)]
    times = []
    for _ in range(REPEATS):
        done = subprocess.run(command, check=True, capture_output=True, text=True,
                              preexec_fn=lambda: host.settle(host.SERVER_CORE))
        times.append(int(done.stdout))
    return min(times)


def bracket(before_ns, after_ns):
    """{"reference_ns", "drift", "drifted"}"""
    drift = abs(after_ns - before_ns) / min(after_ns, before_ns)
    return {
        "reference_ns": (before_ns + after_ns) / 2,
        "drift": drift,
        "drifted": drift > DRIFT_MAX,
    }
