"""`sluice lab` from outside: its figures agree with each other, with what the
methods are known to do, and with what the kernel says of its processes."""

import contextlib
import csv
import json
import os
import pathlib
import pty
import re
import select
import statistics
import subprocess
import time

import pytest

from support.waiting import wait_until

GIB = 1 << 30
METHODS = "copy:4K,copy:64K,sendfile,mmap,splice,direct,zerocopy"
COPIES = {"copy": 2, "sendfile": 0, "mmap": 1, "splice": 0, "direct": 1}


class Run:
    """A run of a few methods: what it printed, and its files."""

    def __init__(self, lab, folder):
        self.paths = {kind: folder / f"results.{kind}" for kind in ("json", "csv", "markdown")}
        self.report = folder / "report"
        exports = [word for kind, path in self.paths.items() for word in (f"--export-{kind}", path)]
        self.done = lab("--methods", METHODS, "--size", "64K,8M", "--runs", 6, "--seed", 7,
                        "--report", self.report, *exports)
        self.results = json.loads(self.paths["json"].read_text())

    def case(self, method, size=8 << 20, buffer=None):
        for case in self.results["cases"]:
            if (case["method"], case["size_bytes"]) == (method, size) and buffer in (None, case["buffer_bytes"]):
                return case
        reasons = [skipped["reason"] for skipped in self.results["skipped"] if skipped["method"] == method]
        return pytest.skip(f"{method}: {reasons}")


@pytest.fixture(name="run", scope="module")
def fixture_run(lab, tmp_path_factory):
    return Run(lab, tmp_path_factory.mktemp("run"))


def sent(case):
    return sum(sample["counters"]["bytes_sent"] for sample in case["samples"])


def per_gib(case, count):
    return count * GIB / sent(case)


# ---- What a run says ----

def test_every_sample_is_kept_and_complete(run):
    assert run.results["schema"] == "sluice-lab/1"
    samples = [sample for case in run.results["cases"] for sample in case["samples"]]
    assert sorted(sample["order"] for sample in samples) == list(range(len(samples)))
    for case in run.results["cases"]:
        assert len(case["samples"]) == 6
        for sample in case["samples"]:
            assert sample["counters"]["bytes_sent"] == case["size_bytes"] * sample["transfers"]
            assert sample["counters"]["system_calls"] == sum(sample["calls"].values())
            assert 0 < sample["first_byte_seconds"] <= sample["wall_seconds"]
            assert sample["cpu_user_seconds"] + sample["cpu_system_seconds"] > 0


def test_text_says_what_the_file_says(run):
    blocks = run.done.stdout.split("\nCase ")[1:]
    assert len(blocks) == len(run.results["cases"])
    for block, case in zip(blocks, run.results["cases"]):
        rates = [sample["counters"]["bytes_sent"] / sample["wall_seconds"] / GIB for sample in case["samples"]]
        cpu = [(sample["cpu_user_seconds"] + sample["cpu_system_seconds"]) * GIB /
               sample["counters"]["bytes_sent"] for sample in case["samples"]]
        told = [float(number) for number in re.findall(r"(\d+\.\d{3}) (?:GiB/s|s/GiB)", block)]
        wanted = [statistics.mean(rates), statistics.stdev(rates), min(rates), max(rates),
                  statistics.mean(cpu), statistics.stdev(cpu)]
        assert told == pytest.approx(wanted, abs=0.0006)
        assert block.split(": ", 1)[1].startswith(case["method"])


def test_other_files_say_the_same(run):
    with open(run.paths["csv"], newline="") as file:
        lines = list(csv.DictReader(file))
    samples = [(case, sample) for case in run.results["cases"] for sample in case["samples"]]
    assert len(lines) == len(samples)
    for line, (case, sample) in zip(lines, samples):
        assert line["method"] == case["method"]
        assert float(line["wall_seconds"]) == pytest.approx(sample["wall_seconds"], abs=1e-9)
        assert int(line["system_calls"]) == sample["counters"]["system_calls"]
    table = run.paths["markdown"].read_text().splitlines()
    assert len(table) == 2 + len(run.results["cases"])
    assert (run.report / "index.html").exists()


def test_narration_is_not_in_the_results(run):
    assert run.done.stderr == ""
    assert "\033" not in run.done.stdout


