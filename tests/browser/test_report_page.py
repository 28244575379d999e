"""The report page in Chromium: loads from a file, says nothing on the console, asks
for nothing else, its numbers are those of the JSON, and it can be used without a
mouse or a picture. The screenshots are in the build's folder browser/seen."""

import fcntl
import json
import math
import pathlib
import re
import shutil
import statistics
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

import made_results

HERE = pathlib.Path(__file__).parent
GIB = 1 << 30
PAGE_MAX = 500 << 10
SERIOUS = {"serious", "critical"}


def write_report(sluice_binary, folder, results, name="report"):
    source = folder / f"{name}.json"
    source.write_text(json.dumps(results))
    target = folder / name
    subprocess.run([sluice_binary, "lab", "report", source, "--report", target], check=True, timeout=60)
    return target


@pytest.fixture(scope="module", name="results")
def fixture_results():
    return made_results.make()


@pytest.fixture(scope="module", name="report")
def fixture_report(sluice_binary, tmp_path_factory, results):
    return write_report(sluice_binary, tmp_path_factory.mktemp("results"), results)


@pytest.fixture(scope="session", name="modules")
def fixture_modules(build_dir):
    """Where package.json's modules are; installed once, and again when it changes."""
    folder = build_dir / "browser"
    folder.mkdir(exist_ok=True)
    if not shutil.which("npm"):
        pytest.skip("npm is not installed: scripts/setup test")
    wanted = (HERE / "package.json").read_bytes()
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = folder / "installed.json"
        if not mark.exists() or mark.read_bytes() != wanted:
            (folder / "package.json").write_bytes(wanted)
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=folder,
                capture_output=True, text=True, timeout=300, check=False)
            if done.returncode != 0:
                pytest.skip(f"THE PAGE WAS NOT TESTED: npm install failed: {done.stderr[-500:]}")
            mark.write_bytes(wanted)
    return folder


