"""Whether a policy that `sluice lab policy` wrote on this machine helps: the server with it against
the same without it."""

import subprocess
import sys

from harness import policy
from harness.servers import ServerFailed
from harness.workloads.bulk import BulkWorkload
from harness.workloads.requests import RequestsWorkload

SERVERS = ("sluice-policy", "sluice")


def measure_policy(places):
    """Once a run of the bench: what held yesterday need not hold today."""
    if policy.is_fresh(places):
        return
    print("  sluice lab policy, for a minute or so", file=sys.stderr, flush=True)
    try:
        lines = policy.measure(places)
    except subprocess.CalledProcessError as error:
        raise ServerFailed(f"sluice lab policy: {error.stderr.strip()}") from error
    print("  it says: " + ", ".join(lines), file=sys.stderr, flush=True)


class PolicyRequestsWorkload(RequestsWorkload):
    against = "sluice"

    def verify(self, places, server_name):
        measure_policy(places)
        super().verify(places, server_name)


class PolicyBulkWorkload(BulkWorkload):
    against = "sluice"

    def verify(self, places, server_name):
        measure_policy(places)
        super().verify(places, server_name)


POLICY = (
    *(PolicyRequestsWorkload(f"policy-{kib}k", f"256 files of {kib} KiB in random order, with the "
                             "lab's policy and without", f"some-{kib}k", requests, servers=SERVERS)
      for kib, requests in ((16, 80000), (32, 60000), (64, 40000))),
    PolicyBulkWorkload("policy-1g", "1 GiB on one connection, with the lab's policy and without",
                       "1g", 1, 4, SERVERS),
    PolicyBulkWorkload("policy-128x8m", "8 MiB files on 128 connections, with the lab's policy and "
                       "without", "8m", 128, 512, SERVERS),
)
