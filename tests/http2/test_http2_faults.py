"""Files that change, streams that end early, windows that are small, reloads."""

import hashlib
import os
import signal
import subprocess
import threading
import time

import h2.settings
import pytest

from support.files import write_random
from support.http2 import (CANCEL, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, INTERNAL_ERROR, NO_ERROR, PING, PREFACE,
                           PRIORITY_UPDATE, RST_STREAM, WINDOW_UPDATE, Peer, Wire, frame, settings)
from support.waiting import wait_until

SIZE = 32 << 20


@pytest.fixture
def large(files):
    write_random(files / "file.bin", SIZE)
    return files


def number(value):
    return value.to_bytes(4, "big")


# ---- Files ----

@pytest.mark.parametrize("event", ["replaced", "unlinked", "grown"])
def test_a_file_that_changes_arrives_whole(large, server, event):
    whole = (large / "file.bin").read_bytes()
    with Peer(server(large)) as peer:
        peer.opens_windows = False
        stream = peer.ask("/file.bin")
        peer.until(lambda: len(peer.answers[stream].body) >= 65535)
        if event == "replaced":
            write_random(large / "new.bin", 1000)
            os.rename(large / "new.bin", large / "file.bin")
        elif event == "unlinked":
            os.unlink(large / "file.bin")
        else:
            with open(large / "file.bin", "ab") as file:
                file.write(bytes(1 << 20))
        peer.opens_windows = True
        peer.h2.acknowledge_received_data(65535, stream)
        peer.flush()
        assert bytes(peer.answer(stream, 30).body) == whole


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("method", ["auto", "copy", "mmap", "splice", "direct"])
def test_a_file_cut_short_sends_no_wrong_byte(large, server, secure_server, authority, method, secure):
    """Its stream is reset, or, where a frame was begun, the connection ends."""
    whole = (large / "file.bin").read_bytes()
    running = (secure_server if secure else server)(large, method=method)
    if secure:
        running.tls_http2 = authority.client_context()
        running.tls_http2.set_alpn_protocols(["h2"])
    with Peer(running) as peer:
        peer.opens_windows = False
        stream = peer.ask("/file.bin")
        peer.until(lambda: len(peer.answers[stream].body) >= 65535)
        os.truncate(large / "file.bin", 10 << 20)
        peer.opens_windows = True
        peer.h2.acknowledge_received_data(65535, stream)
        peer.flush()
        answer = peer.answers[stream]
        deadline = time.monotonic() + 20
        while not answer.over and not peer.closed and time.monotonic() < deadline:
            peer.receive(1)
        assert not answer.ended and (answer.reset == INTERNAL_ERROR or peer.closed)
        assert whole.startswith(bytes(answer.body))
    running.wait_for_log("/file.bin", "incomplete")
    with Peer(running) as peer:
        assert peer.get("/hello.txt").status == 200


# ---- Streams ----

def test_many_large_downloads_at_once(large, server):
    """Each is hashed; and they go on together."""
    digest = hashlib.sha256((large / "file.bin").read_bytes()).digest()
    with Peer(server(large, options=["--workers", "1"])) as peer:
        streams = [peer.ask("/file.bin") for _ in range(4)]
        peer.until(lambda: all(len(peer.answers[stream].body) > 1 << 20 for stream in streams), 30)
        assert all(len(peer.answers[stream].body) < 24 << 20 for stream in streams)
        for stream in streams:
            assert hashlib.sha256(peer.answer(stream, 60).body).digest() == digest


def test_priorities(large, server):
    """RFC 9218: what is urgent goes first; a change of mind counts. The streams' windows are wide: a
    closed one would let the other go first."""
    wide = {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20, h2.settings.SettingCodes.ENABLE_PUSH: 0}
    with Peer(server(large), initial_settings=wide) as peer:
        slow = peer.ask("/file.bin", ("priority", "u=7"))
        peer.until(lambda: len(peer.answers[slow].body) > 100000)
        quick = peer.ask("/big.bin", ("priority", "u=0"))
        answer = peer.answer(quick)
        assert len(peer.answers[slow].body) < 8 << 20
        assert len(answer.body) == 3 * 1024 * 1024 + 17
        first, second = peer.ask("/big.bin", ("priority", "u=6")), peer.ask("/file.bin", ("priority", "u=6"))
        peer.socket.sendall(frame(PRIORITY_UPDATE, 0, 0, number(second) + b"u=1"))
        peer.until(lambda: len(peer.answers[second].body) > 5 << 20, 30)
        assert len(peer.answers[first].body) < 1 << 20  # what was on its way
        peer.answer(first, 30)


