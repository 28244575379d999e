"""Peers that break the rules, or keep to them and mean no good. Each costs little, and each ends.

Where RFC 9113 names an error the test names it too; sections in brackets."""

import struct
import time

import pytest

from support.http2 import (ACK, CANCEL, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM,
                           FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, NO_ERROR, PADDED, PING,
                           PREFACE, PRIORITY, PRIORITY_UPDATE, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS,
                           STREAM_CLOSED, WINDOW_UPDATE, Peer, Wire, frame, settings)


def number(value):
    return struct.pack(">I", value)


# What ends a connection, the bytes behind a good preface and SETTINGS, and the error it ends with.
CONNECTION_ERRORS = {
    "frame longer than allowed (4.2)": (FRAME_SIZE_ERROR, lambda w: frame(HEADERS, 5, 1, bytes(16385))),
    "DATA on stream 0 (6.1)": (PROTOCOL_ERROR, lambda w: frame(DATA, 0, 0, b"x")),
    "DATA on an idle stream (5.1)": (PROTOCOL_ERROR, lambda w: frame(DATA, 0, 1, b"x")),
    "padding longer than the frame (6.1)": (
        PROTOCOL_ERROR, lambda w: frame(HEADERS, END_HEADERS, 1, w.head()) + frame(DATA, PADDED, 1, b"\x09x")),
    "HEADERS on stream 0 (6.2)": (PROTOCOL_ERROR, lambda w: frame(HEADERS, 5, 0, w.head())),
    "HEADERS on an even stream (5.1.1)": (PROTOCOL_ERROR, lambda w: frame(HEADERS, 5, 2, w.head())),
    "HEADERS padding longer than the frame (6.2)": (PROTOCOL_ERROR, lambda w: frame(HEADERS, 5 | PADDED, 1, b"\xff" + w.head())),
    "another frame between HEADERS and CONTINUATION (6.10)": (
        PROTOCOL_ERROR, lambda w: frame(HEADERS, END_STREAM, 1, w.head()) + frame(PING, 0, 0, bytes(8))),
    "CONTINUATION of another stream (6.10)": (
        PROTOCOL_ERROR, lambda w: frame(HEADERS, END_STREAM, 1, w.head()) + frame(CONTINUATION, 4, 3, b"")),
    "CONTINUATION without HEADERS (6.10)": (PROTOCOL_ERROR, lambda w: frame(CONTINUATION, 4, 1, w.head())),
    "PRIORITY on stream 0 (6.3)": (PROTOCOL_ERROR, lambda w: frame(PRIORITY, 0, 0, bytes(5))),
    "RST_STREAM on stream 0 (6.4)": (PROTOCOL_ERROR, lambda w: frame(RST_STREAM, 0, 0, bytes(4))),
    "RST_STREAM on an idle stream (6.4)": (PROTOCOL_ERROR, lambda w: frame(RST_STREAM, 0, 1, bytes(4))),
    "RST_STREAM of a wrong length (6.4)": (FRAME_SIZE_ERROR, lambda w: frame(HEADERS, 4, 1, w.head()) + frame(RST_STREAM, 0, 1, bytes(3))),
    "SETTINGS on a stream (6.5)": (PROTOCOL_ERROR, lambda w: frame(SETTINGS, 0, 1)),
    "SETTINGS of a wrong length (6.5)": (FRAME_SIZE_ERROR, lambda w: frame(SETTINGS, 0, 0, bytes(5))),
    "SETTINGS ACK with a payload (6.5)": (FRAME_SIZE_ERROR, lambda w: frame(SETTINGS, ACK, 0, bytes(6))),
    "ENABLE_PUSH that is neither 0 nor 1 (6.5.2)": (PROTOCOL_ERROR, lambda w: settings((2, 2))),
    "INITIAL_WINDOW_SIZE over 2^31-1 (6.5.2)": (FLOW_CONTROL_ERROR, lambda w: settings((4, 1 << 31))),
    "MAX_FRAME_SIZE below its least (6.5.2)": (PROTOCOL_ERROR, lambda w: settings((5, 16383))),
    "MAX_FRAME_SIZE over its most (6.5.2)": (PROTOCOL_ERROR, lambda w: settings((5, 1 << 24))),
    "PUSH_PROMISE from a client (8.4)": (PROTOCOL_ERROR, lambda w: frame(PUSH_PROMISE, 4, 1, number(2) + w.head())),
    "PING on a stream (6.7)": (PROTOCOL_ERROR, lambda w: frame(PING, 0, 1, bytes(8))),
    "PING of a wrong length (6.7)": (FRAME_SIZE_ERROR, lambda w: frame(PING, 0, 0, bytes(7))),
    "GOAWAY on a stream (6.8)": (PROTOCOL_ERROR, lambda w: frame(GOAWAY, 0, 1, bytes(8))),
    "WINDOW_UPDATE of 0 for the connection (6.9)": (PROTOCOL_ERROR, lambda w: frame(WINDOW_UPDATE, 0, 0, number(0))),
    "WINDOW_UPDATE of 0 for a stream (6.9)": (
        PROTOCOL_ERROR, lambda w: frame(HEADERS, END_HEADERS, 1, w.head()) + frame(WINDOW_UPDATE, 0, 1, number(0))),
    "WINDOW_UPDATE of a wrong length (6.9)": (FRAME_SIZE_ERROR, lambda w: frame(WINDOW_UPDATE, 0, 0, bytes(3))),
    "WINDOW_UPDATE on an idle stream (5.1)": (PROTOCOL_ERROR, lambda w: frame(WINDOW_UPDATE, 0, 1, number(1))),
    "a window over 2^31-1 (6.9.1)": (FLOW_CONTROL_ERROR, lambda w: frame(WINDOW_UPDATE, 0, 0, number((1 << 31) - 1))),
    "fields that HPACK cannot be (4.3)": (COMPRESSION_ERROR, lambda w: frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff\xff")),
    "an index that HPACK does not have (4.3)": (COMPRESSION_ERROR, lambda w: frame(HEADERS, 5, 1, b"\xfe")),
    "a table larger than allowed (RFC 7541 6.3)": (COMPRESSION_ERROR, lambda w: frame(HEADERS, 5, 1, b"\x3f\xe2\x1f" + w.head())),
    "PRIORITY_UPDATE on a stream (RFC 9218 7.1)": (PROTOCOL_ERROR, lambda w: frame(PRIORITY_UPDATE, 0, 1, number(1) + b"u=1")),
    "PRIORITY_UPDATE for stream 0 (RFC 9218 7.1)": (PROTOCOL_ERROR, lambda w: frame(PRIORITY_UPDATE, 0, 0, number(0) + b"u=1")),
}


@pytest.mark.parametrize("what", CONNECTION_ERRORS)
def test_connection_errors(served, wire, what):
    expected, make = CONNECTION_ERRORS[what]
    wire.send(make(wire))
    error = wire.goaway()
    assert error == expected
    with Peer(served) as peer:
        assert peer.get("/hello.txt").status == 200


def fields(*pairs, wire):
    return wire.encoder.encode(list(pairs))


GOOD = [(":method", "GET"), (":scheme", "http"), (":path", "/hello.txt"), (":authority", "a")]

# Requests that are malformed (8.1.1): their stream is reset, the connection goes on.
MALFORMED = {
    "no method": GOOD[1:],
    "no scheme": [GOOD[0], *GOOD[2:]],
    "no path": [*GOOD[:2], GOOD[3]],
    "an empty path": [*GOOD[:2], (":path", ""), GOOD[3]],
    "a path without a slash": [*GOOD[:2], (":path", "hello.txt"), GOOD[3]],
    "two methods": [GOOD[0], *GOOD],
    "two paths": [*GOOD, GOOD[2]],
    "an unknown pseudo-header": [*GOOD, (":colour", "red")],
    "a response's pseudo-header": [*GOOD, (":status", "200")],
    "a pseudo-header behind a field": [*GOOD[:3], ("accept", "*/*"), GOOD[3]],
    "a name with upper case": [*GOOD, ("Accept", "*/*")],
    "a name with a space": [*GOOD, ("a b", "c")],
    "an empty name": [*GOOD, ("", "c")],
    "a name with a colon": [*GOOD, ("a:b", "c")],
    "a value with a line end": [*GOOD, ("a", "b\r\nc: d")],
    "a value with a NUL": [*GOOD, ("a", "b\0c")],
    "a value that begins with a space": [*GOOD, ("a", " b")],
    "Connection": [*GOOD, ("connection", "close")],
    "Keep-Alive": [*GOOD, ("keep-alive", "1")],
    "Proxy-Connection": [*GOOD, ("proxy-connection", "close")],
    "Transfer-Encoding": [*GOOD, ("transfer-encoding", "chunked")],
    "Upgrade": [*GOOD, ("upgrade", "h2c")],
    "TE other than trailers": [*GOOD, ("te", "gzip")],
    "two lengths": [*GOOD, ("content-length", "1"), ("content-length", "2")],
    "a length that is none": [*GOOD, ("content-length", "x")],
    "a length with a sign": [*GOOD, ("content-length", "-1")],
    "a body announced that does not come": [*GOOD, ("content-length", "5")],
    "CONNECT with a path": [(":method", "CONNECT"), *GOOD[1:]],
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_requests(wire, what):
    wire.encoder.huffman = False
    wire.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.encoder.encode(MALFORMED[what])))
    wire.get(3, "/hello.txt")
    seen = {}
    for came in wire.frames():
        assert came.kind != GOAWAY
        if came.stream:
            seen.setdefault(came.stream, came)
        if 3 in seen:
            break
    assert seen[1].kind == RST_STREAM and seen[1].number() == PROTOCOL_ERROR
    assert seen[3].kind == HEADERS


