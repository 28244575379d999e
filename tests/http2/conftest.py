"""The small site, and what most of these tests start with."""

import pytest

from support.files import write_random
from support.http2 import Peer, Wire


@pytest.fixture
def files(site):
    """Sizes about a frame's and a window's, and what HTTP/1's tests have."""
    for name, size in {"1.bin": 1, "frame-1.bin": 16383, "frame.bin": 16384, "frame+1.bin": 16385,
                       "window.bin": 65535, "small.bin": 1000, "big.bin": 3 * 1024 * 1024 + 17}.items():
        write_random(site / name, size)
    (site / "empty.txt").write_bytes(b"")
    (site / "hello.txt").write_bytes(b"hello, world\n")
    (site / "folder").mkdir()
    (site / "folder" / "index.html").write_bytes(b"<!doctype html><title>index</title>")
    return site


@pytest.fixture
def served(files, server):
    return server(files)


@pytest.fixture
def secure_served(files, secure_server, authority):
    running = secure_server(files)
    running.tls_http2 = http2_context(authority)
    return running


def http2_context(authority, version=None):
    context = authority.client_context(version)
    context.set_alpn_protocols(["h2"])
    return context


@pytest.fixture
def peer(served):
    with Peer(served) as peer:
        yield peer


@pytest.fixture
def wire(served):
    with Wire(served) as wire:
        yield wire