@pytest.mark.parametrize("window", [1, 10, 1000])
def test_tiny_windows(files, server, window):
    whole = (files / "small.bin").read_bytes()
    with Wire(server(files), PREFACE + settings((4, window))) as wire:
        wire.get(1, "/small.bin")
        body, deadline = b"", time.monotonic() + 20
        for came in wire.frames(20):
            if came.kind == DATA:
                assert len(came.payload) <= window
                body += came.payload
                if came.flags & END_STREAM:
                    break
                wire.send(frame(WINDOW_UPDATE, 0, 1, number(len(came.payload))))
        assert body == whole and time.monotonic() < deadline


def test_a_window_made_smaller(files, server):
    """6.9.2: it may become negative."""
    whole = (files / "big.bin").read_bytes()
    with Wire(server(files), PREFACE + settings((4, 60000))) as wire:
        wire.get(1, "/big.bin")
        body = b""
        while len(body) < 60000:
            body += wire.wait_for(DATA, 1).payload
        wire.send(settings((4, 10)) + frame(WINDOW_UPDATE, 0, 0, number(1 << 20)) + frame(WINDOW_UPDATE, 0, 1, number(50000)))
        wire.send(frame(PING, 0, 0, bytes(8)))
        for came in wire.frames():
            assert came.kind != DATA
            if came.kind == PING:
                break
        wire.send(frame(WINDOW_UPDATE, 0, 1, number(10000)))
        body += wire.wait_for(DATA, 1).payload
        assert whole.startswith(body) and len(body) == 60010


def test_larger_frames(files, server):
    whole = (files / "big.bin").read_bytes()
    with Wire(server(files), PREFACE + settings((4, 1 << 30), (5, 1 << 20)) + frame(WINDOW_UPDATE, 0, 0, number(1 << 30))) as wire:
        wire.get(1, "/big.bin")
        body, longest = b"", 0
        while len(body) < len(whole):
            came = wire.wait_for(DATA, 1)
            longest = max(longest, len(came.payload))
            body += came.payload
        assert body == whole and longest > 16384


def test_a_reset_lets_go_of_everything(large, server):
    running = server(large, options=["--workers", "1"])
    with Peer(running) as peer:
        peer.get("/file.bin", ("range", "bytes=0-0"))
        before = len(running.fds())
        peer.opens_windows = False
        for _ in range(20):
            stream = peer.ask("/file.bin")
            peer.until(lambda stream=stream: peer.answers[stream].body)
            peer.h2.reset_stream(stream, CANCEL)
            peer.h2.increment_flow_control_window(len(peer.answers[stream].body))
            peer.flush()
        peer.settle()
        assert len(running.fds()) == before
        os.unlink(large / "file.bin")
        peer.opens_windows = True
        assert peer.get("/hello.txt").status == 200
        peer.settle()
        wait_until(lambda: sum("incomplete" in line for line in running.log_lines()) >= 20, 5, running.log_lines)


def test_clients_that_go(large, server):
    running = server(large, options=["--workers", "1"])
    with Peer(running) as peer:
        peer.get("/hello.txt")
        before = len(running.fds())
        for _ in range(20):
            with Peer(running) as leaver:
                streams = [leaver.ask("/file.bin") for _ in range(5)]
                leaver.until(lambda leaver=leaver, streams=streams: leaver.answers[streams[-1]].headers)
        wait_until(lambda: len(running.fds()) <= before + 1, told=running.fds)
        assert peer.get("/hello.txt").status == 200


def test_half_closed_clients_get_their_answers(files, server):
    """nghttp2's own programs and proxies may end their side behind the last request."""
    whole = (files / "big.bin").read_bytes()
    with Wire(server(files), PREFACE + settings((4, 1 << 30)) + frame(WINDOW_UPDATE, 0, 0, number(1 << 30))) as wire:
        wire.get(1, "/big.bin")
        wire.socket.shutdown(1)
        body = b"".join(came.payload for came in wire.frames(20) if came.kind == DATA)
        assert body == whole


