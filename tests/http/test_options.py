"""The command line, the banner, the log, the signals."""

import contextlib
import hashlib
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from support.build import method_names
from support.files import write_random
from support.ports import lease_port
from support.raw import connect, get, parse_response, raw_request, receive_all
from support.server import Server


def run(binary, *arguments, timeout=10):
    return subprocess.run([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout, check=False)


@pytest.mark.parametrize("arguments", [
    ["serve", "--nonsense"], ["serve", "-p"], ["serve", "-p", "http"], ["serve", "-p", "70000"],
    ["serve", "-p", "-1"], ["serve", "--workers", "-1"], ["serve", "--workers", "x"],
    ["serve", "--method", "teleport"], ["serve", ".", "."], ["frobnicate"],
    ["serve", "-b", "not an address"],
])
def test_wrong_usage_is_one_line_and_exit_2(sluice_binary, arguments):
    result = run(sluice_binary, *arguments)
    assert result.returncode == 2, result.stderr
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1, result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"], ["serve", "-h"]])
def test_help_goes_to_stdout(sluice_binary, arguments):
    result = run(sluice_binary, *arguments)
    assert (result.returncode, result.stderr) == (0, "") and "serve" in result.stdout


def test_help_names_every_option(sluice_binary):
    text = run(sluice_binary, "serve", "--help", "all").stdout
    for option in ("--port", "--bind", "--workers", "--method", "--congestion", "-q", "-v", "-h"):
        assert option in text, option


def test_version(sluice_binary, project_root):
    version = re.search(r"version: '([^']+)'", (project_root / "meson.build").read_text())[1]
    result = run(sluice_binary, "--version")
    assert result.returncode == 0 and version in result.stdout


@pytest.mark.parametrize("path", ["nowhere", "fifo"])
def test_path_that_cannot_be_served(sluice_binary, tmp_path, path):
    os.mkfifo(tmp_path / "fifo")
    result = run(sluice_binary, "serve", tmp_path / path, "-p", "0")
    assert result.returncode == 1 and path in result.stderr and len(result.stderr.splitlines()) == 1


def test_busy_port_is_a_clear_error(sluice_binary, site):
    lease = lease_port()
    with socket.create_server(("127.0.0.1", lease.port)):
        result = run(sluice_binary, "serve", site, "-b", "127.0.0.1", "-p", lease.port)
    lease.release()
    assert result.returncode == 1
    assert str(lease.port) in result.stderr and "in use" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_second_server_on_the_same_port_is_refused(sluice_binary, small_site):
    # Both would set SO_REUSEPORT and share the connections.
    result = run(sluice_binary, "serve", small_site.folder, "-b", "127.0.0.1", "-p", small_site.server.port)
    assert result.returncode == 1 and "in use" in result.stderr


def test_busy_port_on_a_terminal_takes_the_next(sluice_binary, site):
    """Unless it was asked for: then a person wants it, or an error."""
    main, terminal = pty.openpty()
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # busy already: just as well
            held.enter_context(socket.create_server(("127.0.0.1", 8080)))
        process = subprocess.Popen([sluice_binary, "serve", site, "-b", "127.0.0.1"],
                                   stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        try:
            shown = ""
            deadline = time.monotonic() + 10
            while not re.search(r"127\.0\.0\.1:(\d+)", shown) and time.monotonic() < deadline:
                shown += os.read(main, 4096).decode()
            port = int(re.search(r"127\.0\.0\.1:(\d+)", shown)[1])
            assert 8080 < port < 8180
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        finally:
            process.terminate()
            process.wait(timeout=10)
            os.close(main)


def test_banner_says_what_is_served_where_and_how(small_site):
    shown = small_site.server.output()
    assert str(small_site.folder) in shown
    assert f"http://127.0.0.1:{small_site.server.port}" in shown
    assert "sendfile" in shown  # what auto takes for a file here ...
    assert "page" in shown  # ... and why


def test_quiet_says_nothing(site, server):
    running = server(site, options=["-q"])
    assert get(running, "/nowhere").status == 404
    time.sleep(0.2)
    assert running.output() == ""


def test_a_log_line_for_each_response(small_site):
    get(small_site.server, "/small.bin")
    get(small_site.server, "/small.bin", "Range: bytes=0-9")
    get(small_site.server, "/nowhere")
    get(small_site.server, "/big.bin")
    line = small_site.server.wait_for_log("/small.bin", "200", "1000")
    assert re.search(r"\d+(\.\d+)? ?(ns|us|µs|ms|s)\b", line), line
    small_site.server.wait_for_log("/small.bin", "206", "10")
    small_site.server.wait_for_log("/nowhere", "404")
    small_site.server.wait_for_log("/big.bin", "200", "sendfile")
    raw_request(small_site.server, b"bad\r\n\r\n")
    small_site.server.wait_for_log("400")


def test_log_keeps_to_one_line_whatever_the_target(small_site):
    get(small_site.server, "/%0a%0dFAKE%1b[31m")
    small_site.server.wait_for_log("FAKE")
    assert "\x1b" not in small_site.server.output()
    assert not any(line.startswith("FAKE") for line in small_site.server.log_lines())


@pytest.mark.parametrize("method", ["auto", *method_names()])
def test_method_option(site, server, random_file, method):
    path, _ = random_file("file.bin", (1 << 20) + 123)
    running = server(site, method=method)
    assert get(running, "/file.bin").body == path.read_bytes()
    assert get(running, "/file.bin", "Range: bytes=4097-99999").body == path.read_bytes()[4097:100000]
    if method != "auto":
        running.wait_for_log("/file.bin", method)


def test_unknown_method_says_where_the_known_are(sluice_binary, site):
    assert "sluice doctor" in run(sluice_binary, "serve", "--method", "teleport").stderr
    listed = run(sluice_binary, "doctor", site).stdout
    assert all(name in listed for name in method_names())


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers(small_site, server, workers):
    running = server(small_site.folder, options=["--workers", workers])
    for _ in range(20):
        assert get(running, "/small.bin").status == 200
    assert len(os.listdir(f"/proc/{running.pid}/task")) >= workers


@pytest.mark.parametrize("name", ["auto", "cubic", "reno"])
def test_congestion_option(small_site, server, name):
    assert get(server(small_site.folder, options=["--congestion", name]), "/big.bin").status == 200


def test_unknown_congestion_control_is_refused(sluice_binary, site):
    result = run(sluice_binary, "serve", site, "-p", "0", "--congestion", "warp")
    assert result.returncode in (1, 2) and "warp" in result.stderr


def test_unix_socket(small_site, server, tmp_path):
    path = tmp_path / "sluice.socket"
    running = server(small_site.folder, unix_path=path)
    assert get(running, "/big.bin").body == small_site.bytes_of("big.bin")
    by_curl = subprocess.run(["curl", "-sS", "--unix-socket", path, "http://localhost/small.bin"],
                             capture_output=True, check=True, timeout=10).stdout
    assert by_curl == small_site.bytes_of("small.bin")
    running.stop()
    assert not path.exists()


@pytest.mark.parametrize("options, mode", [([], 0o666), (["--socket-mode", "0640"], 0o640)])
def test_who_may_connect_to_a_unix_socket(small_site, server, tmp_path, options, mode):
    path = tmp_path / "socket"
    before = os.umask(0o077)
    try:
        server(small_site.folder, unix_path=path, options=options)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("mode", ["", "8", "0", "1000", "rw", "00666"])
def test_what_is_no_mode_of_a_socket(small_site, sluice_binary, mode):
    result = run(sluice_binary, "serve", small_site.folder, "--check", "--socket-mode", mode)
    assert result.returncode == 2 and "octal" in result.stderr


def test_unix_socket_left_behind_is_replaced_and_a_live_one_is_not(small_site, server, tmp_path, sluice_binary):
    path = tmp_path / "sluice.socket"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    running = server(small_site.folder, unix_path=path)
    assert get(running, "/small.bin").status == 200
    second = run(sluice_binary, "serve", small_site.folder, "-b", f"unix:{path}")
    assert second.returncode == 1 and "listens already" in second.stderr
    assert get(running, "/small.bin").status == 200


def test_unix_socket_never_replaces_a_file(sluice_binary, site, tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    result = run(sluice_binary, "serve", site, "-b", f"unix:{tmp_path / 'precious'}")
    assert result.returncode == 1 and (tmp_path / "precious").read_bytes() == b"precious"


def test_ipv6(small_site, server):
    running = server(small_site.folder, host="::1")
    assert get(running, "/small.bin").body == small_site.bytes_of("small.bin")
    assert f"http://[::1]:{running.port}" in running.output()


def test_several_addresses(small_site, server, tmp_path):
    path = tmp_path / "sluice.socket"
    running = server(small_site.folder, options=["-b", "::1", "-b", f"unix:{path}"])
    assert get(running, "/small.bin").status == 200
    running.host = "::1"
    assert get(running, "/small.bin").status == 200
    running.unix_path = path
    assert get(running, "/small.bin").status == 200


def test_a_single_file(site, server, random_file):
    path, _ = random_file("shared.bin", 50000)
    (site / "other.txt").write_bytes(b"secret")
    running = server(path)
    assert get(running, "/shared.bin").body == path.read_bytes()
    assert get(running, "/other.txt").status == 404
    assert get(running, "/..").status in (200, 301, 302, 307, 403, 404, 400)
    assert b"secret" not in get(running, "/").body


def slow_download(server, receive_buffer=4096):
    connection = connect(server, timeout=30, receive_buffer=receive_buffer)
    connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.recv(100)
    return connection


@pytest.fixture
def big_site(site, server):
    write_random(site / "big.bin", 32 << 20)
    return server(site)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_finish_what_is_in_flight(big_site, number):
    with slow_download(big_site) as connection, connect(big_site) as idle:
        idle.sendall(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        idle.recv(4096)
        big_site.signal(number)
        time.sleep(0.3)
        assert big_site.process.poll() is None
        with pytest.raises(OSError):
            connect(big_site, timeout=2)
        assert idle.recv(4096) == b""  # an idle connection is not waited for
        received = 100 + len(receive_all(connection, timeout=30))
        assert received > 32 << 20
    assert big_site.wait(10) == 0


def test_a_second_signal_ends_at_once(big_site):
    big_site.expect_exit = None
    with slow_download(big_site):
        big_site.signal(signal.SIGTERM)
        time.sleep(0.2)
        begin = time.monotonic()
        big_site.signal(signal.SIGTERM)
        status = big_site.wait(5)
        assert time.monotonic() - begin < 2
    big_site.expect_exit = status


@pytest.mark.long
def test_finishing_is_bounded(big_site):
    with slow_download(big_site):
        big_site.signal(signal.SIGTERM)
        assert big_site.wait(90) in (0, 1)
    big_site.expect_exit = big_site.process.returncode


def test_descriptors_of_the_parent_do_not_leak_into_answers(small_site):
    # stdin, stdout, stderr; loops, listeners, the root: nothing grows with requests.
    for _ in range(5):
        get(small_site.server, "/small.bin")
    before = len(small_site.server.fds())
    for _ in range(100):
        get(small_site.server, "/small.bin")
        get(small_site.server, "/nowhere")
        get(small_site.server, "/bare/")
    time.sleep(0.3)
    assert len(small_site.server.fds()) <= before + os.cpu_count()


def test_a_method_is_judged_by_a_file_of_the_folder(site, server, random_file):
    """Files may lie deep, or come later: a folder without one is no reason to refuse a method."""
    running = server(site, method="direct")
    running.stop()
    _, digest = random_file("a/b/c.bin", 300_000)
    running = server(site, method="direct", options=["--small-file", "0"])
    assert hashlib.sha256(get(running, "/a/b/c.bin").body).hexdigest() == digest
    running.wait_for_log("/a/b/c.bin", " direct ")
