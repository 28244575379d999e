"""What a server's processes and threads have used, from /proc."""

import os
import signal
import subprocess
import time
from pathlib import Path

from harness.host import read_text


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        found += [int(child) for child in read_text(task / "children").split()]
    return found


def family(pid):
    """pid and all that descend from it."""
    members = [pid]
    for member in members:
        members += children(member)
    return members


def cpu_ns(pid):
    """CPU time of all threads of the family: the scheduler's own count, in ns.

    Threads that have ended are not in it; the servers here keep theirs.
    """
    total = 0
    for member in family(pid):
        for task in Path(f"/proc/{member}/task").glob("*"):
            fields = read_text(task / "schedstat").split()
            total += int(fields[0]) if fields else 0
    return total


def memory(pid):
    """{"pss": bytes, "rss": bytes, "private": bytes} of the family together.

    Kernel memory (socket buffers) belongs to no process and is not in it.
    """
    sums = {"pss": 0, "rss": 0, "private": 0}
    names = {"Pss": "pss", "Rss": "rss", "Private_Clean": "private", "Private_Dirty": "private"}
    for member in family(pid):
        for line in read_text(f"/proc/{member}/smaps_rollup").splitlines():
            name, _, value = line.partition(":")
            if name in names:
                sums[names[name]] += int(value.split()[0]) * 1024
    return sums


def softirq_ticks(core):
    for line in read_text("/proc/stat").splitlines():
        fields = line.split()
        if fields[0] == f"cpu{core}":
            return int(fields[7])
    return 0


def stolen_ticks():
    return int(read_text("/proc/stat").splitlines()[0].split()[8])


def end(process, patience_s=5):
    """Ends a child that we started, and waits for it."""
    if process is None or process.poll() is not None:
        return
    members = family(process.pid)
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(patience_s)
    # Its children may still be on their way out, or know nothing of it.
    deadline = time.monotonic() + patience_s
    for member in members[1:]:
        while os.path.exists(f"/proc/{member}") and time.monotonic() < deadline:
            time.sleep(0.01)
        if os.path.exists(f"/proc/{member}"):
            os.kill(member, signal.SIGKILL)