def test_steady_state(files, server, has_sanitizers):
    """Neither memory nor descriptors grow with what has been."""
    running = server(files, options=["--workers", "1", "-q"])

    def load():
        for name in "small.bin", "big.bin":
            subprocess.run(["h2load", "-n", "100", "-c", "8", "-m", "16", f"{running.url}/{name}"],
                           check=True, capture_output=True, timeout=60)
        with open(f"/proc/{running.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")), len(running.fds())

    load()
    memory, descriptors = load()
    for _ in range(3):
        after = load()
    assert after[1] == descriptors
    assert has_sanitizers or after[0] < memory + 1500


# ---- Ends ----

def test_goaway_in_two_steps(large, server):
    """RFC 9113 6.8: streams on their way still count, those open are finished."""
    running = server(large, options=["--grace", "20s"])
    with Peer(running, receive_buffer=65536) as peer:
        stream = peer.ask("/file.bin")
        peer.until(lambda: peer.answers[stream].body)
        running.signal(signal.SIGTERM)
        peer.h2.config.logger = None
        # python-h2 takes the first GOAWAY for the end: so the frames are read bare.
        seen, body, buffer = [], len(peer.answers[stream].body), b""
        peer.socket.settimeout(20)
        while True:
            data = peer.socket.recv(1 << 18)
            if not data:
                break
            buffer += data
            while len(buffer) >= 9 and len(buffer) >= 9 + int.from_bytes(buffer[:3], "big"):
                length, kind, flags = int.from_bytes(buffer[:3], "big"), buffer[3], buffer[4]
                payload, buffer = buffer[9:9 + length], buffer[9 + length:]
                if kind == GOAWAY:
                    seen.append((int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big")))
                elif kind == PING and not flags:
                    peer.socket.sendall(frame(PING, 1, 0, payload))
                elif kind == DATA:
                    body += length
                    if length:
                        peer.socket.sendall(frame(WINDOW_UPDATE, 0, 0, number(length)) + frame(WINDOW_UPDATE, 0, stream, number(length)))
        assert body == SIZE
        assert seen == [((1 << 31) - 1, NO_ERROR), (stream, NO_ERROR)]
    running.wait()


def replace(server):
    banners = server.banners()
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.banners() != banners, 20)
    server.pid = server.serving_pids()[-1]


def test_reloads_fail_no_request(files, server):
    """Clients that mind GOAWAY: they finish what they asked for and go on elsewhere."""
    whole = (files / "small.bin").read_bytes()
    running = server(files, options=["--grace", "5s"])
    failures, counts, ending = [], [0, 0, 0], threading.Event()

    def ask_on(wire, which):
        """Until a GOAWAY: then the last answer is waited for, and no more is asked."""
        going = True
        for stream in range(1, 1 << 20, 2):
            if ending.is_set() or not going:
                return
            wire.get(stream, "/small.bin")
            body = b""
            for came in wire.frames():
                if came.kind == GOAWAY:
                    assert came.number(4) == NO_ERROR
                    going = False
                    if came.number(0) < stream:
                        return  # it was not looked at: another connection's
                elif came.kind == PING:
                    wire.send(frame(PING, 1, 0, came.payload))
                elif came.kind == DATA:
                    body += came.payload
                    if came.flags & END_STREAM:
                        break
            assert body == whole, (stream, len(body), going)
            wire.send(frame(WINDOW_UPDATE, 0, 0, number(len(body))))
            counts[which] += 1

    def ask(which):
        while not ending.is_set():
            try:
                with Wire(running) as wire:
                    ask_on(wire, which)
            except Exception as error:  # noqa: BLE001
                failures.append(repr(error))

    threads = [threading.Thread(target=ask, args=(which,)) for which in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            replace(running)
            before = sum(counts)
            deadline = time.monotonic() + 10
            while sum(counts) < before + 50:
                assert time.monotonic() < deadline and not failures, failures
                time.sleep(0.01)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    assert failures == []
    wait_until(lambda: len(running.serving_pids()) <= 1, 15)
