"""A fixed piece of work before and after each sample, and how far apart the two cores are.

The hypervisor moves the machine about. Its speed drifts by a third: CPU times are divided by how
slow the fixed work was around them. And server and client, on two cores of ours, may be on two
threads of one real core, on neighbours, or on cores that share no cache: a line there and back takes
70 ns, 130 or 370, and a small answer over loopback a fifth more or less, which the fixed work does
not know. So that is measured, too, and only what was equally far apart is compared. A sample
during which either changed is done again.
"""

import subprocess

from harness import host

# Beyond this difference of the two brackets a sample is not trusted.
DRIFT_MAX = 0.15
REPEATS = 3
# Two distances whose ratio is larger are not of one placement.
PLACEMENT_RATIO = 1.5


def measure(places):
    """(ns of CPU that the reference takes on the server's core now, ns to the client's and back): the
    best of a few."""
    command = [places.program("bench_reference"), str(host.SERVER_CORE), str(host.CLIENT_CORE)]
    found = []
    for _ in range(REPEATS):
        done = subprocess.run(command, check=True, capture_output=True, text=True,
                              preexec_fn=lambda: host.settle(host.SERVER_CORE))
        found.append([int(word) for word in done.stdout.split()])
    return tuple(min(column) for column in zip(*found))


def same_placement(distance, other):
    return max(distance, other) <= PLACEMENT_RATIO * min(distance, other)


def bracket(before, after):
    """{"reference_ns", "drift", "distance_ns", "drifted"}"""
    (before_ns, before_distance), (after_ns, after_distance) = before, after
    drift = abs(after_ns - before_ns) / min(after_ns, before_ns)
    return {
        "reference_ns": (before_ns + after_ns) / 2,
        "drift": drift,
        "distance_ns": min(before_distance, after_distance),
        "drifted": drift > DRIFT_MAX or not same_placement(before_distance, after_distance),
    }