# Requests that HTTP/2 lets pass, and we answer with an error.
REFUSED = {
    "authority and Host that differ": ([*GOOD, ("host", "b")], b"400"),
    "an authority that is none": ([*GOOD[:3], (":authority", "a b")], None),
    "an authority with a user": ([*GOOD[:3], (":authority", "u@a")], b"400"),
    "a fragment": ([*GOOD[:2], (":path", "/a#b"), GOOD[3]], b"400"),
    "a path beyond ASCII": ([*GOOD[:2], (":path", "/\u00e4"), GOOD[3]], b"400"),
    "an asterisk that is not for OPTIONS": ([*GOOD[:2], (":path", "*"), GOOD[3]], None),
    "CONNECT": ([(":method", "CONNECT"), (":authority", "a:1")], b"405"),
    "a long method": ([(":method", "A" * 100), *GOOD[1:]], b"501"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_requests(wire, what):
    pairs, status = REFUSED[what]
    wire.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.encoder.encode(pairs)))
    came = wire.wait_for(HEADERS if status else RST_STREAM, 1)
    if status:
        decoded = dict(wire.decoder.decode(came.payload, raw=True))
        assert decoded[b":status"] == status
    wire.get(3, "/hello.txt")
    assert wire.wait_for(HEADERS, 3)


