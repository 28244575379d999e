"""How long frames are, and that records of TLS are full ones."""

import subprocess

import pytest

from support.files import write_random
from support.http2 import DATA, END_STREAM, PREFACE, Wire, frame, settings, WINDOW_UPDATE
from support.records import FULL, counted

SIZE = 8 << 20
MAX_FRAME_SIZE, INITIAL_WINDOW_SIZE = 5, 4
WINDOW = (1 << 31) - 1
LARGE = 1 << 20
HEAD = 9


@pytest.fixture(name="folder")
def fixture_folder(site):
    write_random(site / "file", SIZE)
    return site


def frames_of(running, streams, pairs):
    """The lengths of all DATA frames of downloads of the file, side by side."""
    lengths, left = [], set(streams)
    with Wire(running, PREFACE + settings((INITIAL_WINDOW_SIZE, WINDOW), *pairs) +
              frame(WINDOW_UPDATE, payload=(WINDOW - 65535).to_bytes(4, "big"))) as wire:
        for stream in streams:
            wire.get(stream, "/file")
        for came in wire.frames(30):
            if came.kind == DATA:
                lengths.append(len(came.payload))
                if came.flags & END_STREAM:
                    left.discard(came.stream)
            if not left:
                break
    assert sum(lengths) == len(streams) * SIZE
    return lengths


@pytest.fixture(name="start")
def fixture_start(server, secure_server, authority, folder):
    def start(secure):
        if not secure:
            return server(folder, options=["--workers", "1"])
        running = secure_server(folder, options=["--workers", "1"])
        running.tls_http2 = authority.client_context()
        running.tls_http2.set_alpn_protocols(["h2"])
        return running
    return start


@pytest.mark.parametrize("secure, usual", [(False, 16384), (True, 16384 - HEAD)])
def test_a_peer_that_takes_the_least(start, secure, usual):
    lengths = frames_of(start(secure), [1], [])
    assert max(lengths) == usual and lengths.count(usual) >= len(lengths) - 4


@pytest.mark.parametrize("secure, usual", [(False, 256 << 10), (True, (256 << 10) - HEAD)])
def test_a_peer_that_takes_long_frames_gets_them_for_a_stream_that_is_alone(start, secure, usual):
    lengths = frames_of(start(secure), [1], [(MAX_FRAME_SIZE, LARGE)])
    assert max(lengths) == usual and lengths.count(usual) >= len(lengths) - 4


@pytest.mark.parametrize("secure", [False, True])
def test_streams_beside_each_other_get_shorter_ones(start, secure):
    lengths = frames_of(start(secure), [1, 3, 5], [(MAX_FRAME_SIZE, LARGE)])
    # The first stream was alone for a while, as is the last.
    assert sum(1 for length in lengths if length > 128 << 10) < len(lengths) / 4
    assert sum(lengths) / len(lengths) > 100 << 10


@pytest.mark.parametrize("most", [16384, 16385, 20000, 1 << 20])
def test_records_are_full(start, build_dir, most):
    running = start(True)
    with counted(build_dir, running) as (port, lengths):
        done = subprocess.run(["h2load", "-n1", "-c1", "-f", str(most), "-w30", "-W30", f"https://127.0.0.1:{port}/file"],
                              capture_output=True, text=True, check=True, timeout=60).stdout
        assert "1 succeeded" in done
    assert lengths[FULL] == SIZE // 16384
    # Of the handshake, settings, the end; and one where a frame of 20,000 bytes has to end.
    assert sum(lengths.values()) - lengths[FULL] < 10, lengths
