"""The black-box suite: what RFC 9110, 9111, 9112 (and 3986, 3629, 6585) say of bytes on a connection.

Behind every request goes another one, the probe. A connection that must stay has to answer it, one that must end
may not: so every case also shows whether both sides still agree where a request begins."""

import collections
import email.utils
import os
import re
import time

import cases_framing
import cases_selection
import cases_semantics
import cases_syntax
import cases_target
import pytest
from rfc_case import ETAG, FILE, FILES, MODIFIED, MODIFIED_S, request

from support.raw import get, parse_responses, raw_request
from support.server import Server

CASES = [case for table in (cases_syntax, cases_target, cases_framing, cases_semantics,
                            cases_selection) for case in table.CASES]
AT_LEAST = 1000
PROBE = request(b"/probe.txt", b"Connection: close")
ONCE = ("date", "content-length", "content-type", "etag", "last-modified", "location", "vary", "content-range",
        "content-encoding",
        "allow", "cache-control", "connection")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


@pytest.fixture(scope="module", name="served")
def served_fixture(sluice_binary, tmp_path_factory):
    """(server, {placeholder: what stands for it}); one server for all cases."""
    folder = tmp_path_factory.mktemp("rfc")
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MODIFIED_S, MODIFIED_S))
    server = Server(sluice_binary, folder, tmp_path_factory.mktemp("log"), options=[
        "--workers", "1", "-q", "--redirect", "/gone/*=/new/*", "--cache-control", "*.html=max-age=60"])
    deadline = time.monotonic() + 20
    while (head := get(server, "/file.bin", method="HEAD")).headers["etag"].startswith("W/"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1.1)  # what was opened before then is believed to be young
    yield server, {ETAG: head.headers["etag"].encode(), MODIFIED: head.headers["last-modified"].encode()}
    server.stop()


def filled(text, stands_for):
    for placeholder, value in stands_for.items():
        text = text.replace(placeholder, value) if isinstance(text, bytes) else text.replace(placeholder.decode(),
                                                                                             value.decode())
    return text


def parts_of(response):
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\S{1,70})", response.headers["content-type"])[1].encode()
    first, *parts, last = response.body.split(b"\r\n--" + boundary)
    assert first == b"" and last == b"--\r\n"
    spans = []
    for part in parts:
        head, _, data = part.partition(b"\r\n\r\n")
        first, last, size = map(int, re.search(rb"\r\nContent-Range: bytes (\d+)-(\d+)/(\d+)", head).groups())
        assert size == len(FILE) and data == FILE[first:last + 1]
        spans.append((first, last))
    return tuple(spans)


def check_always(response):
    """What every answer owes, whatever was asked."""
    headers = response.headers
    assert response.version == "HTTP/1.1" and response.complete
    for name in ONCE:
        assert len(response.values(name)) <= 1, name
    assert DATE.fullmatch(headers["date"])
    date = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    assert abs(date - time.time()) < 5
    assert "transfer-encoding" not in headers
    if "last-modified" in headers:
        assert DATE.fullmatch(headers["last-modified"])
        assert email.utils.parsedate_to_datetime(headers["last-modified"]).timestamp() <= date
    if response.status in (204, 304):
        assert "content-length" not in headers or response.status == 304
    else:
        assert "content-length" in headers
    if "content-type" in headers:
        assert headers["x-content-type-options"] == "nosniff"
    for status, name in ((405, "allow"), (416, "content-range"), (301, "location")):
        assert (response.status == status) <= (name in headers), name
    if response.status >= 400:
        assert len(response.body) < 4096 and headers["content-type"] == "text/plain; charset=utf-8"


def check_answer(response, answer, stands_for):
    assert response.status == answer.status, response
    check_always(response)
    if answer.body is not None:
        assert response.body == answer.body
    if answer.parts is not None:
        assert parts_of(response) == answer.parts
    for name, wanted in answer.fields.items():
        value = response.headers.get(name)
        if callable(wanted):
            assert value is not None and wanted(value), (name, value)
        else:
            assert value == (filled(wanted, stands_for) if wanted else wanted), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case.title))
def test_case(served, case):
    server, stands_for = served
    data = raw_request(server, filled(case.request, stands_for) + PROBE, timeout=5)
    methods = [answer.method for answer in case.answers] + ([] if case.closes else ["GET"])
    responses = parse_responses(data, methods)
    for response, answer in zip(responses, case.answers):
        check_answer(response, answer, stands_for)
    last = responses[len(case.answers) - 1]
    assert (last.headers.get("connection") == "close") == (case.closes is True)
    if not case.closes:
        assert (responses[-1].status, responses[-1].body) == (200, b"probe")


def test_there_are_enough():
    """A request may be there twice, for two sections; a case may not."""
    assert len({case.request for case in CASES}) >= AT_LEAST
    assert [title for title, count in collections.Counter(case.title for case in CASES).items() if count > 1] == []
