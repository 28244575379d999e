"""The library's own count of its system calls against what strace(1) saw."""

import collections
import re
import shutil
import subprocess

import pytest

from support.build import for_tracing

METHODS = ["copy", "sendfile", "mmap", "splice", "direct", "zerocopy", "uring", "auto"]
LENGTH = 5000000
ASK_DISK = 2
# strace of Debian 12 does not know the younger calls by name.
NAMES = {"syscall_0x1c3": "cachestat"}
# What the program under test does itself.
OWN = {"ppoll"}


def trace(build_dir, tmp_path, method, wire, flags):
    """Runs the transfer; (what it printed, the calls of each section between markers)."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: the accounting is NOT checked")
    output = tmp_path / "trace"
    program = build_dir / "tests/methods/traced_transfer"
    result = subprocess.run(
        ["strace", "-s", "0", "-o", output, program, method, wire, str(flags)],
        cwd=build_dir / "tests/methods", env=for_tracing(), capture_output=True, text=True, timeout=60, check=False)
    if "ptrace" in result.stderr and "Operation not permitted" in result.stderr:
        pytest.skip("ptrace is forbidden here: the accounting is NOT checked")
    assert result.returncode == 0, result.stdout + result.stderr
    sections = [collections.Counter()]
    for line in output.read_text().splitlines():
        name = re.match(r"(\w+)\(", line)
        if not name:
            continue
        if name[1] == "getppid":
            sections.append(collections.Counter())
        elif name[1] not in OWN:
            sections[-1][NAMES.get(name[1], name[1])] += 1
    assert len(sections) == 5
    return result.stdout.splitlines(), sections


def printed(lines, kind):
    return collections.Counter({words[1]: int(words[2]) for words in map(str.split, lines)
                                if words[0] == kind})


@pytest.mark.parametrize("flags", [0, ASK_DISK], ids=["", "ask-disk"])
@pytest.mark.parametrize("wire", ["tcp", "unix", "pipe"])
@pytest.mark.parametrize("method", METHODS)
def test_calls_are_what_strace_sees(build_dir, has_sanitizers, tmp_path, method, wire, flags):
    if has_sanitizers:
        pytest.skip("a sanitizer makes system calls of its own")
    lines, sections = trace(build_dir, tmp_path, method, wire, flags)
    assert printed(lines, "transfer") == sections[1]
    assert printed(lines, "process") == sections[1] + sections[3]
    assert printed(lines, "bytes")["system_calls"] == sections[1].total()


@pytest.mark.parametrize("method, copied_in, copied_out", [
    ("copy", LENGTH, LENGTH),
    ("sendfile", 0, 0),
    ("mmap", 0, LENGTH),
    ("splice", 0, 0),
    ("direct", 0, LENGTH),
    ("zerocopy", LENGTH, 0),
    ("uring", 0, 0),
    ("auto", 0, 0),
])
def test_copies_are_told(build_dir, tmp_path, method, copied_in, copied_out):
    lines, _ = trace(build_dir, tmp_path, method, "tcp", 0)
    if any(line.startswith("refused") for line in lines):
        pytest.skip(lines[0])
    bytes_ = printed(lines, "bytes")
    assert bytes_["bytes_sent"] == LENGTH
    # Where the share of locked memory is used up, a copy is sent, and told.
    pins = method in ("zerocopy", "uring")
    zero_copied = LENGTH - bytes_["bytes_copied_out"] if pins else LENGTH
    assert bytes_["bytes_copied_in"] == copied_in
    assert bytes_["bytes_copied_out"] == copied_out + LENGTH - zero_copied
    # Over loopback the kernel copies what it was asked to pin, all of it.
    assert bytes_["bytes_copied_by_kernel"] == (zero_copied if pins else 0)
