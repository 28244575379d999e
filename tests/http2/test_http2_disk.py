"""A stream whose file is on a slow or broken disk holds up none of its connection's others."""

import time

import pytest

from support import slow_disk as disk
from support.http2 import INTERNAL_ERROR, Peer

SLOW_READ_SECONDS = 0.3  # slow_fs.c


@pytest.fixture
def slow_disk(build_dir, tmp_path):
    with disk.mounted(build_dir, tmp_path / "disks") as mounted:
        yield mounted[0]


def pattern(start, length):
    return bytes((start + i) % 251 for i in range(length))


@pytest.mark.parametrize("secure", [False, True])
def test_a_cold_stream_beside_hot_ones(server, authority, localhost_pair, slow_disk, secure):
    if secure:
        context = authority.client_context()
        context.set_alpn_protocols(["h2"])
        started = server(slow_disk, options=["--workers", "1", *localhost_pair.options()], tls=authority.client_context())
        started.tls_http2 = context
    else:
        started = server(slow_disk, options=["--workers", "1"])
    with Peer(started, timeout=60) as peer:
        peer.get("/hot.txt")
        began = time.monotonic()
        cold = peer.ask("/disk/slow")
        latencies = []
        while not peer.answers[cold].over and len(latencies) < 2000:
            asked = time.monotonic()
            assert bytes(peer.get("/hot.txt").body) == b"hot" * 300
            latencies.append(time.monotonic() - asked)
            time.sleep(0.002)
        assert bytes(peer.answer(cold).body) == pattern(0, 4 << 20)
        assert time.monotonic() - began > SLOW_READ_SECONDS, "the slow file was not slow: the test shows nothing"
        latencies.sort()
        assert len(latencies) > 20 and latencies[len(latencies) * 95 // 100] < SLOW_READ_SECONDS / 2, latencies[-10:]


def test_looking_up_a_name_holds_up_no_stream(server, slow_disk):
    with Peer(server(slow_disk, options=["--workers", "1"]), timeout=30) as peer:
        peer.get("/hot.txt")
        late = peer.ask("/disk/late")
        began = time.monotonic()
        assert peer.get("/hot.txt").status == 200
        assert time.monotonic() - began < 0.5 and not peer.answers[late].over
        assert bytes(peer.answer(late).body) == pattern(0, 4096)


def test_a_disk_error_ends_that_stream_alone(server, slow_disk):
    started = server(slow_disk, options=["--workers", "1"])
    with Peer(started, timeout=30) as peer:
        broken = peer.answer(peer.ask("/disk/broken"))
        assert broken.reset == INTERNAL_ERROR
        assert bytes(broken.body) == pattern(0, len(broken.body))
        assert peer.get("/hot.txt").status == 200
    started.wait_for_log("/disk/broken", "incomplete")


def test_a_stream_that_is_reset_cancels_its_wait(server, slow_disk):
    started = server(slow_disk, options=["--workers", "1", "--disk-threads", "1"])
    with Peer(started, timeout=30) as peer:
        peer.get("/hot.txt")
        for _ in range(8):
            stream = peer.ask("/disk/slow")
            peer.settle()
            peer.h2.reset_stream(stream, 8)
            peer.flush()
        peer.settle()
        assert peer.get("/hot.txt").status == 200
        assert bytes(peer.answer(peer.ask("/disk/late")).body) == pattern(0, 4096)
