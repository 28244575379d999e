"""A disk that is slow, or broken, or gone: slow_fs.c, mounted."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

from support.waiting import wait_until


class Disk(subprocess.Popen):
    """slow_fs. A signal changes its mood before send_signal() returns: what is asked next meets it."""

    def send_signal(self, sig):
        super().send_signal(sig)
        if sig != signal.SIGKILL:
            wait_until(lambda: not self._has_to_take(sig), 10)

    def _has_to_take(self, number):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        pending = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
        return any(mask >> (number - 1) & 1 for mask in pending)


@contextlib.contextmanager
def mounted(build_dir, folder):
    """Makes the folder, with the disk mounted on `disk` and a quick file beside it: (folder, the
    process of slow_fs)."""
    program = build_dir / "tests" / "support" / "slow_fs"
    if not program.exists():
        pytest.skip("slow_fs was not built: libfuse3-dev is missing")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or os.geteuid() != 0:
        pytest.skip("no /dev/fuse, or not root: a slow disk cannot be made here")
    disk = folder / "disk"
    disk.mkdir(parents=True)
    (folder / "hot.txt").write_bytes(b"hot" * 300)
    process = Disk([program, disk])
    deadline = time.monotonic() + 5
    while not os.path.ismount(disk):
        assert process.poll() is None and time.monotonic() < deadline, "slow_fs did not mount"
        time.sleep(0.01)
    try:
        yield folder, process
    finally:
        # The server, which is stopped after this, may still hold files of it.
        process.send_signal(signal.SIGCONT)
        subprocess.run(["umount", "-l", disk], check=True)
        process.kill()
        process.wait()
