"""`sluice lab explain`: what it draws is what was counted, and it fits the terminal."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

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
    for method in ("teleport", "copy:", "copy:many", "copy:0", "sendfile:4K", "splice:4K"):
        explain(method, code=2)


def test_encryption_is_drawn(drawn, explain):
    said = drawn("copy+tls:64K")
    assert "TLS records" in said and "encrypted" in said and "2.00 copies a byte" in said
    calls = dict(re.findall(r"(\w+) (\d+)", said.split("The calls:")[1].split("The waits:")[0]))
    # One for each buffer; the socket may ask for some more.
    assert calls["pread64"] == "64" and int(calls["sendto"]) >= 64
    assert "auto takes it" in said or "auto takes sendfile+ktls" in said


def test_what_is_taken_is_what_can_be(explain):
    """Not a method whose encryption was just said to be impossible."""
    for word in ("sendfile+ktls", "copy+ktls", "copy+tls", "sendfile+tls"):
        said = " ".join(explain(word).split())
        if "No drawing" in said:
            assert "auto takes it" not in said
        if "no kernel TLS" in said:
            assert re.search(r"auto takes (it|copy\+tls), as there is no kernel TLS \(\w", said)
            assert word == "copy+tls" or "auto takes copy+tls" in said
        else:
            assert "auto takes it" in said if word == "sendfile+ktls" else "auto takes sendfile+ktls" in said


def on_a_terminal(sluice_binary, folder, columns, *words):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([sluice_binary, "lab", "explain", *words], stdout=theirs, stderr=subprocess.DEVNULL,
                          cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # EIO: nobody holds the other end any more
                break
            said += block
        assert process.wait() == 0
    os.close(ours)
    return said.decode()


@pytest.mark.parametrize("columns", [50, 75, 76])
def test_a_narrow_terminal_gets_lines_instead_of_a_drawing(sluice_binary, tmp_path, columns):
    said = on_a_terminal(sluice_binary, tmp_path, columns, "copy:4K")
    assert max(map(len, said.splitlines())) <= columns
    assert ("┌" in said) == (columns >= 76)
    if columns < 76:
        assert "page cache to buffer: CPU copy" in said
        assert f"this one has {columns}" in " ".join(said.split())


def test_encryption_that_cannot_be_says_why(explain):
    assert "No drawing:      the kernel hands over pages, and OpenSSL wants bytes" in explain("sendfile+tls")
    for word in ("copy+", "copy+ssl", "copy:4K+tls", "none+tls"):
        assert explain(word, code=2) == ""
