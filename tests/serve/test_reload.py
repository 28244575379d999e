"""Reloads and upgrades: the process that was started stays, the one that serves is
another, and no request fails."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import types

import pytest

from support.files import write_random
from support.ports import lease_port
from support.load import Load
from support.raw import connect, get, parse_response, receive_all
from support.server import Server
from support.waiting import wait_until

RELOADS, UPGRADES = 20, 5


@pytest.fixture
def served(site, server):
    write_random(site / "small.bin", 20000)
    write_random(site / "big.bin", 64 << 20)
    return server(site, options=["--grace", "2s"])


@pytest.mark.parametrize("number, times", [(signal.SIGHUP, RELOADS), (signal.SIGUSR2, UPGRADES)])
def test_no_request_fails(served, site, number, times):
    keeper = served.process.pid
    load = Load(served, "/small.bin", (site / "small.bin").read_bytes())
    try:
        for _ in range(times):
            served.reload(number)
            before = load.count
            wait_until(lambda count=before: load.count > count + 20)
    finally:
        load.end()
    assert load.failures == []
    assert served.process.pid == keeper and served.process.poll() is None
    assert served.banners() == times + 1
    # The former ones end.
    wait_until(lambda: len(served.serving_pids()) == 1)


def test_a_download_goes_on_through_reloads(served, site):
    with connect(served, timeout=30, receive_buffer=4096) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        data = connection.recv(1000)
        first = served.pid
        for _ in range(3):
            served.reload()
        time.sleep(2.5)  # longer than the grace
        assert first in served.serving_pids()
        data += receive_all(connection, timeout=60)
    assert parse_response(data).body == (site / "big.bin").read_bytes()
    wait_until(lambda: served.serving_pids() == [served.pid])


def test_an_idle_connection_may_ask_once_more_and_is_closed_after_the_grace(served):
    with connect(served) as asks, connect(served) as silent:
        for connection in (asks, silent):
            connection.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            while not parse_response(connection.recv(1, socket.MSG_PEEK) and connection.recv(1 << 20)).complete:
                pass
        begin = time.monotonic()
        served.reload()
        time.sleep(0.2)
        asks.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        response = parse_response(receive_all(asks))
        assert response.status == 200 and response.headers["connection"] == "close"
        assert receive_all(silent) == b""
        assert 1.5 < time.monotonic() - begin < 6


@pytest.fixture
def configured(site, server, tmp_path):
    """A server with a file of options, and that file."""
    (site / "a.txt").write_bytes(b"a")
    file = tmp_path / "sluice.conf"
    file.write_text("idle-timeout = 60s\n")
    return server(site, options=["-c", file]), file


def test_the_configuration_is_read_again(configured):
    running, file = configured
    file.write_text("idle-timeout = 200ms\n")
    running.reload()
    wait_until(lambda: running.serving_pids() == [running.pid])  # the former one accepts until it is told
    with connect(running) as connection:
        connection.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        begin = time.monotonic()
        assert parse_response(receive_all(connection)).status == 200
        assert time.monotonic() - begin < 5


def test_other_addresses(sluice_binary, site, tmp_path):
    """The new address is served, the old one is closed; what was asked for there comes."""
    write_random(site / "small.bin", 20000)
    write_random(site / "big.bin", 32 << 20)
    small = (site / "small.bin").read_bytes()
    leases = [lease_port(), lease_port()]
    first, second = (types.SimpleNamespace(host="127.0.0.1", port=lease.port, unix_path=None, tls=None) for lease in leases)
    file = tmp_path / "sluice.conf"
    file.write_text(f"bind = 127.0.0.1\nport = {first.port}\nworkers = 2\n")
    with open(tmp_path / "output", "wb") as output:
        process = subprocess.Popen([sluice_binary, "serve", site, "-c", file], stdout=output, stderr=output)

    def ready(times):
        return (tmp_path / "output").read_text().count("Ctrl-C stops") == times

    try:
        wait_until(lambda: ready(1))
        with connect(first, timeout=30, receive_buffer=4096) as download:
            download.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            data = download.recv(1000)
            before = [connect(first) for _ in range(20)]
            file.write_text(f"bind = 127.0.0.1\nport = {second.port}\nworkers = 2\n")
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: ready(2))
            load = Load(second, "/small.bin", small)
            try:
                wait_until(lambda: load.count > 50)
                wait_until(lambda: is_closed(first))
            finally:
                load.end()
            assert load.failures == []
            for connection in before:
                connection.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                assert parse_response(receive_all(connection)).body == small
                connection.close()
            data += receive_all(download, timeout=60)
        assert parse_response(data).body == (site / "big.bin").read_bytes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        for lease in leases:
            lease.release()


def is_closed(address):
    try:
        connect(address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_faulty_configuration_changes_nothing(configured):
    running, file = configured
    pid = running.pid
    file.write_text("idle-timeout = soon\n")
    running.signal(signal.SIGHUP)
    running.wait_for_log("sluice.conf:1: idle-timeout")
    running.wait_for_log("goes on as it was")
    assert running.serving_pids() == [pid] and get(running, "/a.txt").status == 200
    file.write_text("idle-timeout = 30s\n")
    assert running.reload() != pid and get(running, "/a.txt").status == 200


def test_the_error_log_says_why_a_reload_changes_nothing(site, server, tmp_path):
    """And so does standard error, where the start was seen; each once."""
    file, errors = tmp_path / "sluice.conf", tmp_path / "error.log"
    file.write_text(f"error-log = {errors}\n")
    running = server(site, options=["-c", file])
    file.write_text(f"error-log = {errors}\nidle-timeout = soon\n")
    running.signal(signal.SIGHUP)
    running.wait_for_log("goes on as it was")
    for text in (errors.read_text(), running.stderr_path.read_text()):
        assert text.count("sluice.conf:2: idle-timeout") == 1 and text.count("goes on as it was") == 1
    os.kill(running.pid, signal.SIGKILL)
    running.wait_for_log("starts another serving process")
    assert "killed by signal 9" in errors.read_text()


def test_a_folder_that_is_gone_changes_nothing(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"a")
    running = server(site)
    os.rename(site, tmp_path / "elsewhere")
    running.signal(signal.SIGHUP)
    running.wait_for_log("goes on as it was")
    assert get(running, "/a.txt").status == 200


def test_an_upgrade_takes_the_program_that_is_there_now(sluice_binary, site, tmp_path):
    (site / "a.txt").write_bytes(b"a")
    program = tmp_path / "sluice"
    shutil.copy(sluice_binary, program)
    running = Server(program, site, tmp_path)
    try:
        os.rename(program, tmp_path / "old")
        shutil.copy(sluice_binary, tmp_path / "new")
        os.rename(tmp_path / "new", program)
        running.reload(signal.SIGHUP)
        assert os.readlink(f"/proc/{running.pid}/exe") == str(tmp_path / "old")
        running.reload(signal.SIGUSR2)
        assert os.readlink(f"/proc/{running.pid}/exe") == str(program)
        program.unlink()
        program.write_text("#!/bin/sh\nexit 3\n")
        program.chmod(0o755)
        before = running.pid
        running.signal(signal.SIGUSR2)
        running.wait_for_log("goes on as it was")
        wait_until(lambda: running.serving_pids() == [before])
        assert get(running, "/a.txt").status == 200
    finally:
        running.stop()


def test_a_stop_also_ends_those_that_drain(served):
    with connect(served, receive_buffer=4096) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(1000)
        served.reload()
        begin = time.monotonic()
        served.stop()
        assert time.monotonic() - begin < 6


def test_any_free_port_stays_the_same(sluice_binary, site, tmp_path):
    (site / "a.txt").write_bytes(b"a")
    with open(tmp_path / "err", "w+", encoding="utf-8") as err:
        process = subprocess.Popen([sluice_binary, "serve", site, "-b", "127.0.0.1", "-p", "0"], stderr=err)
        try:
            def urls():
                return re.findall(r"http://127\.0\.0\.1:(\d+)/", (tmp_path / "err").read_text())
            wait_until(lambda: len(urls()) == 1)
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: len(urls()) == 2)
            assert len(set(urls())) == 1
        finally:
            process.terminate()
            assert process.wait(timeout=10) == 0