def test_summary_holds_all_against_the_classic_loop(run):
    assert re.search(r"sendfile took \d\.\d\d \(\d\.\d\d … \d\.\d\d.*\) of copy 4K's CPU and ran \d+\.\d\d \(",
                     run.done.stdout)
    assert "Least CPU: 1. " in run.done.stdout


# ---- What is known of the methods ----

@pytest.mark.parametrize("method", COPIES)
def test_copies_of_a_byte(run, method):
    for sample in run.case(method)["samples"]:
        counters = sample["counters"]
        copied = sum(counters[name] for name in
                     ("bytes_copied_in", "bytes_copied_out", "bytes_copied_by_kernel"))
        assert copied == COPIES[method] * counters["bytes_sent"]


def test_kernel_copies_are_admitted(run):
    case = run.case("zerocopy")
    assert all(sample["counters"]["bytes_copied_by_kernel"] > 0 for sample in case["samples"])
    assert "although asked not to" in case["note"]


def test_sendfile_asks_a_hundred_times_less_than_the_classic_loop(run):
    loop, sendfile = run.case("copy", buffer=4096), run.case("sendfile")
    calls = [per_gib(case, sum(sample["counters"]["system_calls"] for sample in case["samples"]))
             for case in (loop, sendfile)]
    assert calls[0] >= 100 * calls[1]
    assert per_gib(loop, sum(sample["calls"]["pread64"] for sample in loop["samples"])) == GIB / 4096


@pytest.mark.skipif(os.geteuid() != 0, reason="for root only: the counts are NOT checked")
def test_counts_are_those_of_the_kernel(run):
    check = run.results["environment"]["count_check"]
    if check.startswith("not checked"):
        pytest.skip(f"the counts are NOT checked: {check}")
    assert check.startswith("equal to the kernel's") and check.endswith(", but for those that wait (ppoll, epoll_pwait)")


def test_waits_are_told_beside_the_calls(run):
    """A ring makes few calls, but waits for what it asked for."""
    blocks = run.done.stdout.split("\nCase ")[1:]
    for block, case in zip(blocks, run.results["cases"]):
        waits = statistics.mean(sample["counters"]["waits"] * GIB / sample["counters"]["bytes_sent"]
                                for sample in case["samples"])
        assert float(re.search(r"Calls \(per GiB\): .* and (\d+) waits\]", block)[1]) == pytest.approx(waits, abs=0.6)


def test_small_transfers_are_told_one_by_one(run):
    blocks = run.done.stdout.split("\nCase ")[1:]
    for block, case in zip(blocks, run.results["cases"]):
        sample = case["samples"][0]
        told = re.search(r"A transfer took: +([\d.]+) µs of CPU    \[([\d.]+) calls, ", block)
        if sample["transfers"] == 1:
            assert not told
            continue
        cpu = statistics.mean((one["cpu_user_seconds"] + one["cpu_system_seconds"]) / one["transfers"]
                              for one in case["samples"])
        assert float(told[1]) == pytest.approx(cpu * 1e6, abs=0.06)


def test_peak_memory_is_that_of_the_buffers(lab, tmp_path, has_sanitizers):
    if has_sanitizers:
        pytest.skip("a sanitizer has an allocator of its own")
    path = tmp_path / "results.json"
    lab("-m", "copy:64K,copy:2M,sendfile", "-s", "32M", "-c", "1,4", "--runs", 3, "--export-json", path)
    for case in json.loads(path.read_text())["cases"]:
        buffers = case["buffer_bytes"] * case["connections"]
        for sample in case["samples"]:
            assert buffers <= sample["peak_memory_bytes"] <= 1.5 * buffers + (256 << 10)


def test_a_run_that_waits_for_a_disk_says_how_long_for_the_first_byte(lab, tmp_path):
    """The first byte cannot come before it was read, the last not before the first."""
    path = tmp_path / "results.json"
    lab("-m", "sendfile,copy:4K", "-s", "16M", "--cache", "warm,cold", "--runs", 4, "--export-json", path, tmp_path)
    results = json.loads(path.read_text())
    if results["environment"]["file_system"] == "tmpfs":
        pytest.skip("a tmpfs has nothing but its cache")
    firsts = {(case["method"], case["cache"]): min(sample["first_byte_seconds"] for sample in case["samples"])
              for case in results["cases"]}
    for method in ("sendfile", "copy"):
        assert firsts[(method, "warm")] < firsts[(method, "cold")]


