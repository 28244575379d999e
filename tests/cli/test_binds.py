"""Several workers on several addresses: each worker listens on each."""

import os
import pathlib
import re
import socket
import subprocess

import httpx
import pytest

from support.ports import lease_port


def test_every_worker_listens_on_every_bind(server, site):
    (site / "file").write_text("here\n")
    started = server(site, options=["-b", "::1", "--workers", "3"])
    for host in ("127.0.0.1", "[::1]"):
        # Enough connections to reach every worker.
        for _ in range(30):
            assert httpx.get(f"http://{host}:{started.port}/file").text == "here\n"


def test_without_a_bind_every_address_answers(sluice_binary, site):
    (site / "file").write_text("here\n")
    with subprocess.Popen(
            [sluice_binary, "serve", site, "--port", "0", "--workers", "3"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            lines = iter(process.stdout.readline, "")
            port = next(re.search(r"http://127\.0\.0\.1:(\d+)/", line)[1] for line in lines
                        if "http://127.0.0.1" in line)
            for host in ("127.0.0.1", "[::1]"):
                assert httpx.get(f"http://{host}:{port}/file").text == "here\n"
        finally:
            process.terminate()
        assert process.wait(20) == 0


def test_an_address_may_have_its_own_port(server, site, sluice_binary):
    (site / "file").write_text("here\n")
    with lease_port() as other, lease_port() as third:
        started = server(site, options=["-b", f"127.0.0.1:{other.port}", "-b", f"[::1]:{third.port}", "--workers", "2"])
        shown = started.output()
        for address in (f"127.0.0.1:{started.port}", f"127.0.0.1:{other.port}", f"[::1]:{third.port}"):
            assert f"  http://{address}/" in shown
            for _ in range(10):
                assert httpx.get(f"http://{address}/file").text == "here\n"
        # Those sockets are the next process's, too.
        started.reload()
        assert httpx.get(f"http://127.0.0.1:{other.port}/file").text == "here\n"
        error = refused(sluice_binary, site, "-b", f"127.0.0.1:{other.port}")
        assert f"'127.0.0.1:{other.port}' is in use: choose another with --bind" in error
        error = refused(sluice_binary, site, "-p", 0, "-b", "127.0.0.1:0", "-b", f"127.0.0.1:{other.port}")
        assert f"'127.0.0.1:{other.port}' is in use" in error


def test_the_same_address_with_its_port_and_by_the_option(sluice_binary, site):
    with lease_port() as free:
        error = refused(sluice_binary, site, "-p", free.port, "-b", "127.0.0.1", "-b", f"127.0.0.1:{free.port}")
        assert "is given twice with --bind" in error


@pytest.mark.parametrize("wrong", ["127.0.0.1:", "127.0.0.1:65536", "[::1]80", ":80", "localhost:80"])
def test_an_address_that_is_none(sluice_binary, site, wrong):
    done = subprocess.run([sluice_binary, "serve", site, "-b", wrong], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 2 and f"'{wrong}'" in done.stderr and "[::1]:80" in done.stderr, done.stderr


def refused(binary, site, *options):
    """What one that cannot listen says: one line."""
    result = subprocess.run([binary, "serve", site, *map(str, options)], capture_output=True, text=True, timeout=20,
                            check=False)
    assert result.returncode == 1 and result.stdout == "" and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_what_is_in_use_is_named_with_its_option(sluice_binary, site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = ("-b", "127.0.0.1")
        assert f"port {port} is in use on 127.0.0.1: choose another with --port" in \
            refused(sluice_binary, site, *host, "-p", port)
        assert f"'127.0.0.1:{port}' is in use: choose another with --admin" in \
            refused(sluice_binary, site, *host, "-p", 0, "--admin", f"127.0.0.1:{port}")
        assert f"'127.0.0.1:{port}' is in use: choose another with --https-redirect" in \
            refused(sluice_binary, site, *host, "-p", 0, "--tls-self-signed", "--https-redirect", f"127.0.0.1:{port}")


def test_the_same_address_twice(sluice_binary, site):
    for first, second in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
        error = refused(sluice_binary, site, "-p", 0, "-b", first, "-b", second)
        assert f"'{second}' is given twice with --bind" in error


@pytest.mark.parametrize("first, second, all_of_them", [
    ("0.0.0.0", "127.0.0.1", "0.0.0.0"), ("::1", "::", "::"), ("[::]:{port}", "::1", "[::]:{port}")])
def test_an_address_among_all(sluice_binary, site, first, second, all_of_them):
    with lease_port() as free:
        first, second, all_of_them = (text.format(port=free.port) for text in (first, second, all_of_them))
        for check in ([], ["--check"]):
            error = refused(sluice_binary, site, "-p", free.port, "-b", first, "-b", second, *check)
            assert f"--bind {first} and --bind {second}: {all_of_them} stands for the other, too" in error


@pytest.mark.parametrize("options, culprit", [
    (["-b", "0.0.0.0", "--admin", "127.0.0.1:{port}"], "--admin"),
    (["--admin", "[::1]:{port}"], "--admin"),
    (["-b", "127.0.0.1", "--tls-self-signed", "--https-redirect", "127.0.0.1:{port}"], "--https-redirect"),
    (["-b", "127.0.0.1:0", "--admin", "[::1]:{port}", "--tls-self-signed", "--https-redirect", "[::]:{port}"], "--admin")])
def test_check_looks_at_all_addresses(sluice_binary, site, options, culprit):
    with lease_port() as free:
        options = [word.format(port=free.port) for word in options]
        error = refused(sluice_binary, site, "-p", free.port, *options, "--check")
        assert f":{free.port}' is in use: choose another with {culprit}" in error


def test_each_port_0_is_a_port_of_its_own(sluice_binary, site, server):
    twice = ["-b", "127.0.0.1:0", "-b", "127.0.0.1:0"]
    done = subprocess.run([sluice_binary, "serve", site, *twice, "--check"], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0, done
    assert len(set(re.findall(r"http://127\.0\.0\.1:(\d+)/", server(site, options=twice).output()))) == 3


def test_all_addresses_of_both_families(server, site):
    (site / "file").write_text("here\n")
    started = server(site, host="0.0.0.0", options=["-b", "::"])
    for host in ("127.0.0.1", "[::1]"):
        assert httpx.get(f"http://{host}:{started.port}/file").text == "here\n"


def test_a_file_in_a_sockets_place(sluice_binary, site, tmp_path):
    (tmp_path / "file").write_text("precious")
    error = refused(sluice_binary, site, "-b", f"unix:{tmp_path}/file")
    assert f"'{tmp_path}/file' is there already, and is no socket" in error
    assert (tmp_path / "file").read_text() == "precious"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(tmp_path / "socket"))
        taken.listen()
        error = refused(sluice_binary, site, "-b", f"unix:{tmp_path}/socket")
        assert f"on '{tmp_path}/socket' another server listens already" in error


def test_a_port_that_needs_rights(sluice_binary, site):
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: WHO MAY LISTEN BELOW 1024 IS NOT KNOWN HERE")
    start = pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if int(start.read_text()) < 1024:
        pytest.skip("EVERYBODY MAY LISTEN BELOW 1024 HERE")
    command = ["setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service",
               sluice_binary, "serve", site, "-b", "127.0.0.1", "-p", "81"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 1
    assert "'127.0.0.1' port 81: Permission denied" in result.stderr
    for remedy in ("1024", "--port", "setcap cap_net_bind_service=+ep", "systemd"):
        assert remedy in result.stderr
