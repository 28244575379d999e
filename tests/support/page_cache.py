"""What of a file is in the page cache."""

import subprocess

import pytest

from support import files

MARK = b"giant" * 1000


def resident_bytes(path):
    line = subprocess.run(["fincore", "-b", "-n", "-o", "RES", path], capture_output=True, text=True, check=True)
    return int(line.stdout.split()[0])


def drop_from_cache(path):
    subprocess.run(["sync", path], check=True)
    subprocess.run(["dd", f"if={path}", "iflag=nocache", "count=0"], check=True, capture_output=True)
    assert resident_bytes(path) < 1 << 20


def write_giant(path, size):
    """A file of more than a percent of the memory, none of it in the page cache; or skips."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        memory = int(next(line.split()[1] for line in lines if line.startswith("MemTotal"))) * 1024
    if memory // 100 >= size:
        pytest.skip("so much memory that a percent of it is more than the test's file")
    files.write_sparse(path, size, [(0, MARK), (size // 2 + 1, MARK), (size - len(MARK), MARK)])
    drop_from_cache(path)
    return path
