"""The logs: their formats, where they go, opened anew, and a reader that is slow."""

import base64
import crypt
import datetime
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from support.files import write_random
from support.raw import connect, get, raw_request
from support.waiting import wait_until

STAMP = r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"


def lines_of(path, count, seconds=5):
    """The file's lines, once there are so many."""
    def lines():
        return path.read_text().splitlines() if path.exists() else []

    return wait_until(lambda: len(found := lines()) >= count and found, seconds, lines)


@pytest.fixture
def logged(site, server, tmp_path):
    """logged("json", ...): a server with its log in a file, and that file."""
    (site / "a.txt").write_bytes(b"hello")
    write_random(site / "big.bin", 1 << 20)
    path = tmp_path / "access.log"

    def start(form="sluice", *options, **arguments):
        # One worker: each writes its lines when it comes to it.
        given = ["--workers", "1", "--access-log", path, "--log-format", form, *options]
        return server(site, options=given, **arguments), path
    return start


def test_sluice(logged):
    running, path = logged()
    get(running, "/a.txt")
    get(running, "/big.bin", method="HEAD")
    get(running, "/big.bin")
    first, second, third = lines_of(path, 3)
    peer = r'127\.0\.0\.1 - - \[' + STAMP + r"\] "
    assert re.fullmatch(peer + r'"GET /a\.txt HTTP/1\.1" 200 5 memory \d+\.\d{3}ms', first), first
    assert re.fullmatch(peer + r'"HEAD /big\.bin HTTP/1\.1" 200 0 - \d+\.\d{3}ms', second), second
    assert re.fullmatch(peer + r'"GET /big\.bin HTTP/1\.1" 200 1048576 sendfile \d+\.\d{3}ms', third), third


def test_common_and_combined(logged):
    running, path = logged("common")
    get(running, "/a.txt", 'Referer: http://x/', "User-Agent: test")
    assert re.fullmatch(r'127\.0\.0\.1 - - \[' + STAMP + r'\] "GET /a\.txt HTTP/1\.1" 200 5', lines_of(path, 1)[0])
    running.stop()
    path.unlink()
    running, path = logged("combined")
    get(running, "/a.txt", "Referer: http://x/", 'User-Agent: "quoted" \\')
    get(running, "/a.txt")
    raw_request(running, b"bad\r\n\r\n")
    first, second, third = lines_of(path, 3)
    assert first.endswith(r'"GET /a.txt HTTP/1.1" 200 5 "http://x/" "\x22quoted\x22 \x5C"')
    assert second.endswith('200 5 "-" "-"') and ' 400 ' in third and third.endswith('"-" "-"')