def test_stream_errors_spare_the_connection(wire):
    wire.send(frame(HEADERS, END_HEADERS, 3, wire.head("/big.bin")) + frame(WINDOW_UPDATE, 0, 3, number((1 << 31) - 1)))
    assert wire.wait_for(RST_STREAM, 3).number() == FLOW_CONTROL_ERROR
    wire.get(5, "/hello.txt")
    assert wire.wait_for(HEADERS, 5)


def test_data_behind_the_end_of_a_request(wire):
    """5.1: half-closed (remote)."""
    wire.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.head("/big.bin")) + frame(DATA, 0, 1, b"x"))
    for came in wire.frames():
        if came.kind in (RST_STREAM, GOAWAY):
            assert came.payload[-4:] == number(STREAM_CLOSED) or came.number(4) == STREAM_CLOSED
            break
    else:
        raise AssertionError


def test_unknown_frames_and_settings_are_passed_over(wire):
    wire.send(frame(0xbe, 0xff, 0, b"whatever") + frame(0xef, 3, 9, b"") + settings((0x77, 1), (0x1234, 0xffffffff)))
    wire.get(1, "/hello.txt")
    assert wire.wait_for(HEADERS, 1)


def test_flags_that_mean_nothing_are_passed_over(wire):
    wire.send(frame(PING, 0xfe, 0, b"abcdefgh"))
    assert wire.wait_for(PING).payload == b"abcdefgh"


def test_streams_at_a_time(files, server):
    """6.5.2, 5.1.2: those beyond are refused, and may be tried again."""
    running = server(files, options=["--http2-streams", "5"])
    with Wire(running, PREFACE + settings((4, 0))) as wire:
        for stream in range(1, 19, 2):
            wire.get(stream, "/hello.txt")
        refused = [came.number() for _, came in zip(range(4), (f for f in wire.frames() if f.kind == RST_STREAM))]
        assert refused == [7] * 4
        wire.send(frame(WINDOW_UPDATE, 0, 1, number(1000)))
        assert wire.wait_for(DATA, 1).payload == b"hello, world\n"
        wire.get(19, "/hello.txt")
        assert wire.wait_for(HEADERS, 19)


# ---- Floods ----

def flood(server, make, frames_most=20000):
    """Sends make(i) again and again until the server ends the connection: with which error, after
    how many."""
    with Wire(server) as wire:
        for sent in range(0, frames_most, 50):
            if not wire.send(b"".join(make(wire, sent + i) for i in range(50))):
                return None, sent
            try:
                for came in wire.frames(seconds=0.001):
                    if came.kind == GOAWAY:
                        return came.number(4), sent
            except TimeoutError:
                continue
            return None, sent
        raise AssertionError(f"{frames_most} sent, and no end")


