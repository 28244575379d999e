"""A slow disk: a cgroup whose reads are held to a rate (cgroup v1, blkio)."""

import errno
import os
import time
from pathlib import Path

CONTROLLER = Path("/sys/fs/cgroup/blkio")
RATE = 20_000_000
LEAVE_SECONDS = 20


def disk_of(path):
    """"major:minor" of the whole disk that holds path, or None."""
    device = os.stat(path).st_dev
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if not block.exists():
        return None
    if (block / "partition").exists():
        block = block.parent
    return (block / "dev").read_text(encoding="ascii").strip()


def missing(path):
    """Why a disk cannot be made slow here, or None."""
    if not (CONTROLLER / "blkio.throttle.read_bps_device").exists():
        return "no cgroup v1 blkio controller"
    if os.geteuid() != 0:
        return "limits on the disk want root"
    if not disk_of(path):
        return f"{path} is on no disk of its own"
    return None


class Throttle:
    """A context: whoever joins it reads from path's disk at RATE bytes a second."""

    def __init__(self, path):
        self.disk = disk_of(path)
        self.group = CONTROLLER / f"sluice-bench-{os.getpid()}"

    def __enter__(self):
        self.group.mkdir()
        limit = self.group / "blkio.throttle.read_bps_device"
        limit.write_text(f"{self.disk} {RATE}", encoding="ascii")
        return self

    def join(self):
        """For a child, before exec."""
        with open(self.group / "cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def __exit__(self, *_):
        # Whoever still waits for the slow disk leaves only when it has answered.
        deadline = time.monotonic() + LEAVE_SECONDS
        while True:
            try:
                self.group.rmdir()
                return
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)
