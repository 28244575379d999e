"""Lets a test marked `alone` run alone although pytest-xdist runs two at a time."""

import contextlib
import fcntl
import os


@contextlib.contextmanager
def _locked(path, kind):
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, kind)
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def passed(folder, alone):
    """The gate keeps newcomers out while a test waits for those that run to end."""
    gate, room = folder / "gate.lock", folder / "room.lock"
    with contextlib.ExitStack() as inside:
        with _locked(gate, fcntl.LOCK_EX):
            inside.enter_context(_locked(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield
