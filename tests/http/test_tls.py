"""HTTPS: whole files, ranges, versions, and what is not TLS at all."""

import hashlib
import socket
import ssl
import subprocess
import time

import pytest

from support.site import fill
from support.files import write_random, write_sparse
from support.raw import connect, get, parse_response, parse_responses, receive_all
from support.waiting import wait_until

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def secure_site(site, secure_server):
    fill(site)
    return secure_server(site)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["empty.txt", "hello.txt", "small.bin", "big.bin"])
def test_files_come_whole(site, secure_server, authority, version, name):
    fill(site)
    server = secure_server(site, tls=authority.client_context(version))
    assert get(server, f"/{name}").body == (site / name).read_bytes()


@pytest.mark.parametrize("size", [16383, 16384, 16385, 262143, 262144, 262145, 1 << 20, (2 << 20) + 1])
def test_sizes_around_records_and_chunks(site, secure_server, size):
    write_random(site / "file.bin", size)
    server = secure_server(site, options=["--small-file", "0"])
    assert get(server, "/file.bin").body == (site / "file.bin").read_bytes()


@pytest.mark.parametrize("size", [16384, 100000, 1 << 20, 3 << 20])
def test_bodies_from_memory_of_many_records(site, secure_server, size):
    write_random(site / "file.bin", size)
    server = secure_server(site, options=["--small-file", "4M"])
    for _ in range(2):
        assert get(server, "/file.bin").body == (site / "file.bin").read_bytes()


def test_ranges(secure_site, site):
    body = (site / "big.bin").read_bytes()
    assert get(secure_site, "/big.bin", "Range: bytes=1000000-2000000").body == body[1000000:2000001]
    assert get(secure_site, "/big.bin", "Range: bytes=-5").body == body[-5:]
    several = get(secure_site, "/big.bin", "Range: bytes=0-9,70000-90000")
    assert several.status == 206
    assert body[:10] in several.body and body[70000:90001] in several.body


def test_keep_alive_and_pipelining(secure_site, site):
    names = ["hello.txt", "big.bin", "small.bin", "nowhere", "big.bin"]
    requests = "".join(f"GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n" for name in names)
    with connect(secure_site) as connection:
        connection.sendall(requests.encode() + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        responses = parse_responses(receive_all(connection), ["GET"] * (len(names) + 1))
    for name, response in zip(names, responses):
        assert response.status == (404 if name == "nowhere" else 200)
        if name != "nowhere":
            assert response.body == (site / name).read_bytes()


def test_three_gib_sparse_file(site, secure_server):
    size = 3 << 30
    marks = [(0, b"begin"), ((2 << 30) - 2, b"middle"), (size - 3, b"end")]
    write_sparse(site / "giant.bin", size, marks)
    server = secure_server(site)
    found = subprocess.run(f"curl -sSk {server.url}/giant.bin | cmp - {site}/giant.bin", shell=True,
                           capture_output=True, timeout=100)
    assert found.returncode == 0, found


# Steps of direct wait for the disk: they encrypt on a thread of the disk's.
@pytest.mark.parametrize("method", ["auto", "direct"])
def test_slow_reader_gets_every_byte(site, secure_server, method):
    digest = write_random(site / "file.bin", 24 << 20)
    server = secure_server(site, method=method)
    received = hashlib.sha256()
    with connect(server, receive_buffer=8192) as connection:
        connection.sendall(b"GET /file.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(16384)
        head, _, body = head.partition(b"\r\n\r\n")
        received.update(body)
        while data := connection.recv(1 << 20):
            received.update(data)
    assert b" 200 " in head
    assert received.hexdigest() == digest
    server.wait_for_log("/file.bin", f"{'copy' if method == 'auto' else method}+tls")


def test_requests_byte_by_byte_and_record_by_record(secure_site, site):
    request = b"GET /small.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with connect(secure_site) as connection:
        for byte in request:
            connection.sendall(bytes([byte]))
        assert parse_response(receive_all(connection)).body == (site / "small.bin").read_bytes()


def memory_client(context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    return incoming, outgoing, context.wrap_bio(incoming, outgoing, server_hostname="localhost")


def test_records_that_come_in_pieces(secure_site, authority, site):
    incoming, outgoing, client = memory_client(authority.client_context())
    with socket.create_connection(("127.0.0.1", secure_site.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def carry_on(action):
            while True:
                try:
                    return action()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        connection.sendall(bytes([byte]))
                    data = connection.recv(65536)
                    incoming.write(data) if data else incoming.write_eof()

        carry_on(client.do_handshake)
        client.write(b"GET /small.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        data = b""
        while True:
            try:
                piece = carry_on(lambda: client.read(65536))
            except ssl.SSLZeroReturnError:
                break
            if not piece:
                break
            data += piece
    assert parse_response(data).body == (site / "small.bin").read_bytes()


def test_plain_http_is_told_so(secure_site):
    with socket.create_connection(("127.0.0.1", secure_site.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        response = parse_response(receive_all(connection))
    assert response.status == 400
    assert b"https" in response.body


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"\x16\x03\x01\x00\x05hello", b"\x80\x2e\x01\x00\x02" + b"x" * 60,
                                     b"\x16\x03\x01\xff\xff" + b"z" * 70000, b"\xff"])
def test_garbage_ends_the_connection(secure_site, garbage):
    with socket.create_connection(("127.0.0.1", secure_site.port), timeout=10) as connection:
        try:
            connection.sendall(garbage)
            answer = receive_all(connection)
        except ConnectionResetError:
            answer = b""
        assert not answer.startswith(b"HTTP")
        assert len(answer) < 100
    assert get(secure_site, "/hello.txt").status == 200


def test_a_cut_body_does_not_look_complete(site, secure_server):
    path = site / "file.bin"
    write_random(path, 64 << 20)
    server = secure_server(site)
    with connect(server, receive_buffer=8192) as connection:
        connection.sendall(b"GET /file.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        connection.recv(16384)
        path.open("r+b").truncate(1 << 20)
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            while connection.recv(1 << 20):
                pass


def test_a_client_that_leaves_mid_way(site, secure_server):
    write_random(site / "file.bin", 32 << 20)
    server = secure_server(site, options=["-w", "1"])
    before = len(server.fds())
    for _ in range(20):
        with connect(server, receive_buffer=8192) as connection:
            connection.sendall(b"GET /file.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(1000)
    assert get(server, "/file.bin").status == 200
    wait_until(lambda: len(server.fds()) <= before + 2, 5, server.fds)


def test_a_handshake_that_stalls_ends(site, secure_server):
    server = secure_server(site, options=["--header-timeout", "300ms"])
    for beginning in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(beginning)
            began = time.monotonic()
            assert connection.recv(100) == b""
            assert time.monotonic() - began < 3


def test_half_close_by_close_notify(secure_site, site):
    """The client says that it sends no more; what it asked for still comes."""
    request = b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
    command = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{secure_site.port}", "-ign_eof"]
    found = subprocess.run(command, input=request + b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                           capture_output=True, timeout=30)
    responses = parse_responses(found.stdout, ["GET", "GET"])
    assert responses[0].body == (site / "big.bin").read_bytes()


def test_the_log_says_who_encrypted(secure_site):
    get(secure_site, "/big.bin")
    get(secure_site, "/hello.txt")
    secure_site.wait_for_log("/big.bin", "copy+tls")
    secure_site.wait_for_log("/hello.txt", "memory+tls")
