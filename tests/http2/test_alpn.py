"""What client and server agree on in the handshake (RFC 7301), is spoken."""

import pytest

from support import raw
from support.http2 import GOAWAY, PROTOCOL_ERROR, SETTINGS, Wire


def agreed(server, authority, *offered):
    context = authority.client_context()
    if offered:
        context.set_alpn_protocols(list(offered))
    with raw.connect(server, tls=context) as connection:
        return connection.selected_alpn_protocol()


def test_http2_is_preferred(secure_served, authority):
    assert agreed(secure_served, authority, "http/1.1", "h2") == "h2"
    assert agreed(secure_served, authority, "http/1.1") == "http/1.1"
    assert agreed(secure_served, authority, "h3") is None
    assert agreed(secure_served, authority) is None


def test_switched_off(files, secure_server, authority):
    running = secure_server(files, options=["--no-http2"])
    assert agreed(running, authority, "h2", "http/1.1") == "http/1.1"
    assert agreed(running, authority, "h2") is None


@pytest.mark.parametrize("offered", [["http/1.1"], []])
def test_http2_that_was_not_agreed_on(secure_served, authority, offered):
    context = authority.client_context()
    if offered:
        context.set_alpn_protocols(offered)
    secure_served.tls_http2 = context
    with Wire(secure_served) as wire:
        assert raw.receive_all(wire.socket).startswith(b"HTTP/1.1 505 ")


def test_http1_where_http2_was_agreed_on(secure_served):
    with Wire(secure_served, b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n") as wire:
        kinds = [(came.kind, came.number(4) if came.kind == GOAWAY else None) for came in wire.frames()]
    assert kinds == [(SETTINGS, None), (GOAWAY, PROTOCOL_ERROR)]
