"""HTTP over a bare socket: every byte as the test wants it, every byte as it came."""

import socket
import time
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 10


@dataclass
class Response:
    """One response off a stream. headers: lower-case names; a name that came twice has its values
    in values(). rest: the bytes behind it, which belong to the next response."""

    version: str
    status: int
    reason: str
    headers: dict
    body: bytes
    rest: bytes = b""
    complete: bool = True  # the body has its Content-Length
    pairs: list = field(default_factory=list)

    def values(self, name):
        return [value for key, value in self.pairs if key == name.lower()]


def connect(server, timeout=TIMEOUT_SECONDS, receive_buffer=None, tls=None, segment=None):
    family = socket.AF_UNIX if server.unix_path else socket.AF_INET6 if ":" in server.host else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    if receive_buffer:  # before connect: it bounds the window
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if segment:  # short ones keep the server's socket from growing, as on a slow path
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
    connection.connect(str(server.unix_path) if server.unix_path else (server.host, server.port))
    if server.tls:
        # An end without close_notify is an error: the body may have been cut.
        return (tls or server.tls).wrap_socket(connection, server_hostname="localhost", suppress_ragged_eofs=False)
    return connection


def receive_all(connection, timeout=TIMEOUT_SECONDS):
    """Bytes up to the peer's end of stream; an error when that does not come in time."""
    deadline = time.monotonic() + timeout
    received = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no end of stream after {len(received)} bytes: {bytes(received[-200:])!r}")
        connection.settimeout(left)
        try:
            data = connection.recv(1 << 20)
        except TimeoutError:
            continue
        if not data:
            return bytes(received)
        received += data


def raw_request(server, data, timeout=TIMEOUT_SECONDS):
    """Sends data on a new connection and returns all that comes until the server closes. The
    request must therefore be one after which it does (Connection: close, HTTP/1.0, an error)."""
    with connect(server, timeout) as connection:
        connection.sendall(data)
        return receive_all(connection, timeout)


def receive_response(connection):
    """The next response, whole, on a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data or not parse_response(data).complete:
        block = connection.recv(1 << 20)
        if not block:
            raise ConnectionError(f"ended after {len(data)} bytes")
        data += block
    return parse_response(data)


def parse_response(data, request_method="GET"):
    """The first response in data, strictly: anything a careful client would object to raises."""
    head, separator, tail = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError(f"no end of head in {data[:200]!r}")
    lines = head.decode("latin-1").split("\r\n")
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError(f"a bare CR or LF in {head!r}")
    version, status, reason = lines[0].split(" ", 2)
    if version not in ("HTTP/1.0", "HTTP/1.1") or len(status) != 3:
        raise ValueError(f"status line {lines[0]!r}")
    pairs = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError(f"header line {line!r}")
        pairs.append((name.lower(), value.strip()))
    headers = dict(pairs)
    response = Response(version, int(status), reason, headers, b"", b"", True, pairs)

    if request_method == "HEAD" or response.status in (204, 304) or response.status < 200:
        response.rest = tail
    elif "content-length" in headers:
        length = int(headers["content-length"])
        response.body, response.rest = tail[:length], tail[length:]
        response.complete = len(tail) >= length
    elif "transfer-encoding" in headers:
        raise ValueError("chunked: not expected here")
    else:
        response.body = tail
    return response


def parse_responses(data, methods):
    """As many responses as there are methods; ValueError when bytes are left over."""
    responses = []
    for method in methods:
        responses.append(parse_response(data, method))
        data = responses[-1].rest
    if data:
        raise ValueError(f"bytes behind the last response: {data[:200]!r}")
    return responses


def get(server, target, *headers, method="GET", version="1.1", timeout=TIMEOUT_SECONDS):
    """One request on its own connection, parsed. headers: lines without CRLF."""
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", "Connection: close", *headers]
    data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    response = parse_response(raw_request(server, data, timeout), method)
    assert response.rest == b"", response.rest[:200]
    return response