# ---- Order, caches, connections, paths ----

def order_of(results):
    samples = [(sample["order"], case["method"], case["buffer_bytes"], case["size_bytes"])
               for case in results["cases"] for sample in case["samples"]]
    return [sample[1:] for sample in sorted(samples)]


def test_order_is_random_interleaved_and_the_seed_s(lab, tmp_path):
    orders = []
    for seed in (1, 1, 2):
        path = tmp_path / "results.json"
        lab("-m", "sendfile,splice,copy:4K,copy:64K,mmap", "-s", "1M", "--runs", 3, "--seed", seed,
            "--export-json", path, "--style", "none")
        orders.append(order_of(json.loads(path.read_text())))
    assert orders[0] == orders[1] != orders[2]
    rounds = [orders[0][i:i + 5] for i in range(0, 15, 5)]
    assert all(len(set(one)) == 5 for one in rounds)
    assert rounds[0] != rounds[1] or rounds[1] != rounds[2]


def test_cold_is_cold(lab, tmp_path):
    path = tmp_path / "results.json"
    lab("-m", "sendfile,direct", "-s", "8M", "--cache", "warm,cold", "--runs", 2, "--export-json", path, tmp_path)
    results = json.loads(path.read_text())
    if results["environment"]["file_system"] == "tmpfs":
        pytest.skip("a tmpfs has nothing but its cache")
    for case in results["cases"]:
        growth = {sample["cache_growth_bytes"] for sample in case["samples"]}
        grows = case["method"] == "sendfile" and case["cache"] == "cold"
        assert all(bytes_ >= 8 << 20 for bytes_ in growth) if grows else growth == {0}


@pytest.mark.parametrize("connections", [16, 64])
@pytest.mark.parametrize("path", ["loopback", "unix"])
def test_many_connections(lab, tmp_path, path, connections):
    output = tmp_path / "results.json"
    lab("-m", "copy:4K,sendfile,splice,zerocopy", "-s", "64K,2M", "-c", connections, "--path", path, "--runs", 2,
        "--export-json", output)
    for case in json.loads(output.read_text())["cases"]:
        for sample in case["samples"]:
            assert sample["counters"]["bytes_sent"] == case["size_bytes"] * sample["transfers"]
            assert sample["transfers"] % connections == 0


def test_discarded(lab):
    said = lab("-m", "sendfile", "-s", "8M", "--receiver", "copy,discard", "--path", "loopback,unix", "--runs", 2)
    assert "1 connection, loopback, discarded)" in said.stdout
    assert re.search(r"Skipped\n  sendfile \(.*unix, discarded\): .*MSG_TRUNC", said.stdout)


def namespaces():
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(link))
        except OSError:  # it has ended
            pass
    return found


