"""The workloads, in the order they run."""

from harness.workloads.bulk import BULK
from harness.workloads.cold import COLD
from harness.workloads.crowd import CROWD
from harness.workloads.guarded import GUARDED
from harness.workloads.policy import POLICY
from harness.workloads.requests import REQUESTS
from harness.workloads.secure import SECURED
from harness.workloads.starting import STARTING

WORKLOADS = {w.name: w for w in (*REQUESTS, *BULK, *COLD, *CROWD, *STARTING, *SECURED, *GUARDED, *POLICY)}
