"""Few descriptors: neither the files that the server remembers nor its connections take those that answers need."""

import json
import time

import pytest

from support.raw import connect, get, receive_response

LIMIT = 200


def limited(server, folder, *options, limit=LIMIT):
    return server(folder, options=["--workers", "2", *options], prefix=["prlimit", f"--nofile={limit}:{limit}", "--"])


@pytest.fixture(scope="module", name="many")
def fixture_many(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    for i in range(3 * LIMIT):
        (folder / f"{i}.txt").write_bytes(b"%d" % i)
    return folder


def ask_for_all(running):
    """Statuses, on connections of both workers."""
    with connect(running) as one, connect(running) as another:
        statuses = []
        for i in range(3 * LIMIT):
            connection = one if i % 2 else another
            connection.sendall(f"GET /{i}.txt HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            statuses.append(receive_response(connection).status)
    return statuses


@pytest.mark.parametrize("options", [(), ("--small-file", "0"), ("--cache-size", "100")])
def test_more_files_than_descriptors(many, server, options):
    running = limited(server, many, *options)
    for _ in range(2):
        assert set(ask_for_all(running)) == {200}
    assert len(running.fds()) < LIMIT / 2
    assert "descriptors: the limit of 200" in running.output()


def test_a_small_file_in_memory_is_closed(many, server):
    running = server(many)
    before = len(running.fds())
    assert set(ask_for_all(running)) == {200}
    assert len(running.fds()) <= before + 4


def test_connections_leave_some_for_files(many, server):
    running = limited(server, many, "--small-file", "0")
    held = [connect(running, timeout=10) for _ in range(LIMIT + 50)]
    try:
        for i, connection in enumerate(held):
            connection.sendall(f"GET /{i}.txt HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        time.sleep(1)
        answers = []
        for connection in held:  # those who wait for a place have none
            connection.settimeout(0.001)
            try:
                answers.append(connection.recv(12))
            except TimeoutError:
                pass
        assert set(answers) == {b"HTTP/1.1 200"} and LIMIT / 2 < len(answers) < LIMIT
    finally:
        for connection in held:
            connection.close()


def test_downloads_that_take_all_the_rest(many, server, tmp_path):
    """Large files, each of its own, on every connection there may be: who finds no descriptor waits, or is told."""
    folder = tmp_path / "big"
    folder.mkdir()
    for i in range(100):
        (folder / f"{i}.bin").write_bytes(bytes(4 << 20))
    (folder / "small.txt").write_bytes(b"small")
    running = limited(server, folder, limit=120)
    held = []
    try:
        for i in range(40):
            held.append(connect(running, timeout=10, receive_buffer=4096))
            held[-1].sendall(f"GET /{i}.bin HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert held[-1].recv(12) == b"HTTP/1.1 200"
        assert json.loads(get(running, "/?json").body)["entries"][0]["name"] == "0.bin"
        assert get(running, "/small.txt").status == 200
    finally:
        for connection in held:
            connection.close()


def test_enough_is_not_told_of(many, server):
    assert "descriptors:" not in server(many, options=["--max-connections", "100", "--cache-entries", "100"]).output()