@pytest.mark.alone  # another test makes namespaces too
def test_veth_pair_is_gone_afterwards(lab, sluice_binary, tmp_path):
    if os.geteuid() != 0:
        said = lab("-m", "sendfile", "-s", "8M", "--path", "veth", "--runs", 1)
        assert "for root only" in said.stdout
        return
    before = namespaces()
    with subprocess.Popen([sluice_binary, "lab", tmp_path, "-m", "sendfile", "-s", "8M", "--path", "veth",
                           "--runs", "100000"], stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while len(namespaces() - before) < 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    wait_until(lambda: not namespaces() - before)
    assert list(tmp_path.iterdir()) == []


# ---- Files that were kept ----

def test_rerun_measures_the_same_and_compares(lab, run, tmp_path):
    path = tmp_path / "again.json"
    said = lab("rerun", run.paths["json"], "--folder", tmp_path, "--export-json", path)
    again = json.loads(path.read_text())
    assert order_of(again) == order_of(run.results)
    assert f"Compared with {run.paths['json']}" in said.stdout
    compared = lab("compare", run.paths["json"], path)
    assert compared.stdout.count("  rate  ") == len(again["cases"])


def test_a_run_is_no_different_from_itself(lab, run):
    said = lab("compare", run.paths["json"], run.paths["json"]).stdout
    assert said.count("no difference shown") == 2 * len(run.results["cases"])
    assert "Another" not in said
    assert lab("compare", run.paths["json"], run.paths["json"], "--style", "none").stdout == ""


def slowed(lab, run, tmp_path, cases):
    """What compare says of a run in which these cases take a hundred times as long."""
    slower = json.loads(json.dumps(run.results))
    for case in slower["cases"][cases]:
        for sample in case["samples"]:
            sample["wall_seconds"] *= 100
    path = tmp_path / "slower.json"
    path.write_text(json.dumps(slower))
    return lab("compare", run.paths["json"], path).stdout


def test_a_slower_case_is_called_worse(lab, run, tmp_path):
    said = slowed(lab, run, tmp_path, slice(3))
    assert said.count("  worse\n") == 3 and "all cases moved" not in said


def test_a_slower_machine_is_called_that(lab, run, tmp_path):
    said = slowed(lab, run, tmp_path, slice(None))
    assert "Rate: all cases moved the same way, to 0.01 of before: the machine, or what all have in common" in said
    assert "worse\n" not in said
    assert "intervals hold within a run" in said


def test_style(lab, tmp_path):
    words = ("-m", "sendfile", "-s", "1M", "--runs", 1, tmp_path)
    assert "\033[1m" in lab(*words, "--style", "full").stdout
    assert "\033" not in lab(*words, "--style", "basic").stdout
    assert lab(*words, "--style", "none").stdout == ""


def on_a_terminal(sluice_binary, folder, *words, **environment):
    """What `sluice lab` wrote to a terminal: (standard output, standard error)."""
    said = []
    pairs = [pty.openpty() for _ in range(2)]
    with subprocess.Popen([sluice_binary, "lab", folder, "-m", "sendfile", "-s", "1M", "--runs", "2", *words],
                          stdout=pairs[0][1], stderr=pairs[1][1], env={**os.environ, **environment}) as process:
        for ours, theirs in pairs:
            os.close(theirs)
        waiting = {ours: b"" for ours, _ in pairs}
        open_ends = set(waiting)
        while open_ends:
            for end in select.select(list(open_ends), [], [], 60)[0]:
                try:
                    block = os.read(end, 65536)
                except OSError:  # EIO: nobody holds the other end any more
                    block = b""
                waiting[end] += block
                if not block:
                    open_ends.remove(end)
        assert process.wait() == 0
    for ours, _ in pairs:
        said.append(waiting[ours].decode())
        os.close(ours)
    return said


def test_bar_and_colour_are_for_terminals(sluice_binary, tmp_path):
    output, error = on_a_terminal(sluice_binary, tmp_path)
    assert "\033[1m" in output and "#" not in output
    assert re.search(r"\[#*\.*\] +\d+ %.*s left", error)
    output, error = on_a_terminal(sluice_binary, tmp_path, NO_COLOR="1")
    assert "\033" not in output and "%" in error
    output, error = on_a_terminal(sluice_binary, tmp_path, NO_COLOR="")
    assert "\033[1m" in output
    output, error = on_a_terminal(sluice_binary, tmp_path, "--style", "basic")
    assert "\033" not in output and error == ""


@pytest.mark.parametrize("words", [
    ["--size", "0"], ["--size", "many"], ["--size", "1K,,2K"], ["--methods", "teleport"],
    ["--methods", "copy:0"], ["--connections", "0"], ["--connections", "1025"], ["--cache", "hot"],
    ["--path", "remote"], ["--receiver", "eat"], ["--style", "gaudy"], ["--runs", "0"],
    ["--to", "localhost:1", "--path", "unix"], ["one", "two"],
    ["compare"], ["compare", "one"], ["compare", "one", "two", "three"], ["rerun"],
    ["receive", "--port", "65536"], ["receive", "--bind", "unix:/x"],
    ["--to", "nonsense"], ["--to", "127.0.0.1:99999"], ["--to", "127.0.0.1:0"], ["--to", ":80"], ["--to", "::1:"],
    ["--quick", "--full"], ["--methods", "sendfile:4K"], ["--help", "bogus"], ["rerun", "--help=bogus"],
])
def test_wrong_command_lines(lab, words):
    done = lab(*words, code=2)
    assert done.stdout == "" and done.stderr.startswith("sluice lab")


@pytest.mark.parametrize("words, says", [
    (["--methods", ",".join(["sendfile"] * 17)], "at most 16 methods"),
    (["--size", "2T"], "at most 16 sizes from 1 to 1T"),
    (["--quick", "--full"], "--quick and --full exclude each other"),
    (["--to", "127.0.0.1:99999"], "a port from 1 to 65535"),
    (["explian"], "there is no folder 'explian': did you mean 'sluice lab explain'?"),
    (["polcy"], "did you mean 'sluice lab policy'?"),
    (["--help", "bogus"], "there is no help on 'bogus'"),
])
def test_wrong_command_lines_say_what_is_right(lab, words, says):
    assert says in lab(*words, code=2).stderr


@pytest.mark.parametrize("words, says", [
    (["/nowhere"], "cannot write a file"),
    (["--to", "127.0.0.1:1", "--size", "1M"], "Connection refused"),
    (["--to", "127.0.0.1:1", "--size", "1M"], "no receiver at 127.0.0.1:1: "),
    (["--to", "host.invalid:1", "--size", "1M"], "no receiver at host.invalid:1: "),
    (["compare", "/nowhere", "/nowhere"], "No such file"),
    (["rerun", "/etc/passwd"], "no JSON"),
])
def test_what_cannot_be_done(lab, words, says):
    assert says in lab(*words, code=1).stderr


# ---- Figures against the world ----

@contextlib.contextmanager
def crowd(count):
    """So many processes that want a core each, and get it as often as the lab does."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(subprocess.Popen(["sh", "-c", "while :; do :; done"]))
            stack.callback(one.kill)
        yield


@pytest.mark.alone
@pytest.mark.parametrize("others", [0, 12], ids=["quiet", "crowded"])
def test_default_run_is_short_and_shows_something(lab, tmp_path, has_sanitizers, others):
    """Where the machine is too busy for all cases, those that are there have runs enough."""
    if has_sanitizers:
        pytest.skip("a sanitizer takes its time")
    path = tmp_path / "results.json"
    with crowd(others):
        began = time.monotonic()
        said = lab("--export-json", path)
        taken = time.monotonic() - began
    # Others than this test's own crowd may be there, too.
    busy = others > 0 or os.getloadavg()[0] > 2 * len(os.sched_getaffinity(0))
    assert taken < (110 if busy else 20)
    measured, left_out = said.stdout.count("\nCase "), said.stdout.count("the machine was too busy")
    assert measured >= (2 if busy else 8)
    assert measured + left_out >= 16
    assert "too few runs" not in said.stdout
    assert all(len(case["samples"]) >= 6 for case in json.loads(path.read_text())["cases"])
    assert taken < 18 or "longer than planned, as fewer than 6 runs" in said.stderr


def cpu_seconds_of(name, parent):
    """What the scheduler says of the process of that name below parent."""
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "comm").read_text().strip() == name and \
                    int((path / "stat").read_text().rsplit(") ", 1)[1].split()[1]) == parent:
                return int((path / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            pass
    return 0


@pytest.mark.alone
@pytest.mark.parametrize("method", ["sendfile", "copy"])
def test_cpu_time_is_what_the_scheduler_says(sluice_binary, has_sanitizers, tmp_path, method):
    if has_sanitizers:
        pytest.skip("a sanitizer starts and ends processes at length")
    runs = 30
    output = tmp_path / "results.json"
    seen = 0
    with subprocess.Popen([sluice_binary, "lab", tmp_path, "-m", method, "-s", "128M", "--runs", str(runs),
                           "--style", "none", "--export-json", output]) as process:
        while process.poll() is None:
            seen = max(seen, cpu_seconds_of(method, process.pid))
            time.sleep(0.005)
        assert process.returncode == 0
    samples = json.loads(output.read_text())["cases"][0]["samples"]
    told = sum(sample["cpu_user_seconds"] + sample["cpu_system_seconds"] for sample in samples)
    # The round that was hashed is the outside measurement's alone.
    assert told == pytest.approx(seen * runs / (runs + 1), rel=0.1)