FLOODS = {
    "rapid reset": lambda w, i: frame(HEADERS, 5, 2 * i + 1, w.head("/big.bin")) + frame(RST_STREAM, 0, 2 * i + 1, number(CANCEL)),
    "requests made to be reset by us": lambda w, i: frame(HEADERS, END_HEADERS, 2 * i + 1, w.head("/big.bin"))
    + frame(WINDOW_UPDATE, 0, 2 * i + 1, number((1 << 31) - 1)),
    "malformed requests": lambda w, i: frame(HEADERS, 5, 2 * i + 1, w.encoder.encode([(":method", "GET")])),
    "pings": lambda w, i: frame(PING, 0, 0, bytes(8)),
    "settings": lambda w, i: settings((3, 100)),
    "priorities": lambda w, i: frame(PRIORITY, 0, 1001, bytes(4) + b"\x10"),
    "priority updates": lambda w, i: frame(PRIORITY_UPDATE, 0, 0, number(2 * (i % 50) + 1) + b"u=1"),
    "windows opened by crumbs": lambda w, i: frame(WINDOW_UPDATE, 0, 0, number(1)),
    "empty data": lambda w, i: (frame(HEADERS, END_HEADERS, 1, w.head("/hello.txt")) if i == 0 else b"") + frame(DATA, 0, 1),
    "padding alone": lambda w, i: (frame(HEADERS, END_HEADERS, 1, w.head("/hello.txt")) if i == 0 else b"")
    + frame(DATA, PADDED, 1, b"\x03\0\0\0"),
    "continuations": lambda w, i: frame(HEADERS, 0, 1, w.head("/hello.txt")) if i == 0 else frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b"),
    "empty continuations": lambda w, i: frame(HEADERS, 0, 1, w.head("/hello.txt")) if i == 0 else frame(CONTINUATION, 0, 1),
    "streams over the limit": lambda w, i: frame(HEADERS, END_HEADERS, 2 * i + 1, w.head("/hello.txt")),
}


@pytest.mark.parametrize("what", FLOODS)
def test_floods(files, server, what):
    running = server(files, options=["--workers", "1", "-q"])
    error, _sent = flood(running, FLOODS[what])
    assert error == ENHANCE_YOUR_CALM
    assert running.cpu_seconds() < 2
    with Peer(running) as peer:
        assert peer.get("/hello.txt").status == 200


def test_who_goes_on_after_a_flood_is_cut_off(files, server):
    with Wire(server(files)) as wire:
        began = time.monotonic()
        while wire.send(frame(PING, 0, 0, bytes(8)) * 100):
            assert time.monotonic() - began < 8
            time.sleep(0.01)


def test_an_hpack_bomb(files, server):
    """A field of 4000 bytes, then references to it, a byte each: 60 MB out of 16 KiB."""
    running = server(files, options=["--workers", "1", "-q"])
    before = memory_kb(running)
    with Wire(running) as wire:
        block = wire.head("/hello.txt") + b"\x40\x01a\x7f" + b"\xa1\x1e" + b"x" * 4000
        block += b"\xbe" * (16384 - len(block))
        for stream in 1, 3, 5:
            if not wire.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, block)):
                break
        assert wire.goaway() == ENHANCE_YOUR_CALM
    assert memory_kb(running) < before + 2000
    assert running.cpu_seconds() < 1
    with Peer(running) as peer:
        assert peer.get("/hello.txt").status == 200


def memory_kb(server):
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_answers_that_nobody_reads_are_bounded(files, server):
    """A peer that asks, pings and never reads: it is not read either, and then let go."""
    running = server(files, options=["--workers", "1", "-q", "--send-timeout", "1s"])
    before = memory_kb(running)
    with Wire(running, PREFACE + settings((4, (1 << 31) - 1)) + frame(WINDOW_UPDATE, 0, 0, number((1 << 31) - 1 - 65535))) as wire:
        for stream in range(1, 200, 2):
            wire.get(stream, "/big.bin")
        wire.socket.settimeout(1)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                if not wire.send(frame(PRIORITY, 0, 1, bytes(5))):
                    break
            except TimeoutError:
                pass
            assert memory_kb(running) < before + 8000
            time.sleep(0.01)
        else:
            raise AssertionError("it was not let go")


# ---- Slowness ----