def test_json(logged):
    running, path = logged("json")
    get(running, "/a.txt", "User-Agent: raw\u00e9 \"x\"", "Referer: http://x/")
    get(running, "/%0a")
    raw_request(running, b"\x00\r\n\r\n")
    first, second, third = map(json.loads, lines_of(path, 3))
    assert first["method"] == "GET" and first["target"] == "/a.txt" and first["protocol"] == "HTTP/1.1"
    assert first["user_agent"] == 'raw\\xE9 "x"' and first["referer"] == "http://x/" and first["host"] == "localhost"
    assert (first["status"], first["bytes"], first["way"], first["complete"]) == (200, 5, "memory", True)
    assert first["peer"] == "127.0.0.1" and isinstance(first["ms"], float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", first["time"])
    datetime.datetime.fromisoformat(first["time"])
    assert second["target"] == "/%0a" and third["status"] == 400 and "target" not in third
    assert "reason" not in first and third["line"] == "\0" and third["reason"].endswith(".")


def test_json_keeps_utf8(logged):
    running, path = logged("json")
    agent = "caf\u00e9 \u65e5 \U0001f600 \\"
    raw_request(running, f"GET /a.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: {agent} \u009b\r\n"
                         "Connection: close\r\n\r\n".encode() )
    raw = lines_of(path, 1)[0]
    assert json.loads(raw)["user_agent"] == agent + " \u009b" and "caf\u00e9" in raw and "\\u009B" in raw


@pytest.mark.parametrize("form", ["common", "combined", "sluice", "json"])
def test_who_has_logged_in(logged, tmp_path, form):
    names = tmp_path / "names"
    for name in ("jo", "a b", 'q"\u00e4'):
        hashed = crypt.crypt("secret", crypt.mksalt(crypt.METHOD_SHA256, rounds=1000))
        with open(names, "a", encoding="utf-8") as file:
            file.write(f"{name}:{hashed}\n")
    running, path = logged(form, "--htpasswd", names)

    def ask(name, password="secret"):
        given = base64.b64encode(f"{name}:{password}".encode()).decode()
        return get(running, "/a.txt", f"Authorization: Basic {given}").status
    assert [ask("jo"), ask("a b"), ask('q"\u00e4'), ask("jo", "wrong"), get(running, "/a.txt").status] == [
        200, 200, 200, 401, 401]
    lines = lines_of(path, 5)
    if form == "json":
        assert [json.loads(line).get("user") for line in lines] == ["jo", "a b", 'q"\u00e4', None, None]
    else:
        assert [line.split(" ")[2] for line in lines] == ["jo", "a\\x20b", "q\\x22\\xC3\\xA4", "-", "-"]
        assert all(line.split(" ")[3].startswith("[") for line in lines)


@pytest.mark.parametrize("form", ["common", "sluice", "json"])
def test_what_is_refused_is_shown(logged, form):
    running, path = logged(form, "--verbose")
    raw_request(running, b"GET /x HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n")
    raw_request(running, b"\x16\x03\x01" + b'"' * 300 + b"\r\n\r\n")
    # Of two workers the second may be first.
    first, second = sorted(lines_of(path, 2), key=lambda line: "/x" not in line)
    if form == "json":
        first, second = json.loads(first), json.loads(second)
        assert first["target"] == "/x" and first["reason"] and second["line"] == "\x16\x03\x01" + '"' * 197
    else:
        assert '"GET /x HTTP/1.1" 400 ' in first
        assert '"\\x16\\x03\\x01' + "\\x22" * 197 + '" 400 ' in second
    running.wait_for_log("refused a request of 127.0.0.1: 400, ", 'It began: "GET /x HTTP/1.1"')


def test_who_is_turned_away_is_told_of(site, server):
    (site / "a.txt").write_bytes(b"hello")
    for option, word in ((["--max-connections", "1", "--overload", "refuse"], "--max-connections"),
                         (["--max-per-address", "1"], "--max-per-address")):
        running = server(site, options=["--verbose", "--workers", "1", *option])
        with connect(running) as first:
            first.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            assert first.recv(12) == b"HTTP/1.1 200"
            with connect(running) as second:
                assert b" 503 " in second.recv(1000)
            running.wait_for_log("turned away 127.0.0.1: ", word)


def test_a_handshake_that_fails_is_told_of(site, secure_server):
    running = secure_server(site, options=["--verbose"])
    with socket.create_connection((running.host, running.port)) as connection:
        connection.sendall(b"\x16\x03\x01\x00\x05hello")
        running.wait_for_log("no TLS with 127.0.0.1: ", "")
    assert not any(line.endswith("127.0.0.1: ") for line in running.log_lines())


@pytest.mark.parametrize("form", ["sluice", "common", "combined", "json"])
def test_the_longest_request_is_cut_and_fits(logged, form):
    running, path = logged(form)
    get(running, "/" + "%FF" * 2000, "User-Agent: " + "\xff" * 4000, "Referer: " + '"' * 3000)
    assert 1000 < len(lines_of(path, 1)[0]) < 12000


def test_ipv6_peer(logged):
    running, path = logged(host="::1")
    get(running, "/a.txt")
    assert lines_of(path, 1)[0].startswith("::1 - - [")


def test_what_was_not_sent_whole_is_said(logged):
    running, path = logged("json")
    write_random(running.folder / "huge.bin", 32 << 20)
    with connect(running, receive_buffer=4096) as connection:
        connection.sendall(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(1000)
    line = json.loads(lines_of(path, 1)[0])
    assert line["complete"] is False and 0 < line["bytes"] < 32 << 20


def test_off_and_quiet(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"hello")
    off = server(site, options=["--access-log", "off"])
    quiet = server(site, options=["-q", "--access-log", tmp_path / "file"])
    for running in (off, quiet):
        get(running, "/a.txt")
    lines_of(tmp_path / "file", 1)
    assert off.stdout_path.read_text() == "" and quiet.output() == ""


def test_rotated(logged):
    running, path = logged()
    for i in range(5):
        get(running, "/a.txt")
        lines_of(path, 1)
        os.rename(path, f"{path}.{i}")
        running.signal(signal.SIGUSR1)
        wait_until(path.exists, 5)
        time.sleep(0.1)
    get(running, "/a.txt")
    assert len(lines_of(path, 1)) == 1
    assert sum(1 for fd in running.fds().values() if "access.log" in fd) == 1


def test_a_file_that_cannot_be_opened_anew_changes_nothing(logged):
    running, path = logged()
    get(running, "/a.txt")
    lines_of(path, 1)
    os.rename(path, f"{path}.1")
    path.mkdir()
    running.signal(signal.SIGUSR1)
    running.wait_for_log("cannot open the log")
    get(running, "/a.txt")
    lines_of(path.parent / "access.log.1", 2)


def test_a_log_in_no_folder_is_an_error(sluice_binary, site):
    result = subprocess.run([sluice_binary, "serve", site, "-p", "0", "--access-log", "/nowhere/log"],
                            capture_output=True, text=True, timeout=10, check=False)
    assert result.returncode == 1 and "/nowhere/log" in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.path.exists("/dev/log") or os.getuid() != 0, reason="the system's own log listens")
def test_syslog(logged, site, server):
    del logged
    (site / "a.txt").write_bytes(b"hello")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        try:
            log.settimeout(5)
            running = server(site, options=["--access-log", "syslog"])
            for _ in range(3):
                get(running, "/a.txt")
                assert re.match(rb'<30>sluice: 127\.0\.0\.1 - - .*"GET /a\.txt HTTP/1\.1" 200 5', log.recv(2000))
        finally:
            os.unlink("/dev/log")


def test_error_log_apart(site, server, tmp_path):
    write_random(site / "big.bin", 1 << 20)
    path = tmp_path / "error.log"
    # On tmpfs or not: zerocopy over a unix socket always gives way.
    running = server(site, unix_path=tmp_path / "socket", method="zerocopy",
                     options=["-v", "--error-log", path])
    get(running, "/big.bin")
    assert "gave way" in lines_of(path, 1)[0]
    assert "gave way" not in running.output() and "serves" in running.output()


def test_a_reader_that_does_not_read_holds_nothing_up(site, server, tmp_path):
    """The pipe is full; answers come all the same."""
    (site / "a.txt").write_bytes(b"hello")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        running = server(site, options=["--access-log", fifo])
        with connect(running) as connection:
            for _ in range(200):
                connection.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n" * 10)
                answered = 0
                while answered < 10:
                    answered += connection.recv(1 << 20).count(b"hello")
    finally:
        os.close(reader)


@pytest.mark.parametrize("form", ["sluice", "combined", "json"])
def test_full_disk(site, server, form):
    (site / "a.txt").write_bytes(b"hello")
    running = server(site, options=["--access-log", "/dev/full", "--log-format", form])
    for _ in range(50):
        assert get(running, "/a.txt").status == 200
    line = running.wait_for_log("cannot write the log '/dev/full': No space left on device")
    assert running.log_lines().count(line) == 1


@pytest.fixture
def clogged(site, server, tmp_path):
    """A server whose log is a FIFO that is full and that nobody reads."""
    (site / "a.txt").write_bytes(b"hello")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    filled = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    while True:
        try:
            os.write(filled, b"x" * 4096)
        except BlockingIOError:
            break
    os.close(filled)
    running = server(site, options=["-q", "--access-log", fifo])
    get(running, "/a.txt")
    time.sleep(0.3)  # the log's thread writes
    yield running
    os.close(reader)


def test_a_log_that_nobody_reads_does_not_keep_the_server(clogged):
    began = time.monotonic()
    clogged.signal(signal.SIGTERM)
    assert clogged.wait() == 0
    assert time.monotonic() - began < 5


def test_a_log_that_nobody_reads_is_opened_anew(clogged):
    for _ in range(3):
        clogged.signal(signal.SIGUSR1)
        time.sleep(0.1)
    assert get(clogged, "/a.txt").status == 200
    clogged.signal(signal.SIGTERM)
    assert clogged.wait() == 0


def test_a_stop_waits_for_a_slow_reader_of_the_log(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"hello")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    running = server(site, options=["-q", "--access-log", fifo])
    with connect(running) as connection:
        for _ in range(300):
            connection.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n" * 10)
            answered = 0
            while answered < 10:
                answered += connection.recv(1 << 20).count(b"hello")
    running.signal(signal.SIGTERM)
    lines = 0
    while running.process.poll() is None:
        time.sleep(0.2)
        try:
            lines += os.read(reader, 20000).count(b"\n")
        except BlockingIOError:
            pass
    while data := os.read(reader, 1 << 20):
        lines += data.count(b"\n")
    os.close(reader)
    assert lines == 3000


def test_a_disk_that_was_full_says_what_it_has_cost(site, server, tmp_path):
    """One disk so small that a line does not fit whole: it stays by itself."""
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: A SMALL DISK CANNOT BE MOUNTED HERE")
    (site / "a.txt").write_bytes(b"hello")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], check=True)
    try:
        # The second page is nearly full: part of a line fits.
        log, ballast = disk / "access.log", disk / "ballast"
        ballast.write_bytes(b"x" * 4096)
        log.write_bytes(b"y" * 4049 + b"\n")
        running = server(site, options=["--access-log", log, "--log-format", "common"])
        for _ in range(20):
            get(running, "/a.txt")
            time.sleep(0.06)
        running.wait_for_log("cannot write the log", "access.log': No space left on device")
        ballast.unlink()
        get(running, "/a.txt")
        running.wait_for_log("access.log' can be written again: 20 lines are lost")
        get(running, "/a.txt")
        running.stop()
        torn, *whole = log.read_text().splitlines()[1:]
        assert len(torn) == 46 and len(whole) == 2
        assert all(line.startswith("127.0.0.1 - - [") and line.endswith(" 200 5") for line in whole)
        assert "\n\n" not in log.read_text()
        assert running.output().count("sluice: cannot write the log") == 1
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
