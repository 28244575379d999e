"""Clients that shut down their side of the connection, or go on sending after an error."""

import socket
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response, parse_responses, receive_all


def ask_and_shut(server, data, pause=0.0, before_shutdown=0.0, receive_buffer=None):
    with connect(server, receive_buffer=receive_buffer) as connection:
        connection.sendall(data)
        time.sleep(before_shutdown)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(pause)
        return receive_all(connection, timeout=30)


@pytest.mark.parametrize("name", ["empty.txt", "hello.txt", "small.bin", "big.bin"])
@pytest.mark.parametrize("before_shutdown", [0.0, 0.1])
def test_body_comes_whole_after_the_clients_fin(small_site, name, before_shutdown):
    data = ask_and_shut(small_site.server, f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
                        before_shutdown=before_shutdown)
    assert parse_responses(data, ["GET"])[0].body == small_site.bytes_of(name)


@pytest.mark.parametrize("method", ["sendfile", "splice", "copy", "mmap"])
def test_large_body_to_a_slow_reader_after_its_fin(site, server, method):
    write_random(site / "large.bin", 24 << 20)
    data = ask_and_shut(server(site, method=method), b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n",
                        pause=0.5, receive_buffer=8192)
    assert parse_response(data).body == (site / "large.bin").read_bytes()


@pytest.mark.parametrize("count", [2, 15, 16, 17, 40, 2500])
@pytest.mark.parametrize("name", ["hello.txt", "small.bin"])
def test_pipelined_requests_before_a_fin_are_all_answered(small_site, name, count):
    request = f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    data = ask_and_shut(small_site.server, request * count)
    for response in parse_responses(data, ["GET"] * count):
        assert response.body == small_site.bytes_of(name)


def test_pipelined_large_bodies_before_a_fin(small_site):
    names = ["big.bin", "hello.txt", "big.bin", "nowhere", "big.bin"]
    requests = "".join(f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n" for name in names).encode()
    data = ask_and_shut(small_site.server, requests, pause=0.3, receive_buffer=8192)
    for name, response in zip(names, parse_responses(data, ["GET"] * len(names))):
        if name != "nowhere":
            assert response.body == small_site.bytes_of(name)


def test_half_a_request_and_a_fin_ends_the_connection(small_site):
    assert ask_and_shut(small_site.server, b"GET /hello.txt HT") == b""
    whole = b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    data = ask_and_shut(small_site.server, whole + whole[:20])
    assert parse_responses(data, ["GET"])[0].body == b"hello, world\n"


def test_fin_of_a_client_that_waits_ends_the_connection(small_site):
    assert ask_and_shut(small_site.server, b"") == b""


@pytest.mark.parametrize("request_line", [
    b"GET  / HTTP/1.1\r\n", b"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n",
    b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n",
    b"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
])
def test_answer_reaches_a_client_that_first_sends_everything(small_site, request_line):
    """Without a lingering close the kernel resets, and the answer is lost."""
    with connect(small_site.server) as connection:
        connection.sendall(request_line)
        for _ in range(20):
            connection.sendall(bytes(1_000_000))
            time.sleep(0.01)
        connection.shutdown(socket.SHUT_WR)
        response = parse_response(receive_all(connection))
    assert response.status in (400, 405, 413, 501)
    assert response.headers["connection"] == "close" and response.complete and response.rest == b""


@pytest.mark.parametrize("head", [
    b"POST /hello.txt HTTP/1.0\r\nContent-Length: 60000\r\n\r\n",
    b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n",
    b"PUT /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n",
])
def test_answer_reaches_a_client_whose_body_comes_late(small_site, head):
    """Though the request was to be the last: what is closed with bytes unread is reset."""
    with connect(small_site.server) as connection:
        connection.sendall(head)
        for _ in range(6):
            time.sleep(0.05)
            connection.sendall(bytes(10_000))
        time.sleep(0.05)
        assert parse_response(receive_all(connection)).status in (200, 405)


def test_lingering_goes_on_while_the_client_sends(small_site):
    with connect(small_site.server) as connection:
        connection.sendall(b"BAD\r\n\r\n")
        for _ in range(8):  # longer than an answer lingers for a silent client
            time.sleep(0.4)
            connection.sendall(b"x" * 1000)
        connection.shutdown(socket.SHUT_WR)
        assert parse_response(receive_all(connection)).status == 400


def test_lingering_ends_for_a_silent_client(small_site):
    with connect(small_site.server) as connection:
        connection.sendall(b"BAD\r\n\r\n")
        began = time.monotonic()
        assert parse_response(receive_all(connection)).status == 400
        assert time.monotonic() - began < 1  # our side is shut at once
        time.sleep(2.6)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for _ in range(3):
                connection.sendall(b"x")
                time.sleep(0.1)


def test_a_head_has_an_absolute_deadline(site, server):
    (site / "hello.txt").write_bytes(b"hello")
    served = server(site, options=["--header-timeout", "1500ms"])
    with connect(served) as connection:
        began = time.monotonic()
        connection.settimeout(0.25)
        data = b""
        for byte in b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nUser-Agent: one that never ends":
            connection.sendall(bytes([byte]))
            try:
                data = connection.recv(4096)
                break
            except TimeoutError:
                assert time.monotonic() - began < 5
        assert parse_response(data).status == 408
        assert 1.2 < time.monotonic() - began < 3
    assert get(served, "/hello.txt").status == 200


def test_a_body_has_the_heads_deadline(site, server):
    (site / "hello.txt").write_bytes(b"hello")
    served = server(site, options=["--header-timeout", "500ms"])
    with connect(served) as connection:
        connection.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        began = time.monotonic()
        assert parse_response(receive_all(connection)).body == b"hello"
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("options", [[], ["--small-file", "16M"]], ids=["a file", "memory"])
def test_who_reads_slowly_but_steadily_has_no_limit(site, server, secure_server, kind, options):
    """Less in the time limit than makes the socket say that it has room."""
    write_random(site / "large.bin", 8 << 20)
    start = secure_server if kind == "tls" else server
    served = start(site, options=["--send-timeout", "1s", *options])
    received, began = bytearray(), time.monotonic()
    with connect(served, receive_buffer=8192) as connection:
        connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while time.monotonic() < began + 5:
            received += connection.recv(2000)
            time.sleep(0.01)
        assert len(received) < 3 << 20  # else nothing has waited
        received += receive_all(connection, timeout=30)
    assert parse_response(bytes(received)).body == (site / "large.bin").read_bytes()


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("options", [[], ["--small-file", "16M"]], ids=["a file", "memory"])
def test_who_takes_nothing_is_cut_off(site, server, secure_server, kind, options):
    write_random(site / "large.bin", 16 << 20)
    start = secure_server if kind == "tls" else server
    served = start(site, options=["--send-timeout", "700ms", *options])
    with connect(served, receive_buffer=8192) as connection:
        connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(1000)
        began = time.monotonic()
        served.wait_for_log("GET /large.bin", "incomplete")
        assert 0.4 < time.monotonic() - began < 3
