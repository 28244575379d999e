"""HTTP/2 from the outside: python-h2 where the peer is a good one, bare frames where it is not."""

import struct
import time
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import hpack

from support import raw

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# RFC 9113 6 and 7, RFC 9218 7.1
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 0x10
ACK = END_STREAM = 1
END_HEADERS = 4
PADDED = 8
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, \
    REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(12)


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", key, value) for key, value in pairs))


@dataclass
class Answer:
    """What came on a stream. headers: of the response; reset: the error code of RST_STREAM."""

    headers: dict = None
    pairs: list = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int = None

    @property
    def status(self):
        return int(self.headers[":status"])

    @property
    def over(self):
        return self.ended or self.reset is not None


class Peer:
    """A good client: python-h2 on a socket. answers: by stream. goaways: (error, last stream) as
    they came. piece: so many bytes go out at a time. Windows are opened as bytes come, unless opens_windows is made False."""

    def __init__(self, server, timeout=raw.TIMEOUT_SECONDS, receive_buffer=None, initial_settings=None, piece=None):
        self.socket = raw.connect(server, timeout, receive_buffer, server.tls_http2)
        self.timeout = timeout
        self.piece = piece
        self.authority = f"localhost:{server.port}"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        if initial_settings:
            self.h2.local_settings = h2.settings.Settings(client=True, initial_values=initial_settings)
        self.answers = {}
        self.goaways = []
        self.pongs = 0
        self.settings_came = False
        self.opens_windows = True
        self.closed = False
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        data = self.h2.data_to_send()
        for at in range(0, len(data), self.piece or max(len(data), 1)):
            self.socket.sendall(data[at:at + self.piece] if self.piece else data)
            if self.piece:
                time.sleep(0.0005)

    def ask(self, path, *headers, method="GET", authority=None, end_stream=True):
        """Sends a request; its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, [(":method", method), (":path", path), (":scheme", "http"),
                                      (":authority", authority or self.authority), *headers],
                             end_stream=end_stream)
        self.flush()
        return stream

    def _saw(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            answer.pairs = [(str(name), str(value)) for name, value in event.headers]
            answer.headers = dict(answer.pairs)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            if self.opens_windows and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            if answer:
                answer.reset = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaways.append((event.error_code, event.last_stream_id))
        elif isinstance(event, h2.events.PingAckReceived):
            self.pongs += 1
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self.settings_came = True

    def receive(self, seconds):
        """Waits for bytes, and notes what they say. False: none came."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(1 << 18)
        except TimeoutError:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(data):
            self._saw(event)
        try:
            self.flush()
        except OSError:
            self.closed = True
        return True

    def until(self, condition, seconds=None):
        """Receives until condition() is true."""
        deadline = time.monotonic() + (seconds or self.timeout)
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0 and not self.closed, f"closed: {self.closed}, goaways: {self.goaways}, answers: " + str(
                {k: (v.headers, len(v.body), v.ended, v.reset) for k, v in self.answers.items()})
            self.receive(left)

    def answer(self, stream, seconds=None):
        self.until(lambda: self.answers[stream].over, seconds)
        return self.answers[stream]

    def get(self, path, *headers, **arguments):
        return self.answer(self.ask(path, *headers, **arguments))

    def settle(self):
        """One round trip: all that was sent before has been read."""
        before = self.pongs
        self.h2.ping(b"12345678")
        self.flush()
        self.until(lambda: self.pongs > before)


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    def number(self, offset=0):
        return struct.unpack_from(">I", self.payload, offset)[0]


class Wire:
    """A peer that sends what the test wants. Frames are read off; SETTINGS are acknowledged."""

    def __init__(self, server, preface=PREFACE + settings(), timeout=raw.TIMEOUT_SECONDS, receive_buffer=None, segment=None):
        self.socket = raw.connect(server, timeout, receive_buffer, server.tls_http2, segment)
        self.timeout = timeout
        self.buffer = b""
        self.ended = False
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.authority = f"localhost:{server.port}"
        self.send(preface)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False: the server does not take it any more."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def head(self, path="/", method="GET", extra=()):
        return self.encoder.encode([(":method", method), (":scheme", "http"), (":path", path),
                                    (":authority", self.authority), *extra])

    def get(self, stream, path="/", flags=END_STREAM | END_HEADERS, **arguments):
        self.send(frame(HEADERS, flags, stream, self.head(path, **arguments)))

    def frames(self, seconds=None):
        """Frames as they come, until the end of the stream; TimeoutError when it is late."""
        deadline = time.monotonic() + (seconds or self.timeout)
        while True:
            while len(self.buffer) >= 9:
                length = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) < 9 + length:
                    break
                came = Frame(self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big") & 0x7fffffff,
                             self.buffer[9:9 + length])
                self.buffer = self.buffer[9 + length:]
                yield came
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 18)
            except ConnectionResetError:
                data = b""
            if not data:
                self.ended = True
                return
            self.buffer += data

    def wait_for(self, kind, stream=None, seconds=None):
        """The next frame of that kind; None when the connection ended before."""
        for came in self.frames(seconds):
            if came.kind == kind and (stream is None or came.stream == stream) and not (
                    kind == SETTINGS and came.flags & ACK):
                return came
        return None

    def goaway(self, seconds=None):
        """The error of the GOAWAY that ends the connection; None when it ends without."""
        error = None
        for came in self.frames(seconds):
            if came.kind == GOAWAY:
                error = came.number(4)
        return error
