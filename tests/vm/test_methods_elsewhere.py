"""The contract of the methods on Debian's own kernel: tests/methods' programs in
a virtual machine, on ext4 (which lets O_DIRECT in) and on tmpfs (which does not)."""

import re

import pytest

from support import machine
from support.build import ROOT, method_names

pytestmark = pytest.mark.long

# (program, tests, file system). Under emulation a call takes twenty times as long.
# Left out: the streams of 2 GiB, the faults of system calls (200 s), files that
# another name takes over or none, and what needs a file that is out of memory:
# the disk here answers before one has asked.
RUNS = [
    ("delivery", "*", "disk"),
    ("file_events", "*: truncated*", "disk"),
    ("file_events", "*: grown", "disk"),
    ("threads", "*", "disk"),
    ("limits", "*: offsets_around_2_and_4_gib", "disk"),
    ("limits", "*: no_descriptor*", "disk"),
    ("faults", "*: nth_allocation_fails", "disk"),
    ("delivery", "*: sizes", "srv"),
]


def run_id(run):
    return "-".join(run)


@pytest.fixture(scope="module", name="printed")
def fixture_printed(debian_kernel, build_dir, tmp_path_factory):
    """What each run printed."""
    kernel = debian_kernel("linux-image-6.12-cloud-amd64")
    folder = tmp_path_factory.mktemp("vm")
    programs = [build_dir / f"tests/methods/{name}_test" for name in sorted({run[0] for run in RUNS})]
    script = "echo\nmodules virtio_blk\nbusybox mount -t ext4 /dev/vda /disk || exit 1\n"
    for number, (program, tests, place) in enumerate(RUNS):
        script += (f"cd /{place}; echo '=== {number}'\n"
                   f"METHOD_TESTS='{tests}' {program}_test 2>&1; echo \"=== exits $?\"\n")
    output = machine.boot(kernel, script, programs, ["virtio_blk"], folder,
                          disk=machine.disk_image(folder / "disk", 1 << 30))
    found = re.split(r"^=== (\d+)\n", output, flags=re.MULTILINE)
    return dict(zip(map(int, found[1::2]), found[2::2])), output


@pytest.mark.parametrize("number", range(len(RUNS)), ids=[run_id(run) for run in RUNS])
def test_every_method_keeps_the_contract(printed, number):
    runs, output = printed
    assert number in runs, output
    program, tests, _ = RUNS[number]
    source = (ROOT / f"tests/methods/{program}_test.c").read_text()
    wanted = [
        name for name in re.findall(r"METHOD_TEST\((\w+)\)", source)
        if re.fullmatch(tests.replace("*: ", "").replace("*", ".*"), name)]
    ended = set(re.findall(r"^\[       OK \] (.*)$", runs[number], re.MULTILINE))
    assert "=== exits 0\n" in runs[number], runs[number]
    assert ended == {f"{method}: {name}" for method in [*method_names(), "auto"] for name in wanted}