def look(modules, page, folder):
    """What inspect.js saw."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("THE PAGE WAS NOT TESTED: chromium is not installed: scripts/setup test")
    done = subprocess.run(["node", HERE / "inspect.js", chromium, page, folder], cwd=modules,
                          capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", name="seen")
def fixture_seen(modules, report):
    folder = modules / "seen"
    folder.mkdir(exist_ok=True)
    return look(modules, report / "index.html", folder)


def median(one, of):
    return statistics.median(of(sample) for sample in one["samples"])


def throughput(sample):
    return sample["counters"]["bytes_sent"] / sample["wall_seconds"]


def cpu(sample):
    return (sample["cpu_user_seconds"] + sample["cpu_system_seconds"]) / (sample["counters"]["bytes_sent"] / GIB)


def calls(sample):
    return sample["counters"]["system_calls"] / (sample["counters"]["bytes_sent"] / GIB)


def waits(sample):
    return sample["counters"]["waits"] / (sample["counters"]["bytes_sent"] / GIB)


def copies(sample):
    copied = sum(sample["counters"][name] for name in (
        "bytes_copied_in", "bytes_copied_out", "bytes_copied_by_kernel"))
    return copied / sample["counters"]["bytes_sent"]


# ---- The files; no browser ----

def test_page_is_small_and_stands_alone(report):
    page = (report / "index.html").read_text()
    assert len(page.encode()) < PAGE_MAX
    for outside in ("src=", "@import", "http-equiv", "url(http"):
        assert outside not in page


@pytest.mark.parametrize("paths", [1, 6])
def test_page_of_many_cases_is_small(sluice_binary, tmp_path, paths):
    """As `sluice lab --full` and more: what does not fit is said, never silently left out."""
    results = made_results.make(runs=20)
    for one in results["cases"][:]:
        for connections in range(2, 2 + 5 * paths):
            results["cases"].append({**one, "connections": connections})
    page = write_report(sluice_binary, tmp_path, results) / "index.html"
    assert page.stat().st_size < PAGE_MAX
    assert f'"case_count":{len(results["cases"])}' in page.read_text()


def test_results_are_kept_as_they_were(report, results):
    kept = json.loads((report / "results.json").read_text())
    assert kept["cases"] == results["cases"]
    assert kept["environment"] == results["environment"]


def test_every_case_of_the_main_conditions_is_drawn(report, results):
    drawn = {path.name for path in report.glob("path-*.svg")}
    names = {"copy-4k", "copy-64k", "copy-1m", "sendfile", "mmap", "splice", "direct", "zerocopy"}
    assert drawn == {f"path-{name}-{cache}-loopback.svg" for name in names for cache in ("warm", "cold")}
    for path in report.glob("path-*.svg"):
        ElementTree.parse(path)


def test_drawings_say_what_the_json_says(report, results):
    """The classic pair: 2 copies and 524,289 calls against none and 513."""
    copy = (report / "path-copy-4k-warm-loopback.svg").read_text()
    assert "2.00 copies a byte" in copy and "524,289 system calls" in copy
    sendfile = (report / "path-sendfile-warm-loopback.svg").read_text()
    assert "0.00 copies a byte" in sendfile and "513 system calls" in sendfile
    assert "nothing was read" in sendfile
    cold = (report / "path-sendfile-cold-loopback.svg").read_text()
    assert "disk to page cache: read by DMA, 1.0 GiB" in cold
    direct = (report / "path-direct-cold-loopback.svg").read_text()
    assert "disk to buffer: read by DMA, 1.0 GiB" in direct
    # Past the page cache, and yet no disk counted it: then it is not known.
    direct = (report / "path-direct-warm-loopback.svg").read_text()
    assert "disk to buffer: from the disk, not counted" in direct


def test_bad_results_are_refused(sluice_binary, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"schema": "sluice-lab/1"}')
    done = subprocess.run([sluice_binary, "lab", "report", broken, "--report", tmp_path / "x"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "sluice lab report: " in done.stderr
    assert not (tmp_path / "x").exists()


# ---- In the browser ----

def test_nothing_on_the_console_and_nothing_from_elsewhere(seen, report):
    assert seen["console"] == []
    assert set(seen["requests"]) == {(report / "index.html").as_uri()}


def test_numbers_are_those_of_the_json(seen, results):
    rows = seen["figures"]
    assert len(rows) == len(results["cases"])
    for row, one in zip(rows, results["cases"]):
        assert int(row["size"]["value"]) == one["size_bytes"]
        assert row["label"]["value"].split()[0] == one["method"]
        assert int(row["runs"]["value"]) == len(one["samples"])
        for column, of in (("throughput", throughput), ("cpu", cpu), ("calls", calls), ("waits", waits), ("copies", copies)):
            assert math.isclose(float(row[column]["value"]), median(one, of), rel_tol=1e-6), (column, one["method"])


def test_what_is_shown_is_the_value(seen):
    """Three digits of it, between the ends of its interval."""
    for row in seen["figures"]:
        value, low, high = (float(word.strip("[]").replace(",", ""))
                            for word in row["throughput"]["shown"].replace("–", " ").split())
        assert math.isclose(value, float(row["throughput"]["value"]) / GIB, rel_tol=5e-3)
        assert low <= value <= high


def test_summary_follows_the_conditions(seen, results):
    assert len(seen["conditions"]) == 6
    big = {row["label"]["value"]: row for row in seen["summary"]}
    small = {row["label"]["value"]: row for row in seen["other_summary"]}
    assert set(big) == set(small) and len(big) == 8
    for rows, size in ((big, GIB), (small, 64 << 10)):
        one = next(one for one in results["cases"] if one["method"] == "sendfile"
                   and one["size_bytes"] == size and one["cache"] == "warm")
        assert math.isclose(float(rows["sendfile"]["throughput"]["value"]), median(one, throughput), rel_tol=1e-6)
    assert any(said.startswith("sendfile: took 0.1") for said in seen["sentences"])


def test_all_is_there(seen, results):
    assert seen["charts"] == 4
    assert len(seen["drawings"]) == 16
    assert seen["skipped"][0]["reason"]["value"] == results["skipped"][0]["reason"]
    for value in ("Linux 6.18.5 x86_64", "ext4", "cubic", "spectre_v2", results["environment"]["processor"]):
        assert value in seen["environment"]


def test_no_list_of_calls_is_wider_than_its_box(seen):
    assert seen["squeezed"] == []


def test_tables_sort_by_keyboard(seen):
    assert seen["sorted"]["rising"] == sorted(seen["sorted"]["rising"])
    assert seen["sorted"]["falling"] == sorted(seen["sorted"]["falling"], reverse=True)
    assert seen["sorted"]["said"] == "descending"


def test_no_serious_finding_of_accessibility(seen):
    for view, found in seen["axe"].items():
        assert seen["passes"][view] > 20
        assert [one for one in found if one["impact"] in SERIOUS] == [], view


def test_nothing_is_wider_than_the_window(seen):
    assert seen["overflow"] == {"light": 0, "dark": 0, "phone": 0, "phone-dark": 0}


def test_small_results_travel_in_the_page(sluice_binary, tmp_path):
    results = made_results.make(runs=2)
    folder = write_report(sluice_binary, tmp_path, results)
    page = (folder / "index.html").read_text()
    kept = page.split('id="results-data">')[1].split("</script>")[0]
    assert json.loads(kept)["cases"] == results["cases"]


# ---- A run that was really made ----

@pytest.fixture(scope="module", name="real")
def fixture_real(sluice_binary, has_sanitizers, tmp_path_factory):
    if has_sanitizers:
        pytest.skip("a sanitizer makes calls of its own, and the lab finds them")
    folder = tmp_path_factory.mktemp("real")
    subprocess.run(
        [sluice_binary, "lab", "--methods", "copy:4K,sendfile,mmap", "--size", "1M", "--cache", "warm,cold",
         "--runs", "4", "--style", "none", "--report", folder / "report", folder],
        check=True, timeout=60)
    return folder / "report"


def test_real_run_is_drawn(real):
    """The bar of the issue: copies a byte 2, 1 and 0; a hundred times fewer calls."""
    said = {name: (real / f"path-{name}-warm-loopback.svg").read_text() for name in ("copy-4k", "mmap", "sendfile")}
    for name, copied in (("copy-4k", "2.00"), ("mmap", "1.00"), ("sendfile", "0.00")):
        assert f"{copied} copies a byte by the CPU" in said[name]
    counts = {name: int(re.search(r">([\d,]+) system calls \+ ", text)[1].replace(",", "")) for name, text in said.items()}
    assert counts["copy-4k"] >= 100 * counts["sendfile"]


def test_real_run_is_shown(modules, real, tmp_path):
    seen = look(modules, real / "index.html", tmp_path)
    results = json.loads((real / "results.json").read_text())
    assert seen["console"] == []
    assert len(seen["figures"]) == len(results["cases"]) == 6
    for row, one in zip(seen["figures"], results["cases"]):
        assert math.isclose(float(row["throughput"]["value"]), median(one, throughput), rel_tol=1e-6)
        assert math.isclose(float(row["cpu"]["value"]), median(one, cpu), rel_tol=1e-6)
    assert json.loads(seen["kept"]) == results
