"""What HTTP/1 does, HTTP/2 does too."""

import hashlib
import subprocess

import pytest

from support.http2 import Peer
from support.raw import get

NAMES = ["1.bin", "frame-1.bin", "frame.bin", "frame+1.bin", "window.bin", "small.bin", "big.bin", "empty.txt",
         "hello.txt", "folder/"]


@pytest.fixture(params=["clear", "secure"])
def served(request):
    """In the clear, and over TLS."""
    return request.getfixturevalue("served" if request.param == "clear" else "secure_served")


def content(files, name):
    return (files / (name + "index.html" if name.endswith("/") else name)).read_bytes()


def test_files(files, peer):
    for name in NAMES:
        answer = peer.get("/" + name)
        assert answer.status == 200 and answer.ended
        assert bytes(answer.body) == content(files, name), name
        assert int(answer.headers["content-length"]) == len(answer.body)


def test_all_at_once(files, peer):
    streams = {peer.ask("/" + name): name for name in NAMES * 3}
    for stream, name in streams.items():
        assert bytes(peer.answer(stream).body) == content(files, name), name


@pytest.mark.parametrize("method", ["sendfile", "copy", "mmap", "splice", "zerocopy", "direct"])
def test_methods(files, server, method):
    with Peer(server(files, method=method)) as peer:
        streams = {peer.ask("/big.bin"): "big.bin" for _ in range(5)}
        for stream, name in streams.items():
            assert bytes(peer.answer(stream).body) == content(files, name)


def test_heads_are_those_of_http1(files, served, peer):
    """But for what belongs to the connection, and the case of names."""
    for method in "GET", "HEAD":
        for name in "small.bin", "big.bin", "nowhere", "folder":
            old = get(served, "/" + name, method=method)
            new = peer.get("/" + name, method=method)
            assert new.status == old.status
            left_out = {"connection", "date"}
            assert {(k, v) for k, v in new.pairs if k not in left_out and k[0] != ":"} \
                == {(k, v) for k, v in old.pairs if k not in left_out}
            assert bytes(new.body) == old.body
            assert "date" in new.headers
            assert all(name == name.lower() for name, _ in new.pairs)


def test_ranges_and_conditions(files, peer):
    whole = content(files, "big.bin")
    part = peer.get("/big.bin", ("range", "bytes=100000-299999"))
    assert part.status == 206 and bytes(part.body) == whole[100000:300000]
    assert part.headers["content-range"] == f"bytes 100000-299999/{len(whole)}"
    last = peer.get("/big.bin", ("range", "bytes=-5"))
    assert bytes(last.body) == whole[-5:]
    assert peer.get("/big.bin", ("range", f"bytes={len(whole)}-")).status == 416
    same = peer.get("/big.bin", ("if-none-match", part.headers["etag"]))
    assert same.status == 304 and not same.body and "content-length" not in same.headers
    assert peer.get("/big.bin", ("if-match", '"other"')).status == 412


def test_several_ranges(files, peer):
    whole = content(files, "big.bin")
    answer = peer.get("/big.bin", ("range", "bytes=0-99999,200000-299999,1000000-1000009"))
    assert answer.status == 206
    assert int(answer.headers["content-length"]) == len(answer.body)
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    parts = bytes(answer.body).split(b"--" + boundary)[1:-1]
    bodies = [part.partition(b"\r\n\r\n")[2][:-2] for part in parts]
    assert bodies == [whole[:100000], whole[200000:300000], whole[1000000:1000010]]


def test_methods_and_targets(files, peer):
    assert peer.get("/hello.txt", method="OPTIONS").status == 204
    assert peer.get("*", method="OPTIONS").status == 204
    assert peer.get("/hello.txt", method="DELETE").status == 405
    assert peer.get("/hello.txt", method="BREW").status == 501
    assert peer.get("/../hello.txt").status == 400
    assert peer.get("/a%2fb").status == 400
    assert peer.get("/" + "x" * 9000).status == 414
    assert peer.get("/hello.txt", *[(f"x-{i}", "y") for i in range(80)]).status == 431
    assert peer.get("/hello.txt", ("x-long", "y" * 16384)).status == 431
    assert peer.get("/hello.txt", ("expect", "100-continue")).status == 200
    assert peer.get("/hello.txt", ("cookie", "a=b"), ("cookie", "c=d")).status == 200
    assert bytes(peer.get("/hello.txt").body) == b"hello, world\n"


def test_a_body_is_passed_over(peer):
    stream = peer.ask("/hello.txt", end_stream=False)
    peer.h2.send_data(stream, b"x" * 10000, end_stream=True)
    peer.flush()
    assert bytes(peer.answer(stream).body) == b"hello, world\n"
    stream = peer.ask("/hello.txt", ("content-length", "100000"), end_stream=False)
    assert peer.answer(stream).status == 413


def test_trailers_are_passed_over(peer):
    stream = peer.ask("/hello.txt", end_stream=False)
    peer.h2.send_data(stream, b"x")
    peer.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
    peer.flush()
    assert bytes(peer.answer(stream).body) == b"hello, world\n"
    assert peer.get("/hello.txt").status == 200


@pytest.mark.parametrize("piece", [1, 7, 100])
def test_in_pieces(files, served, piece):
    """The preface and the frames, cut anywhere."""
    with Peer(served, piece=piece) as peer:
        assert bytes(peer.get("/big.bin").body) == content(files, "big.bin")


def test_log(served, peer):
    peer.get("/hello.txt")
    peer.get("/big.bin")
    served.wait_for_log('"GET /hello.txt HTTP/2.0" 200 13 memory' + ("+tls" if served.tls else " "))
    served.wait_for_log('"GET /big.bin HTTP/2.0" 200 3145745 ' + ("copy+tls" if served.tls else "sendfile "))


def test_http1_is_still_spoken(served):
    assert get(served, "/hello.txt").body == b"hello, world\n"
    assert get(served, "/hello.txt", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
               "Connection: Upgrade, HTTP2-Settings").status == 200


def test_curl_and_nghttp(files, served):
    version = "--http2" if served.tls else "--http2-prior-knowledge"
    for name in "hello.txt", "big.bin":
        for command in (["curl", "-sSk", version], ["nghttp"]):
            body = subprocess.run([*command, f"{served.url}/{name}"], capture_output=True, check=True, timeout=30).stdout
            assert hashlib.sha256(body).digest() == hashlib.sha256(content(files, name)).digest()


def test_h2load(files, served):
    for name, count in ("small.bin", 10000), ("big.bin", 100):
        result = subprocess.run(["h2load", "-n", str(count), "-c", "8", "-m", "32", f"{served.url}/{name}"],
                                capture_output=True, text=True, check=True, timeout=60)
        assert f"{count} succeeded, 0 failed, 0 errored, 0 timeout" in result.stdout, result.stdout