def test_a_window_that_is_never_opened(files, server):
    running = server(files, options=["--workers", "1", "--send-timeout", "1s"])
    with Wire(running, PREFACE + settings((4, 100))) as wire:
        wire.get(1, "/big.bin")
        wire.get(3, "/big.bin")
        resets = {}
        began = time.monotonic()
        for came in wire.frames():
            if came.kind == RST_STREAM:
                resets[came.stream] = came.number()
            elif came.kind == DATA and came.stream == 3 and len(came.payload) == 100 and 3 not in resets:
                time.sleep(0.1)
            if len(resets) == 2:
                break
        assert resets == {1: CANCEL, 3: CANCEL} and 0.5 < time.monotonic() - began < 5
        wire.get(5, "/hello.txt")
        assert wire.wait_for(HEADERS, 5), "the connection itself goes on"
    running.wait_for_log("/big.bin", "incomplete")


def test_a_connection_whose_window_is_never_opened(files, server):
    """It pings, which is an answer that goes out, and no sign that it takes its body."""
    running = server(files, options=["--workers", "1", "--send-timeout", "1s"])
    with Wire(running, PREFACE + settings((4, (1 << 31) - 1))) as wire:
        wire.get(1, "/big.bin")
        reset, began, pinged = None, time.monotonic(), 0.0
        while reset is None and time.monotonic() - began < 8:
            if time.monotonic() - pinged > 0.3:
                wire.send(frame(PING, payload=bytes(8)))
                pinged = time.monotonic()
            try:
                for came in wire.frames(0.2):
                    if came.kind == RST_STREAM:
                        reset = came.number()
                        break
            except TimeoutError:
                pass
        assert reset == CANCEL
        wire.get(3, "/hello.txt")
        assert wire.wait_for(HEADERS, 3, 5), "the connection itself goes on"
    running.wait_for_log("/big.bin", "incomplete")


@pytest.mark.parametrize("secure", [False, True])
def test_who_reads_slowly_is_not_cut_off(files, server, secure_server, authority, secure):
    """What TLS has encrypted and the socket has not taken yet is not the peer's to have read."""
    options = ["--workers", "1", "--send-timeout", "1s"]
    running = secure_server(files, options=options) if secure else server(files, options=options)
    if secure:
        running.tls_http2 = authority.client_context()
        running.tls_http2.set_alpn_protocols(["h2"])
    received, began = 0, time.monotonic()
    with Wire(running, PREFACE + settings((4, (1 << 31) - 1)) + frame(WINDOW_UPDATE, 0, 0, number((1 << 31) - 1 - 65535)),
              receive_buffer=4096, segment=536) as wire:
        wire.get(1, "/big.bin")
        while time.monotonic() - began < 6:
            data = wire.socket.recv(10_000)
            assert data, f"cut off after {received} bytes"
            received += len(data)
            time.sleep(len(data) / 100_000)


def test_a_head_that_does_not_end(files, server):
    running = server(files, options=["--header-timeout", "1s"])
    with Wire(running) as wire:
        wire.send(frame(HEADERS, END_STREAM, 1, wire.head("/hello.txt")))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_a_preface_that_does_not_end(files, server):
    running = server(files, options=["--header-timeout", "1s"])
    with Wire(running, PREFACE[:20]) as wire:
        wire.socket.settimeout(5)
        assert wire.socket.recv(1000).startswith(b"HTTP/1.1 408")


def test_idleness(files, server):
    running = server(files, options=["--idle-timeout", "1s"])
    with Peer(running) as peer:
        peer.get("/hello.txt")
        began = time.monotonic()
        while not peer.closed:
            peer.receive(0.1)
            if not peer.goaways:
                peer.h2.ping(b"12345678")
                try:
                    peer.flush()
                except OSError:
                    break
            time.sleep(0.1)
        assert peer.goaways[0][0] == NO_ERROR and time.monotonic() - began < 4, "pings are no requests"


def test_a_request_that_does_not_end(files, server):
    """The answer is out; its stream is not kept open for ever."""
    running = server(files, options=["--send-timeout", "1s"])
    with Wire(running) as wire:
        wire.get(1, "/hello.txt", flags=END_HEADERS)
        assert wire.wait_for(DATA, 1)
        assert wire.wait_for(RST_STREAM, 1).number() == NO_ERROR


def test_a_long_body_is_not_waited_for(files, server):
    with Wire(server(files)) as wire:
        wire.get(1, "/hello.txt", flags=END_HEADERS)
        for _ in range(5):
            wire.send(frame(DATA, 0, 1, bytes(16000)))
        assert wire.wait_for(RST_STREAM, 1).number() == NO_ERROR
        wire.get(3, "/hello.txt")
        assert wire.wait_for(HEADERS, 3)
