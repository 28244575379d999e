"""What is read from a disk for many slow readers has a limit (--read-ahead)."""

import contextlib
import os
import time

import pytest

from support.files import write_sparse
from support.metrics import Monitor
from support.ports import lease_port
from support.raw import connect
from support.waiting import wait_until

FIRST_WINDOW = 3 << 19  # 512 KiB and twice as much behind it
LEAST_WINDOW = 128 << 10
RANGE = 8 << 20
READERS_MAX = 2000


@pytest.fixture(name="monitored")
def fixture_monitored(site, server):
    lease = lease_port()

    def start(*options):
        monitor = Monitor(lease.port)
        return server(site, options=["--admin", f"127.0.0.1:{lease.port}", "-w", "1", "--cache-guard", "0",
                                     *options]), monitor
    yield start
    lease.release()


def evict(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_ahead(monitor):
    metrics = monitor.metrics()
    return metrics["sluice_read_ahead_bytes"], metrics["sluice_read_ahead_limit_bytes"]


@pytest.mark.alone
def test_many_slow_readers_stay_within_the_limit(site, monitored):
    running, monitor = monitored("--read-ahead", "1")
    held, limit = read_ahead(monitor)
    assert held == 0
    # Unbounded, they would have twice as much.
    readers = int(2 * limit / FIRST_WINDOW) + 1
    if readers > READERS_MAX:
        pytest.skip(f"a hundredth of this machine's memory takes {readers} readers to fill")
    write_sparse(site / "cold.bin", readers * RANGE)
    evict(site / "cold.bin")
    with contextlib.ExitStack() as stack:
        seen = []
        for i in range(readers):
            connection = stack.enter_context(connect(running, receive_buffer=4096))
            connection.sendall(f"GET /cold.bin HTTP/1.1\r\nHost: a\r\nRange: bytes={i * RANGE}-{(i + 1) * RANGE - 1}\r\n\r\n"
                               .encode())
            if i % 16 == 0:
                seen.append(read_ahead(monitor)[0])
        deadline = time.monotonic() + 20
        while len(seen) < 20 or seen[-1] != seen[-20]:
            assert time.monotonic() < deadline, seen[-20:]
            time.sleep(0.02)
            seen.append(read_ahead(monitor)[0])
        assert max(seen) > limit / 2, "there was no need for a limit: the test shows nothing"
        assert max(seen) <= limit + readers * LEAST_WINDOW, (max(seen), limit, readers)
    # Who has left holds nothing.
    wait_until(lambda: read_ahead(monitor)[0] == 0, told=lambda: read_ahead(monitor))
