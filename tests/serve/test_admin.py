"""/metrics and /healthz, on their own address."""

import re
import signal
import socket
import subprocess
import time

import pytest

from support.files import write_random
from support.http2 import PING, Peer, Wire, frame
from support.metrics import Monitor
from support.ports import lease_port
from support.raw import connect, get
from support.waiting import wait_until


@pytest.fixture
def monitored(site, server):
    """monitored(option, ...): a server, and what asks it."""
    (site / "a.txt").write_bytes(b"hello")
    write_random(site / "big.bin", 1 << 20)
    leases = []

    def start(*options, **arguments):
        leases.append(lease_port())
        monitor = Monitor(leases[-1].port)
        return server(site, options=["--admin", f"127.0.0.1:{monitor.port}", *options], **arguments), monitor
    yield start
    for lease in leases:
        lease.release()


def test_health(monitored):
    _, monitor = monitored()
    response = get(monitor, "/healthz")
    assert (response.status, response.body) == (200, b"ok\n")
    assert get(monitor, "/").status == 404 and get(monitor, "/metrics", method="POST").status == 405
    assert get(monitor, "/healthz", method="HEAD").body == b""


@pytest.mark.parametrize("quiet", [[], ["--access-log", "off"]])
def test_what_was_done_is_counted(monitored, quiet):
    running, monitor = monitored("--workers", "1", *quiet)
    for target in ("/a.txt", "/a.txt", "/big.bin", "/nowhere"):
        get(running, target)
    wait_until(lambda: monitor.metrics()["sluice_connections_open"] == 0)
    found = monitor.metrics()
    assert found['sluice_responses_total{status="200"}'] == 3
    assert found['sluice_responses_total{status="404"}'] == 1
    assert found["sluice_connections_total"] == 4
    assert found['sluice_body_bytes_total{method="sendfile"}'] == 1 << 20
    assert found['sluice_copies_avoided_bytes_total'] == 1 << 20
    assert found['sluice_copied_in_bytes_total{method="sendfile"}'] == 0
    assert found['sluice_body_bytes_total{method="memory"}'] >= 10
    assert found["sluice_response_seconds_count"] == 4 and found["sluice_response_seconds_sum"] > 0
    buckets = [value for name, value in found.items() if name.startswith("sluice_response_seconds_bucket")]
    assert buckets == sorted(buckets) and buckets[-1] == 4


def test_a_copy_is_not_called_avoided(monitored):
    running, monitor = monitored(method="copy")
    get(running, "/big.bin")
    found = monitor.metrics()
    assert found['sluice_copied_in_bytes_total{method="copy"}'] == 1 << 20
    assert found["sluice_copies_avoided_bytes_total"] == 0


def test_cache(monitored, site):
    running, monitor = monitored("--workers", "1", "--cache-valid", "60s")
    write_random(site / "old.bin", 100)
    time.sleep(2.1)  # a young file is not trusted
    for _ in range(5):
        get(running, "/old.bin")
    found = monitor.metrics()
    assert (found["sluice_cache_hits_total"], found["sluice_cache_misses_total"]) == (4, 1)


def test_fallbacks_with_their_reason(site, server, tmp_path):
    write_random(site / "big.bin", 1 << 20)
    lease = lease_port()
    running = server(site, unix_path=tmp_path / "socket", method="zerocopy",
                     options=["--admin", f"127.0.0.1:{lease.port}"])
    get(running, "/big.bin")
    lines = [name for name in Monitor(lease.port).metrics() if name.startswith("sluice_fallbacks_total")]
    assert len(lines) == 1 and re.search(r'method="zerocopy",reason="[^"]{10,}"', lines[0])
    lease.release()


def test_every_line_is_as_prometheus_wants_it(monitored):
    _, monitor = monitored()
    text = get(monitor, "/metrics").body.decode()
    described = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", text, re.MULTILINE))
    for line in text.splitlines():
        if not line.startswith("#"):
            name = re.fullmatch(r"(\w+)(\{[a-z]\w*=\"[^\"]*\"(,[a-z]\w*=\"[^\"]*\")*\})? [\d.]+", line)[1]
            assert name in described or re.sub(r"_(bucket|sum|count)$", "", name) in described, name


def test_a_monitor_that_hangs_holds_nobody_up(monitored):
    running, monitor = monitored()
    with connect(monitor), connect(monitor) as half:
        half.sendall(b"GET /metrics HTTP/1.1\r\n")
        begin = time.monotonic()
        for _ in range(20):
            assert get(running, "/a.txt").status == 200
        assert time.monotonic() - begin < 2
        assert get(monitor, "/healthz", timeout=20).status == 200


def test_garbage_is_refused(monitored):
    _, monitor = monitored()
    with connect(monitor) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert b" 400 " in connection.recv(4096)
    assert get(monitor, "/healthz").status == 200


def test_it_stays_through_reloads(monitored):
    running, monitor = monitored()
    get(running, "/a.txt")
    assert monitor.metrics()["sluice_connections_total"] == 1
    before = running.banners()
    running.signal(signal.SIGHUP)
    deadline = time.monotonic() + 10
    while running.banners() == before:
        assert get(monitor, "/healthz").status == 200
        assert time.monotonic() < deadline
    time.sleep(0.3)
    for _ in range(10):
        assert monitor.metrics()["sluice_connections_total"] == 0  # another process counts


def test_a_busy_address_is_an_error(sluice_binary, site):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        text = f"127.0.0.1:{busy.getsockname()[1]}"
        result = subprocess.run([sluice_binary, "serve", site, "-b", "127.0.0.1", "-p", "0", "--admin", text],
                                capture_output=True, text=True, timeout=10, check=False)
    assert result.returncode == 1 and "in use" in result.stderr


@pytest.mark.parametrize("text", ["9000", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:9000", "host:1"])
def test_wrong_addresses(sluice_binary, site, text):
    result = subprocess.run([sluice_binary, "serve", site, "--admin", text],
                            capture_output=True, text=True, timeout=10, check=False)
    assert result.returncode == 2 and "such as 127.0.0.1:9000" in result.stderr


def test_http2_is_counted(monitored):
    running, monitor = monitored("--workers", "1")
    with Peer(running) as peer:
        for _ in range(3):
            assert peer.get("/a.txt").status == 200
    get(running, "/a.txt")
    with Wire(running) as wire:
        while wire.send(frame(PING, 0, 0, bytes(8)) * 100):
            time.sleep(0.01)
    counts = monitor.metrics()
    assert counts["sluice_http2_connections_total"] == 2
    assert counts["sluice_http2_responses_total"] == 3
    assert counts['sluice_responses_total{status="200"}'] == 4
    assert counts["sluice_http2_abused_total"] == 1
