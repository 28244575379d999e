"""How bodies go out: by the method that was asked for, past the page cache, or by another that the log names."""

import hashlib
import pathlib
import subprocess
import tempfile
import threading

import pytest

from support import files as made
from support.http2 import Peer
from support.page_cache import drop_from_cache, resident_bytes, write_giant
from support.waiting import wait_until

GIANT = 400 << 20
ODD = (6 << 20) + 4321
WAYS = ["plain", "tls"]
# Where the kernel encrypts (tests/vm) it is as without TLS.
USED = {"copy": ("copy", "copy+tls"), "mmap": ("mmap", "copy+tls"), "sendfile": ("sendfile", "copy+tls"),
        "splice": ("splice", "copy+tls"), "direct": ("direct", "direct+tls"), "zerocopy": ("sendfile", "copy+tls"),
        "uring": ("sendfile", "copy+tls")}


@pytest.fixture(name="start")
def fixture_start(server, secure_server, authority):
    """start(way, folder, options=...): a server, and by raw.connect() its client, for HTTP/2."""

    def start(way, folder, options=(), **arguments):
        options = ["--workers", "1", "--small-file", "0", *options]
        if way == "plain":
            return server(folder, options=options, **arguments)
        running = secure_server(folder, options=options, **arguments)
        running.tls_http2 = authority.client_context()
        running.tls_http2.set_alpn_protocols(["h2"])
        return running
    return start


