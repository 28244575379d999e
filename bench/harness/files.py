"""The files to serve, and the lists of them."""

import ctypes
import os
import subprocess
import time

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# name -> [(size, path)]
SETS = {
    "1k": [(KIB, "size/1k")],
    "4k": [(4 * KIB, "size/4k")],
    "16k": [(16 * KIB, "size/16k")],
    "64k": [(64 * KIB, "size/64k")],
    "many-4k": [(4 * KIB, f"many/{index:04d}") for index in range(5000)],
    # Several, so that not all of them are in the core's own cache.
    **{f"some-{kib}k": [(kib * KIB, f"some/{kib}k-{index:03d}") for index in range(256)]
       for kib in (8, 16, 32, 64, 128, 256)},
    "16m": [(16 * MIB, "size/16m")],
    "256m": [(256 * MIB, "size/256m")],
    "1g": [(GIB, "size/1g")],
    "8m": [(8 * MIB, f"middle/{index:02d}") for index in range(16)],
    "64m": [(64 * MIB, "size/64m")],
    "cold-1g": [(GIB, "cold/1g")],
    "cold-96m": [(96 * MIB, "cold/96m")],
    "cold-32": [(32 * MIB, f"cold/32m-{index:02d}") for index in range(32)],
}


def list_path(places, name):
    return places.work / f"{name}.list"


def make(places, names):
    """Makes the sets that are not there yet."""
    for name in names:
        lines = "".join(f"{size} {path}\n" for size, path in SETS[name])
        list_path(places, name).write_text(lines, encoding="ascii")
        subprocess.run([places.program("bench_make_files"), places.root],
                       input=lines, text=True, check=True)


CACHESTAT = 451  # the system call's number, Linux 6.5 on


def resident_bytes(fd):
    """How much of the file is in the page cache; None where the kernel cannot tell."""
    whole = (ctypes.c_uint64 * 2)(0, 0)
    counts = (ctypes.c_uint64 * 5)()
    if ctypes.CDLL(None).syscall(CACHESTAT, fd, whole, counts, 0) != 0:
        return None
    return counts[0] * os.sysconf("SC_PAGE_SIZE")


def cool(places, name, patience_s=20):
    """Drops a set from the page cache. Pages that a stopped server still had asked the disk for
    cannot be dropped until they have come: tried until nothing is left."""
    deadline = time.monotonic() + patience_s
    for _, path in SETS[name]:
        fd = os.open(places.root / path, os.O_RDONLY)
        while True:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            if not resident_bytes(fd) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        os.close(fd)


def warm(places, name):
    """Reads a set into the page cache."""
    for _, path in SETS[name]:
        with open(places.root / path, "rb", buffering=0) as file:
            while file.read(8 * MIB):
                pass
