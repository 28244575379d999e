"""What the sandbox and the access log cost: the server with them against itself without."""

from harness.workloads.bulk import BulkWorkload
from harness.workloads.requests import RequestsWorkload

SERVERS = ("sluice-open", "sluice", "sluice-logged")
WORDS = "without sandbox and log, with the sandbox, with both"

GUARDED = (
    *(RequestsWorkload(f"guarded-{kib}k", f"one {kib} KiB file, {WORDS}", f"{kib}k", requests,
                       servers=SERVERS, against="sluice-open")
      for kib, requests in ((1, 100000), (16, 80000))),
    BulkWorkload("guarded-1g", f"1 GiB on one connection, {WORDS}", "1g", 1, 4, SERVERS, "sluice-open"),
)