def download(running, target):
    way = ["-k", "--http2"] if running.tls else ["--http2-prior-knowledge"]
    scheme = "https" if running.tls else "http"
    command = ["curl", "-s", "--fail", *way, f"{scheme}://127.0.0.1:{running.port}{target}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
        digest = hashlib.file_digest(curl.stdout, "sha256").hexdigest()
    assert curl.returncode == 0
    return digest


# ---- Past the page cache, the first time ----

@pytest.mark.parametrize("way", WAYS)
def test_a_giant_read_once_leaves_no_trace(start, site, way):
    giant = write_giant(site / "giant", GIANT)
    digest = made.sha256_of(giant)
    drop_from_cache(giant)
    running = start(way, site, ["--cache-guard", "1"])
    assert download(running, "/giant") == digest
    running.wait_for_log("/giant", f" {GIANT} {USED['direct'][way == 'tls']} ")
    assert resident_bytes(giant) < 32 << 20, "the giant is in the page cache"
    # Who asks again wants it near.
    assert download(running, "/giant") == digest
    running.wait_for_log("/giant", f" {GIANT} {USED['sendfile'][way == 'tls']} ")


@pytest.mark.parametrize("way", WAYS)
def test_zero_is_no_guard(start, site, way):
    write_giant(site / "giant", GIANT)
    running = start(way, site, ["--cache-guard", "0"])
    download(running, "/giant")
    running.wait_for_log("/giant", f" {GIANT} {USED['sendfile'][way == 'tls']} ")


@pytest.mark.parametrize("way", WAYS)
def test_a_giant_past_the_cache_holds_up_no_other_stream(start, site, way):
    write_giant(site / "giant", GIANT)
    (site / "hot.txt").write_bytes(b"hot" * 300)
    running = start(way, site, ["--cache-guard", "1"])
    with Peer(running, timeout=60) as peer:
        cold = peer.ask("/giant")
        peer.until(lambda: len(peer.answers[cold].body) > 1 << 20)
        for _ in range(20):
            assert bytes(peer.get("/hot.txt").body) == b"hot" * 300
        assert not peer.answers[cold].over
        peer.h2.reset_stream(cold, 8)
        peer.flush()
        assert peer.get("/hot.txt").status == 200
    running.wait_for_log("/giant", f" {USED['direct'][way == 'tls']} ", "incomplete")


# ---- By the method that was asked for ----

@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", USED)
def test_every_method_sends_the_same_bytes_and_the_log_says_which_it_was(start, site, method, way):
    digest = made.write_random(site / "odd", ODD)
    running = start(way, site, method=method)
    assert download(running, "/odd") == digest
    running.wait_for_log("/odd", f" {ODD} {USED[method][way == 'tls']} ")


@pytest.mark.parametrize("method", ["zerocopy", "uring"])
def test_a_method_that_shares_no_socket_gives_way_and_the_banner_says_so(start, site, method):
    made.write_random(site / "odd", 5000)
    running = start("plain", site, method=method)
    assert f"bodies by sendfile over HTTP/2: {method} gives way, " in running.output()


def test_direct_sends_ranges_at_odd_offsets_and_many_at_a_time(start, site):
    made.write_random(site / "odd", ODD)
    whole = (site / "odd").read_bytes()
    drop_from_cache(site / "odd")
    running = start("plain", site, method="direct")
    with Peer(running, timeout=60) as peer:
        asked = {first: peer.ask("/odd", ("range", f"bytes={first}-{first + (1 << 20)}"))
                 for first in (0, 1, 4095, 1234567)}
        several = peer.ask("/odd", ("range", "bytes=5-9,700000-1400000,-3"))
        for first, stream in asked.items():
            assert bytes(peer.answer(stream).body) == whole[first:first + (1 << 20) + 1]
        parts = bytes(peer.answer(several).body)
        assert whole[700000:1400001] in parts and whole[5:10] in parts and b"\r\n" + whole[-3:] + b"\r\n" in parts
    assert resident_bytes(site / "odd") < 1 << 20


@pytest.mark.parametrize("way", WAYS)
def test_direct_gives_way_where_a_file_system_refuses_it(start, way):
    """The folder is empty at first: nobody knows what its file system can do."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", "/dev/shm"], capture_output=True, text=True, check=False).stdout
    if kind != "tmpfs\n":
        pytest.skip("no tmpfs at /dev/shm")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        running = start(way, pathlib.Path(folder), ["-v"], method="direct")
        digest = made.write_random(pathlib.Path(folder) / "odd", ODD)
        assert download(running, "/odd") == digest
        running.wait_for_log("/odd", f" {ODD} {USED['sendfile'][way == 'tls']} ")
        assert way == "tls" or "direct gave way to sendfile: " in running.output()


def test_streams_reset_while_the_disk_reads_leave_nothing_open(start, site):
    made.write_random(site / "odd", ODD)
    (site / "hot.txt").write_bytes(b"hot" * 300)
    running = start("plain", site, ["--cache-entries", "0"], method="direct")
    with Peer(running, timeout=60) as peer:
        assert peer.get("/hot.txt").status == 200
        before = len(running.fds())
        for _ in range(40):
            stream = peer.ask("/odd")
            peer.h2.reset_stream(stream, 8)
            peer.flush()
        peer.settle()
        for _ in range(10):
            stream = peer.ask("/odd")
            peer.until(lambda stream=stream: len(peer.answers[stream].body) > 0)
            peer.h2.reset_stream(stream, 8)
            peer.flush()
        assert peer.get("/hot.txt").status == 200
        wait_until(lambda: len(running.fds()) <= before, told=running.fds)


def test_one_thread_for_the_disk_serves_two_connections(start, site):
    digests = {name: made.write_random(site / name, ODD, seed) for seed, name in enumerate(("one", "two"))}
    running = start("plain", site, ["--disk-threads", "1"], method="direct")
    got = {}
    readers = [threading.Thread(target=lambda name=name: got.update({name: download(running, f"/{name}")}))
               for name in digests]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert got == digests


# ---- Whatever is asked ----

@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["sendfile", "direct"])
def test_answers_of_every_shape(start, site, method, way):
    made.write_random(site / "odd", ODD)
    (site / "empty").write_bytes(b"")
    whole = (site / "odd").read_bytes()
    with Peer(start(way, site, method=method), timeout=30) as peer:
        tag = peer.get("/odd", method="HEAD").headers["etag"]
        asked = {
            (200, b""): [peer.ask("/odd", method="HEAD"), peer.ask("/empty"), peer.ask("/empty", method="HEAD")],
            (304, b""): [peer.ask("/odd", ("if-none-match", tag)), peer.ask("/odd", ("if-none-match", "*"))],
            (206, whole[-1:]): [peer.ask("/odd", ("range", "bytes=-1"))],
            (206, whole[16383:32769]): [peer.ask("/odd", ("range", "bytes=16383-32768"))],
            (200, whole): [peer.ask("/odd"), peer.ask("/odd", ("range", "bytes=0-9"), ("if-range", '"other"'))],
        }
        refused = [peer.ask("/odd", ("range", f"bytes={ODD}-")), peer.ask("/nothing"), peer.ask("/odd", method="DELETE")]
        several = peer.ask("/odd", ("range", f"bytes=0-0,70000-4000000,{ODD - 1}-"))
        for (status, body), streams in asked.items():
            for stream in streams:
                answer = peer.answer(stream)
                assert (answer.status, bytes(answer.body), answer.reset) == (status, body, None)
        assert [peer.answer(stream).status for stream in refused] == [416, 404, 405]
        parts = peer.answer(several)
        assert parts.status == 206 and len(parts.body) == int(parts.headers["content-length"])
        assert whole[70000:4000001] in bytes(parts.body)
