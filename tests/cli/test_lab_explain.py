"""`sluice lab explain`: what it draws is what was counted, and it fits the terminal."""

import os
import re
import subprocess

import pytest

METHODS = ["copy", "sendfile", "mmap", "splice", "direct", "zerocopy", "uring"]
COLUMNS = 76


@pytest.fixture(name="explain")
def fixture_explain(sluice_binary, tmp_path):
    def run(*words, locale="C.UTF-8", code=0):
        done = subprocess.run(
            [sluice_binary, "lab", "explain", *words], capture_output=True, timeout=60, check=False,
            cwd=tmp_path, env={**os.environ, "LC_ALL": locale})
        assert done.returncode == code, done.stderr
        return done.stdout.decode()
    return run


@pytest.fixture(name="drawn")
def fixture_drawn(explain):
    """The explanation of a method that works here; else the test is skipped."""
    def run(method, **options):
        said = explain(method, **options)
        if "No drawing:" in said:
            pytest.skip(said)
        return said
    return run


@pytest.mark.parametrize("method", [*METHODS, "copy+tls", "direct+tls"])
def test_drawing_fits_and_its_calls_add_up(drawn, method):
    said = drawn(method)
    assert max(len(line) for line in said.splitlines()) <= COLUMNS
    total = int(re.search(r"([\d,]+) system calls", said)[1].replace(",", ""))
    listed = re.search(r"The calls:(.*?)The waits:", said, re.DOTALL)[1]
    counts = re.findall(r"[a-z_0-9]+\s+([\d,]+)(?:,|\s)", listed)
    assert sum(int(count.replace(",", "")) for count in counts) == total
    waits = re.search(r"system calls \+ ([\d,]+) waits", said)[1]
    assert re.search(r"The waits:\s+([\d,]+), in calls of their own", said)[1] == waits
    assert "Choose it when:" in said and "But not when:" in said and "auto takes " in said
    assert "\033" not in said, "no colour where there is no terminal"


@pytest.mark.parametrize("method, copies", [
    ("copy", "2.00"), ("sendfile", "0.00"), ("mmap", "1.00"), ("splice", "0.00"), ("direct", "1.00")])
def test_copies_are_those_of_the_method(drawn, method, copies):
    said = drawn(method)
    assert f"{copies} copies a byte by the CPU" in said
    # The arrows; the legend has one as well.
    assert said.count("CPU copy") == int(float(copies))


def test_zerocopy_admits_what_the_kernel_copied(drawn):
    said = drawn("zerocopy")
    assert "copied by the kernel" in said
    assert "2.00 copies a byte" in said


@pytest.mark.parametrize("words, locale", [(["copy"], "C"), (["copy", "--ascii"], "C.UTF-8"), ([], "C")])
def test_ascii_where_asked_for_or_nothing_else_is_there(explain, words, locale):
    assert explain(*words, locale=locale).isascii()


def test_unicode_elsewhere(explain):
    assert "┌" in explain("copy")


def test_table_has_every_method_and_marks_the_choice(explain):
    table = explain().split("\n\n")[0].splitlines()[1:]
    rows = [row.split() for row in table if not row.startswith(" ")]
    assert [row[0] for row in rows] == METHODS
    assert [row[0] for row in rows if row[1] == "*"] == ["sendfile"]


def test_buffer_of_a_size(explain):
    """The classic loop: a read and a write for each 4 KiB of the 4 MiB."""
    said = explain("copy:4K")
    assert said.startswith("copy 4K\n")
    assert "pread64 1,024" in said and "2.00 copies a byte" in said


def test_unknown_method(explain):
    for method in ("teleport", "copy:", "copy:many", "copy:0"):
        explain(method, code=2)


def test_encryption_is_drawn(drawn, explain):
    said = drawn("copy+tls:64K")
    assert "TLS records" in said and "encrypted" in said and "2.00 copies a byte" in said
    calls = dict(re.findall(r"(\w+) (\d+)", said.split("The calls:")[1].split("The waits:")[0]))
    # One for each buffer; the socket may ask for some more.
    assert calls["pread64"] == "64" and int(calls["sendto"]) >= 64
    assert "auto takes it" in said


def test_encryption_that_cannot_be_says_why(explain):
    assert "No drawing:      the kernel hands over pages" in explain("sendfile+tls")
    for word in ("copy+", "copy+ssl", "copy:4K+tls", "none+tls"):
        assert explain(word, code=2) == ""
