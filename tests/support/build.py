"""Which build is tested."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build_dir():
    return pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", ROOT / "build"))


def for_tracing():
    """The environment for a program under strace: LeakSanitizer wants to be its only tracer."""
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def method_names():
    """Those of the table, in its order."""
    table = (ROOT / "src" / "transfer" / "methods.def").read_text()
    return re.findall(r"^METHOD\((\w+)\)", table, re.MULTILINE)
