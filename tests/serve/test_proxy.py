"""The PROXY protocol: from listed addresses it is read, from others it is no request."""

import shutil
import socket
import struct
import subprocess
import time

import pytest

from support.metrics import Monitor
from support.ports import lease_port
from support.raw import connect, get, parse_response, receive_all

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
REQUEST = b"GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def version2(command=1, family=0x11, body=socket.inet_aton("192.0.2.7") + socket.inet_aton("10.0.0.1") + b"\x30\x39\0\x50"):
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack("!H", len(body)) + body


IP6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7")

GOOD = {
    b"PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n": "192.0.2.7",
    b"PROXY TCP6 2001:db8::7 ::1 12345 80\r\n": "2001:db8::7",
    b"PROXY UNKNOWN\r\n": "127.0.0.1",
    b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n": "127.0.0.1",
    version2(): "192.0.2.7",
    version2(body=version2()[16:] + b"\x04\0\x01x"): "192.0.2.7",  # with more than addresses
    version2(family=0x21, body=IP6 + IP6 + b"\x30\x39\0\x50"): "2001:db8::7",
    version2(command=0, family=0, body=b""): "127.0.0.1",
    version2(family=0x31, body=bytes(216)): "127.0.0.1",
}
BAD = [
    REQUEST, b"PROXY TCP4 192.0.2.7 10.0.0.1 12345\r\n", b"PROXY TCP4 192.0.2.777 10.0.0.1 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 10.0.0.1 1 70000\r\n", b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2 3\r\n",
    b"PROXY TCP4  192.0.2.7 10.0.0.1 1 2\r\n", b"PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n",
    b"PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n", b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n", b"proxy UNKNOWN\r\n",
    b"PROXY UNKNOWN " + b"x" * 100 + b"\r\n", version2(command=2), version2(body=b"1234"),
    SIGNATURE + b"\x11\x11\0\x0c" + bytes(12), version2(family=0x31, body=bytes(2000)),
]


@pytest.fixture
def behind(site, server):
    (site / "a.txt").write_bytes(b"hello")
    return server(site, options=["--proxy-from", "127.0.0.0/8", "--log-format", "common", "--verbose"])


@pytest.mark.parametrize("header", GOOD, ids=range(len(GOOD)))
@pytest.mark.parametrize("apart", [False, True])
def test_the_log_names_whom_the_proxy_speaks_for(behind, header, apart):
    with connect(behind) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if apart:
            for i in range(len(header)):
                connection.sendall(header[i:i + 1])
                time.sleep(0.001)
            connection.sendall(REQUEST)
        else:
            connection.sendall(header + REQUEST)
        assert parse_response(receive_all(connection)).body == b"hello"
    assert behind.wait_for_log("GET /a.txt").startswith(GOOD[header] + " ")


@pytest.mark.parametrize("header", BAD, ids=range(len(BAD)))
def test_a_bad_header_ends_the_connection(behind, header):
    with connect(behind) as connection:
        connection.sendall(header + REQUEST)
        try:
            assert receive_all(connection) == b""
        except ConnectionResetError:
            pass
    behind.wait_for_log("turned away 127.0.0.1: it is of --proxy-from, and sent no PROXY header")
    assert "GET" not in behind.output()


def test_kept_connections_have_one_header(behind):
    with connect(behind) as connection:
        connection.sendall(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n" + REQUEST.replace(b"Connection: close\r\n", b"") + REQUEST)
        data = receive_all(connection)
    assert data.count(b"hello") == 2 and data.count(b"200 OK") == 2


def test_from_others_it_is_no_request(site, server):
    (site / "a.txt").write_bytes(b"hello")
    running = server(site, options=["--proxy-from", "10.0.0.0/8"])
    assert get(running, "/a.txt").status == 200
    with connect(running) as connection:
        connection.sendall(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n" + REQUEST)
        assert parse_response(receive_all(connection)).status == 400


def test_by_a_unix_socket(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"hello")
    running = server(site, unix_path=tmp_path / "socket", options=["--proxy-from", "unix"])
    with connect(running) as connection:
        connection.sendall(version2() + REQUEST)
        assert parse_response(receive_all(connection)).status == 200
    running.wait_for_log("192.0.2.7 - - ")


def test_the_limit_is_for_those_it_speaks_for(site, server):
    (site / "a.txt").write_bytes(b"hello")
    with lease_port() as free:
        running = server(site, options=["--workers", "1", "--verbose", "--proxy-from", "127.0.0.1", "--max-per-address", "1",
                                        "--admin", f"127.0.0.1:{free.port}"])
        monitor = Monitor(free.port)
    header = "PROXY TCP4 192.0.2.{} 10.0.0.1 1 2\r\n".format
    keep = REQUEST.replace(b"Connection: close\r\n", b"")
    held = []
    for i in range(3):
        held.append(connect(running))
        held[-1].sendall(header(i).encode() + keep)
        assert b"hello" in held[-1].recv(4096)
    with connect(running) as again:
        again.sendall(header(1).encode() + keep)
        answer = parse_response(receive_all(again))
        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert b"Too many connections here." in answer.body
    assert answer.headers["retry-after"] == "1"
    running.wait_for_log("turned away 192.0.2.1: its address has --max-per-address already")
    for connection in held:
        connection.close()
    # As whom nobody speaks for: counted, and no request.
    assert monitor.metrics()["sluice_connections_refused_total"] == 1
    assert "503" not in running.stdout_path.read_text()


@pytest.mark.skipif(not shutil.which("haproxy"), reason="no haproxy")
@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_behind_haproxy(behind, tmp_path, version):
    lease = lease_port()
    (tmp_path / "haproxy.cfg").write_text(
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n"
        f"listen front\n bind 127.0.0.1:{lease.port}\n"
        f" server back 127.0.0.1:{behind.port} source 127.0.0.2 {version}\n")
    with subprocess.Popen(["haproxy", "-db", "-f", tmp_path / "haproxy.cfg"], stderr=subprocess.DEVNULL) as proxy:
        try:
            for _ in range(100):
                try:
                    with socket.create_connection(("127.0.0.1", lease.port), 5, source_address=("127.0.0.3", 0)) as client:
                        client.sendall(REQUEST)
                        assert b"hello" in receive_all(client)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            behind.wait_for_log("127.0.0.3 - - ", "GET /a.txt")
        finally:
            proxy.terminate()
    lease.release()
