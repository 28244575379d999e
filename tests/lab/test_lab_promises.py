"""What `sluice lab` says of how it measured, and what it does when something is wrong."""

import json
import os
import re
import shutil
import subprocess

import pytest

EXTRA_CALL = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count)
{
        syscall(SYS_getpid);
        return syscall(SYS_sendfile, out_fd, in_fd, offset, count);
}
ssize_t sendfile64(int, int, off_t *, size_t) __attribute__((alias("sendfile")));
"""


def exported(lab, tmp_path, *words, **arguments):
    path = tmp_path / "results.json"
    said = lab(*words, "--export-json", path, tmp_path, **arguments)
    return said, json.loads(path.read_text())


# ---- How it was measured ----

def test_cores_and_congestion_control_are_stated(lab, tmp_path):
    said, results = exported(lab, tmp_path, "-m", "sendfile", "-s", "1M", "--runs", 1)
    environment = results["environment"]
    assert environment["congestion_control"] in ("cubic", "reno")
    assert f"congestion control {environment['congestion_control']}; seed {results['seed']}" in said.stdout
    if len(os.sched_getaffinity(0)) > 1:
        assert environment["sender_core"] != environment["receiver_core"]
        assert re.search(r"Sender on core \d+, receiver on core \d+;", said.stdout)


def test_a_single_core_is_stated(sluice_binary, tmp_path):
    done = subprocess.run(
        ["taskset", "-c", str(min(os.sched_getaffinity(0))), sluice_binary, "lab", tmp_path, "-m", "sendfile", "-s",
         "1M", "--runs", "1"], capture_output=True, text=True, timeout=60, check=True)
    assert "Sender and receiver share the only core;" in done.stdout


def test_congestion_control_is_pinned(sluice_binary, tmp_path, has_sanitizers):
    if not shutil.which("strace") or has_sanitizers:
        pytest.skip("needs strace, and no sanitizer")
    log = tmp_path / "log"
    done = subprocess.run(["strace", "-f", "-o", log, "-e", "trace=setsockopt", sluice_binary, "lab", tmp_path, "-m",
                           "sendfile", "-s", "1M", "-c", "4", "--runs", "2"], capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    pinned = re.findall(r'^(\d+) .*TCP_CONGESTION, "(\w+)"', log.read_text(), re.MULTILINE)
    senders = [name for pid, name in pinned if pid != pinned[0][0]]  # the first asks what there is
    assert len(senders) == 4 * 3 and set(senders) <= {"cubic", "reno"}


@pytest.mark.parametrize("words, mode", [(["--quick"], "quick"), ([], "default")])
def test_fewer_runs_are_said_to_be_fewer(lab, tmp_path, words, mode):
    said, results = exported(lab, tmp_path, "-m", "sendfile", "-s", "1M", *words)
    assert results["mode"] == mode
    assert re.search(rf"^Mode {mode}: {results['runs_wanted']} runs a case wanted, \d+\.\d s a case; --full takes 10 "
                     "runs and 3 s at least$", said.stdout, re.MULTILINE)
    assert len(results["cases"][0]["samples"]) >= results["runs_wanted"]


def test_full_says_how_long_it_takes(sluice_binary, tmp_path):
    with subprocess.Popen([sluice_binary, "lab", tmp_path, "--full"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline()
        process.kill()
    assert re.match(r"sluice lab: 2\d\d cases of 3 s or 10 runs each, but in all no longer than 30 minutes$", line)


def test_full_takes_ten_runs_and_three_seconds(lab, tmp_path):
    said, results = exported(lab, tmp_path, "--full", "-m", "sendfile", "-s", "64K,16M", "-c", 1, "--cache", "warm")
    assert "Mode full: 10 runs a case wanted, 3.0 s a case\n" in said.stdout
    for case in results["cases"]:
        assert len(case["samples"]) >= 10
        # What is around a sample, such as connecting, is in its time.
        assert sum(sample["wall_seconds"] for sample in case["samples"]) > 0.3


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces are for root only")
@pytest.mark.alone  # another test looks for namespaces
def test_veth_is_measured(lab, tmp_path):
    said, results = exported(lab, tmp_path, "-m", "sendfile,copy:64K", "-s", "8M", "-c", "1,4", "--path",
                             "loopback,veth", "--runs", 2)
    assert {case["path"] for case in results["cases"]} == {"loopback", "veth"}
    assert "(8.0 MiB, warm, 4 connections, veth)" in said.stdout


def test_the_manual_names_every_field(lab, tmp_path, build_dir):
    _, results = exported(lab, tmp_path, "-m", "sendfile", "-s", "1M", "-c", 1, "--receiver", "discard", "--path",
                          "loopback,unix", "--runs", 1)
    case, skipped = results["cases"][0], results["skipped"][0]
    manual = set(re.findall(r"[a-z_]+", (build_dir / "man/sluice-lab.1").read_text()))
    for names in (results, results["environment"], case, case["samples"][0], skipped):
        assert set(names) <= manual


def test_baseline_says_what_changed(lab, tmp_path):
    words = ("-m", "sendfile,copy:4K", "-s", "4M", "--runs", 6)
    _, results = exported(lab, tmp_path, *words)
    for sample in results["cases"][0]["samples"]:
        sample["cpu_system_seconds"] += 1
    before = tmp_path / "before.json"
    before.write_text(json.dumps(results))
    said = lab(*words, "--baseline", before, tmp_path).stdout.split(f"Compared with {before}\n")[1]
    assert len(re.findall(r"  CPU .* better$", said, re.MULTILINE)) == 1


# ---- When something is wrong ----

@pytest.mark.skipif(os.geteuid() != 0, reason="for root only: the counts are not checked")
def test_a_call_that_was_not_counted_is_told_loudly(lab, tmp_path, has_sanitizers):
    said = lab("-m", "sendfile", "-s", "1M", "--runs", 1, tmp_path)
    if has_sanitizers or "Counts: not checked" in said.stdout:
        pytest.skip("the counts are not checked here")
    source, library = tmp_path / "extra.c", tmp_path / "extra.so"
    source.write_text(EXTRA_CALL)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    said = lab("-m", "sendfile", "-s", "1M", "--runs", 1, tmp_path, code=1, environment={"LD_PRELOAD": str(library)})
    assert "WRONG COUNTS, an error of sluice's" in said.stderr
    assert re.search(r"system calls: counted \d+, but the kernel saw \d+", said.stderr)
    assert "Counts: they differ from the kernel's" in said.stdout
