"""Folders with many entries: what their listings take of memory and of the disk's threads."""

import json
import os
import pathlib
import threading
import time

import h2.settings
import pytest

from support.http2 import Peer
from support.raw import connect, get, parse_response, receive_all
from support.waiting import wait_until

ENTRIES = 20000
WISHES = [f"?sort={sort}&order={order}{json}" for sort in ("name", "size", "modified") for order in ("asc", "desc")
          for json in ("", "&json")]


@pytest.fixture(scope="module", name="crowded")
def fixture_crowded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crowded")
    (folder / "many").mkdir()
    for i in range(ENTRIES):
        os.close(os.open(folder / "many" / f"a file of some length {i:06}.txt", os.O_CREAT | os.O_WRONLY))
    (folder / "few").mkdir()
    (folder / "few" / "one.txt").write_bytes(b"1")
    return folder


def resident(server):
    """MiB of the serving process."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def closed_windows(server):
    return Peer(server, initial_settings={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0,
                                          h2.settings.SettingCodes.ENABLE_PUSH: 0})


def heads_of(peer, streams):
    peer.until(lambda: all(peer.answers[stream].headers for stream in streams), 60)
    return [peer.answers[stream].status for stream in streams]


def test_all_who_ask_share_one(crowded, server, has_sanitizers):
    running = server(crowded)
    length = len(get(running, "/many/").body)
    before = resident(running)
    with closed_windows(running) as peer:
        statuses = heads_of(peer, [peer.ask("/many/") for _ in range(100)])
        assert statuses.count(200) >= 2 and set(statuses) <= {200, 503}
        assert statuses.count(200) * length <= 33 << 20  # a connection's share
        if not has_sanitizers:
            assert resident(running) - before < 40
    assert get(running, "/many/").status == 200


def test_bound_of_all_together(crowded, server, has_sanitizers):
    running = server(crowded, options=["--listing-memory", "16M"])
    before = resident(running)
    peers = [closed_windows(running) for _ in range(6)]
    statuses = []
    for i, wish in enumerate(WISHES):
        peer = peers[i % 6]
        stream = peer.ask("/many/" + wish)
        statuses += heads_of(peer, [stream])
        if statuses[-1] == 503:
            assert peer.answers[stream].headers["retry-after"] == "1"
    assert statuses.count(200) >= 3 and statuses.count(503) >= 3
    if not has_sanitizers:
        assert resident(running) - before < 50
    for peer in peers:
        peer.socket.close()
    wait_until(lambda: get(running, "/many/?sort=size&order=desc").status == 200)  # what they held is free again


def test_one_is_cut_at_a_quarter(crowded, server):
    running = server(crowded, options=["--listing-memory", "1M"])
    page = get(running, "/many/")
    assert page.status == 200 and b"there are more" in page.body and len(page.body) < 300_000
    listed = json.loads(get(running, "/many/?json").body)
    assert listed["truncated"] is True and 100 < len(listed["entries"]) < ENTRIES
    assert json.loads(get(running, "/few/?json").body)["truncated"] is False


def test_look_ups_do_not_wait_for_listings(crowded, server):
    running = server(crowded, options=["--workers", "2"])
    with closed_windows(running) as peer:
        for i in range(96):
            peer.ask("/many/" + WISHES[i % len(WISHES)])
        slowest = 0
        for i in range(30):
            began = time.monotonic()
            assert get(running, f"/not there {i}".replace(" ", "%20")).status == 404
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 1


def test_a_change_shows_at_once(site, server):
    running = server(site)
    for i in range(20):
        (site / f"{i}.txt").write_bytes(b"")
        assert len(json.loads(get(running, "/?json").body)["entries"]) == i + 1
    old = time.time() - 3600
    os.utime(site, (old, old))
    time.sleep(2.2)  # from now on it is kept
    for i in range(20, 40):
        get(running, "/?json")
        (site / f"{i}.txt").write_bytes(b"")
        assert len(json.loads(get(running, "/?json").body)["entries"]) == i + 1
        time.sleep(0.01)


def test_who_leaves_leaves_nothing(crowded, server):
    """Requests given up before, during and after the reading; then the server stops well."""
    running = server(crowded)
    stop = threading.Event()

    def ask_and_leave(seed):
        i = seed
        while not stop.is_set():
            with connect(running) as connection:
                connection.sendall(f"GET /many/{WISHES[i % len(WISHES)]} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                time.sleep((i % 7) * 0.01)
            i += 5
    threads = [threading.Thread(target=ask_and_leave, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 10
    while any("crowded" in target for target in running.fds().values()
              if not target.endswith(crowded.name)):  # the folder's descriptors
        assert time.monotonic() < deadline, running.fds()
        time.sleep(0.05)
    with connect(running) as connection:
        connection.sendall(b"GET /few/?json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert parse_response(receive_all(connection)).status == 200
