"""Nothing blocks: a disk that is slow, broken or gone holds up nobody but who asked for it."""

import contextlib
import json
import os
import pathlib
import resource
import select
import signal
import subprocess
import threading
import time

import pytest

from support import page_cache, raw, slow_disk
from support.waiting import wait_until

SLOW_READ_SECONDS = 0.3  # slow_fs.c
QUEUE_MAX = 4096  # DISK_QUEUE_MAX of src/serve/server.c


def pattern(start, length):
    return bytes((start + i) % 251 for i in range(length))


@pytest.fixture
def bad_disks(mounted):
    """A folder with tests/support/slow_fs.c mounted on `disk`, and a quick file beside it."""
    return mounted[0]


@pytest.fixture(name="mounted")
def mounted_fixture(build_dir, tmp_path):
    """(that folder, the process of slow_fs)."""
    with slow_disk.mounted(build_dir, tmp_path / "site") as mounted:
        yield mounted


def hot_latencies(server, seconds):
    """How long each of many requests for the hot file took, on one connection."""
    request = b"GET /hot.txt HTTP/1.1\r\nHost: h\r\n\r\n"
    latencies = []
    with raw.connect(server) as connection:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            connection.sendall(request)
            data = b""
            while not data.endswith(b"hot" * 300):
                got = connection.recv(65536)
                assert got
                data += got
            latencies.append(time.monotonic() - began)
            time.sleep(0.002)
    return latencies


def assert_stops_within(server, seconds):
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < seconds


def test_a_cold_file_holds_up_nobody(server, bad_disks):
    started = server(bad_disks, options=["--workers", "1"])
    raw.get(started, "/hot.txt")
    cold = {}

    def read_cold():
        began = time.monotonic()
        cold["response"] = raw.get(started, "/disk/slow", timeout=60)
        cold["seconds"] = time.monotonic() - began

    reader = threading.Thread(target=read_cold)
    reader.start()
    latencies = sorted(hot_latencies(started, 1.5))
    reader.join()
    assert cold["response"].body == pattern(0, 4 << 20)
    assert cold["seconds"] > SLOW_READ_SECONDS, "the slow file was not slow: the test shows nothing"
    assert latencies[len(latencies) * 99 // 100] < SLOW_READ_SECONDS / 2, latencies[-10:]


def test_looking_up_a_name_holds_up_nobody(server, bad_disks):
    started = server(bad_disks, options=["--workers", "1"])
    raw.get(started, "/hot.txt")
    answers = []
    reader = threading.Thread(target=lambda: answers.append(raw.get(started, "/disk/late", timeout=30)))
    reader.start()
    latencies = hot_latencies(started, 1)
    reader.join()
    assert answers[0].status == 200 and answers[0].body == pattern(0, 4096)
    assert max(latencies) < 0.5, sorted(latencies)[-5:]


def test_a_disk_error_ends_that_response_alone(server, bad_disks):
    started = server(bad_disks, options=["--workers", "1"])
    with raw.connect(started) as other:
        other.sendall(b"GET /hot.txt HTTP/1.1\r\nHost: h\r\n\r\n")
        assert other.recv(65536).startswith(b"HTTP/1.1 200")
        response = raw.get(started, "/disk/broken", timeout=30)
        assert response.status == 200 and not response.complete
        assert len(response.body) <= 1 << 20
        assert response.body == pattern(0, len(response.body))
        started.wait_for_log("/disk/broken", "incomplete")
        other.sendall(b"GET /hot.txt HTTP/1.1\r\nHost: h\r\n\r\n")
        assert other.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_client_that_leaves_cancels_its_wait(server, bad_disks):
    started = server(bad_disks, options=["--workers", "1", "--disk-threads", "1"])
    before = len(started.fds())
    for _ in range(8):
        with raw.connect(started) as connection:
            connection.sendall(b"GET /disk/slow HTTP/1.1\r\nHost: h\r\n\r\n")
            time.sleep(0.02)
            # A reset, not a half-close: the client is gone.
            connection.setsockopt(raw.socket.SOL_SOCKET, raw.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: len([fd for fd in started.fds().values() if "socket" in fd or "slow" in fd]) <= 1 + before,
               told=started.fds)
    assert raw.get(started, "/hot.txt").status == 200


def test_it_ends_while_a_disk_does_not_answer(server, bad_disks):
    started = server(bad_disks, options=["--workers", "1", "--grace", "200ms"])
    with raw.connect(started) as connection:
        connection.sendall(b"GET /disk/slow HTTP/1.1\r\nHost: h\r\n\r\n")
        time.sleep(0.1)
        assert_stops_within(started, 5)


@pytest.mark.parametrize("at_once", [False, True])
def test_it_ends_while_a_look_up_is_not_answered(server, mounted, at_once):
    """The serving process cannot, says the kernel, until it is; its addresses are free, and nobody waits for it."""
    folder, disk = mounted
    started = server(folder, options=["--workers", "2", "--grace", "10s" if at_once else "200ms"])
    serving = started.serving_pids()[-1]
    disk.send_signal(signal.SIGUSR2)
    with contextlib.ExitStack() as waiting:
        for _ in range(8):
            other = waiting.enter_context(raw.connect(started))
            other.sendall(b"GET /disk/lost HTTP/1.1\r\nHost: h\r\n\r\n")
        time.sleep(0.2)
        started.signal(signal.SIGTERM)
        if at_once:
            time.sleep(1.2)  # sooner it would be the same signal, by another way
            started.signal(signal.SIGTERM)
        assert_stops_within(started, 10)
        assert raw.receive_all(other) == b"", "a peer was left to wait"
    started.wait_for_log(f"process {serving} has not ended, perhaps for a disk that does not answer: not waited for")
    with pytest.raises(ConnectionRefusedError):
        raw.connect(started)
    assert pathlib.Path(f"/proc/{serving}").exists()
    disk.send_signal(signal.SIGCONT)
    wait_until(lambda: not pathlib.Path(f"/proc/{serving}").exists())


def test_former_processes_that_cannot_end_are_not_waited_for(server, mounted):
    folder, disk = mounted
    started = server(folder, options=["--workers", "1", "--grace", "200ms"])
    disk.send_signal(signal.SIGUSR2)
    with contextlib.ExitStack() as waiting:
        for _ in range(2):
            waiting.enter_context(raw.connect(started)).sendall(b"GET /disk/lost HTTP/1.1\r\nHost: h\r\n\r\n")
            time.sleep(0.2)
            started.reload()
        assert len(started.serving_pids()) == 3
        assert_stops_within(started, 10)


@pytest.mark.parametrize("kept", [True, False])
def test_closing_holds_up_nobody(server, mounted, kept):
    """What a FUSE daemon is asked at close(2) it may answer late, or never."""
    folder, disk = mounted
    started = server(folder, options=["--workers", "1"] + ([] if kept else ["--cache-entries", "0"]))
    disk.send_signal(signal.SIGUSR2)
    for _ in range(4):
        assert raw.get(started, "/disk/sticky").body == pattern(0, 1 << 20)
        assert raw.get(started, "/hot.txt").status == 200
    assert_stops_within(started, 10)


def test_two_cold_files_share_one_disk_thread(server, bad_disks):
    """Windows take turns: who comes second does not wait for the first one's whole file."""
    started = server(bad_disks, options=["--workers", "1", "--disk-threads", "1", "--send-timeout", "60s"])
    progress = {}

    def download(name):
        received = []
        with raw.connect(started, timeout=60) as connection:
            connection.sendall(f"GET /disk/{name} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
            while data := connection.recv(1 << 20):
                received.append((time.monotonic(), len(data)))
        progress[name] = received

    threads = [threading.Thread(target=download, args=(name,)) for name in ("slow", "slow2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Half of each file came before the other was complete.
    for name, other in (("slow", "slow2"), ("slow2", "slow")):
        end = progress[other][-1][0]
        early = sum(size for when, size in progress[name] if when < end)
        assert sum(size for _, size in progress[name]) > 4 << 20
        assert early > 1 << 20, (name, early)


def test_a_disk_that_fails_for_a_while(server, mounted):
    """What was promised and cannot be read ends its connection, and nothing of it is remembered."""
    folder, disk = mounted
    started = server(folder, options=["--workers", "1"])
    target = "/disk/fickle"
    assert raw.get(started, target, "Range: bytes=0-9").body == pattern(0, 10)
    disk.send_signal(signal.SIGUSR1)
    for _ in range(3):
        try:
            response = raw.get(started, target, "Range: bytes=4000000-7999999")
        except ConnectionResetError:
            continue
        assert response.status in (206, 500) and not (response.status == 206 and response.complete)
        if response.status == 206:
            assert pattern(4000000, 4000000).startswith(response.body)
    assert raw.get(started, "/hot.txt").status == 200
    disk.send_signal(signal.SIGCONT)
    assert raw.get(started, target).body == pattern(0, 8 << 20)


def test_the_error_log_names_file_and_reason(server, mounted, tmp_path):
    folder, disk = mounted
    log = tmp_path / "errors.log"
    started = server(folder, options=["--workers", "1", "--small-file", "16M", "--error-log", log])

    def wait_for_line(*parts):
        wait_until(lambda: any(all(part in line for part in parts) for line in log.read_text().splitlines()), 5,
                   told=lambda: (parts, log.read_text()))

    disk.send_signal(signal.SIGUSR1)
    assert raw.get(started, "/disk/fickle").status == 500
    wait_for_line(f"{folder}/disk/fickle, asked for by 127.0.0.1: Input/output error")
    disk.send_signal(signal.SIGCONT)
    started = server(folder, options=["--workers", "1", "--error-log", log])
    with pytest.raises((ConnectionResetError, AssertionError, ValueError)):
        assert raw.get(started, "/disk/broken", timeout=30).complete
    wait_for_line(f"{folder}/disk/broken, asked for by 127.0.0.1: Input/output error")
    before = log.read_text()
    assert raw.get(started, "/disk/nothing").status == 404
    time.sleep(0.5)
    assert log.read_text() == before  # a client's mistake is no trouble


def test_a_disk_that_stalls_for_a_while(server, mounted):
    """Who wants it waits, others do not, and it goes on where it stood."""
    folder, disk = mounted
    started = server(folder, options=["--workers", "1", "--disk-threads", "2"])
    disk.send_signal(signal.SIGUSR2)
    waiting = [raw.connect(started, timeout=30) for _ in range(6)]
    for connection in waiting:
        connection.sendall(b"GET /disk/fickle HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    latencies = sorted(hot_latencies(started, 1))
    assert latencies[len(latencies) * 99 // 100] < SLOW_READ_SECONDS, latencies[-10:]
    waiting.pop().close()
    disk.send_signal(signal.SIGCONT)
    for connection in waiting:
        assert raw.parse_response(raw.receive_all(connection, timeout=30)).body == pattern(0, 8 << 20)
        connection.close()


def make_cold(folder):
    """A small and a large file that a disk thread has to bring in."""
    content = {"small": b"s" * 4096, "large": pattern(0, 6 << 20)}
    for name, data in content.items():
        (folder / name).write_bytes(data)
        page_cache.drop_from_cache(folder / name)
    return content


@pytest.mark.parametrize("symlinks", ["inside", "owner"])
@pytest.mark.parametrize(
    "target", ["/disk/quick", "/links/disk/quick", "/disk/", "/disk/maze/", "/disk/current", "/links/", "/disk/fickle"])
def test_a_disk_that_never_answers_takes_no_thread_of_others(server, mounted, build_dir, target, symlinks):
    """Not by what is looked up there, nor listed, nor read; nor is the folder that it is mounted in missed."""
    folder, disk = mounted
    for name, targets in (("links", ["disk", "second/disk"]), ("seconds", ["second/disk"]), ("others", ["hot.txt"])):
        (folder / name).mkdir()
        for target_path in targets:
            (folder / name / target_path.replace("/", "-")).symlink_to(f"../{target_path}")
        for i in range(8):  # whatever the order that they are read in: before the others, and behind
            (folder / name / f"away{i}").symlink_to("/etc")
    started = server(folder, options=["--workers", "1", "--disk-threads", "2", "--symlinks", symlinks,
                                       "--cache-valid", "0"])
    if target == "/disk/current":  # its name is in memory then, but not what it leads to
        assert raw.get(started, target).body == pattern(0, 1 << 20)
    answers_some = target in ("/disk/fickle", "/disk/maze/", "/disk/current")
    disk.send_signal(signal.SIGUSR2 if answers_some else signal.SIGSTOP)

    def shows(path, name):
        response = raw.get(started, path, "Accept: application/json", timeout=5)
        return response.status == 200 and f'"{name}"'.encode() in response.body

    with contextlib.ExitStack() as waiting:
        waiting.enter_context(slow_disk.mounted(build_dir, folder / "second"))
        orders = [f"sort={column}&order={order}" for column in ("name", "size", "modified") for order in ("asc", "desc")]
        connections = []
        for i in range(2 * len(orders)):
            other = waiting.enter_context(raw.connect(started))
            other.sendall(f"GET {target}?{orders[i % len(orders)]} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            connections.append(other)
        time.sleep(0.3)
        for _ in range(2):
            content = make_cold(folder)
            for name, data in content.items():
                assert raw.get(started, f"/{name}", timeout=5).body == data
            assert raw.get(started, "/second/disk/quick", timeout=5).body == pattern(0, 1 << 20)
        assert shows("/", "disk") and shows("/others/", "hot.txt")
        assert shows("/second/disk/", "quick") and shows("/seconds/", "second-disk")
        # A head is of the look-up, before bytes that never come.
        answered = select.select(connections, [], [], 0)[0]
        assert bool(answered) == (target == "/disk/fickle"), "it answers: the test shows nothing"
        disk.send_signal(signal.SIGCONT)
        for other in connections:
            assert receive_one(other).status == 200
    assert shows("/links/", "disk") and shows("/links/", "second-disk")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_another_mount_of_the_same_file_system_is_like_any_folder(site, server):
    for name in ("bound", "elsewhere", "links"):
        (site / name).mkdir()
    (site / "elsewhere" / "a.txt").write_bytes(b"bound")
    (site / "links" / "a.txt").symlink_to("../bound/a.txt")
    (site / "links" / "bound").symlink_to("../bound")
    subprocess.run(["mount", "--bind", site / "elsewhere", site / "bound"], check=True)
    try:
        started = server(site)
        for path in ("/bound/a.txt", "/links/a.txt", "/links/bound/a.txt"):
            assert raw.get(started, path).body == b"bound"
        for path in ("/links/", "/bound/", "/links/bound/"):
            shown = json.loads(raw.get(started, path, "Accept: application/json").body)["entries"]
            assert [entry["name"] for entry in shown] == (["bound", "a.txt"] if path == "/links/" else ["a.txt"])
    finally:
        subprocess.run(["umount", "-l", site / "bound"], check=True)


def test_a_mount_that_says_no_date_has_none(server, bad_disks):
    """As one has whose root nobody has asked for yet, which a listing of the folder around it does not do."""
    shown = raw.get(server(bad_disks), "/", "Accept: application/json")
    dates = {entry["name"]: entry["modified"] for entry in json.loads(shown.body)["entries"]}
    assert dates["disk"] == "" and dates["hot.txt"].startswith("20")


@pytest.mark.parametrize("symlinks", ["inside", "owner"])
def test_a_name_that_is_known_holds_up_nobody(server, mounted, symlinks):
    """The kernel opens it without a question, but has to ask for its size and times."""
    folder, disk = mounted
    started = server(folder, options=["--workers", "1", "--cache-valid", "0", "--symlinks", symlinks])
    assert raw.get(started, "/disk/lost").body == pattern(0, 4096)
    disk.send_signal(signal.SIGUSR2)
    time.sleep(0.2)
    with raw.connect(started, timeout=30) as waiting:
        waiting.sendall(b"GET /disk/lost HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        latencies = sorted(hot_latencies(started, 0.5))
        assert latencies[-1] < SLOW_READ_SECONDS, latencies[-10:]
        disk.send_signal(signal.SIGCONT)
        assert raw.parse_response(raw.receive_all(waiting, timeout=30)).body == pattern(0, 4096)


def receive_one(connection):
    """The one response that is expected."""
    data = b""
    while b"\r\n\r\n" not in data or not raw.parse_response(data).complete:
        got = connection.recv(65536)
        assert got, data
        data += got
    return raw.parse_response(data)


@pytest.mark.alone
@pytest.mark.timeout(120)
def test_who_would_wait_behind_too_many_is_told_to_come_again(server, mounted):
    """As many look-ups as may wait for a disk do; the next are refused at once, and lose nothing
    but that request. When the disk is back, all that waited is answered."""
    folder, disk = mounted
    threads, refused = 2, 20
    waiting = QUEUE_MAX + threads
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2 * waiting:
        pytest.skip(f"needs some {2 * waiting} descriptors")
    started = server(folder, options=["--workers", "1", "--disk-threads", threads])
    request = b"GET /disk/lost HTTP/1.1\r\nHost: h\r\n\r\n"
    disk.send_signal(signal.SIGUSR2)
    poller, connections = select.poll(), {}
    for _ in range(waiting + refused):
        connection = raw.connect(started, timeout=30)
        connection.sendall(request)
        connections[connection.fileno()] = connection
        poller.register(connection, select.POLLIN)

    told = {}
    while len(told) < refused:
        ready = poller.poll(20000)
        assert ready, f"{len(told)} of {refused} were refused"
        for fd, _ in ready:
            poller.unregister(fd)
            told[fd] = receive_one(connections[fd])
    for response in told.values():
        assert response.status == 503
        assert response.headers["retry-after"] == "1"
        assert response.headers["content-type"].startswith("text/")
        assert "close" not in response.headers.get("connection", "")
        assert response.complete and b"try again" in response.body
    # No more than those: all others wait.
    assert len(told) == refused and not poller.poll(300)
    shown = subprocess.run(["curl", "-si", "--http2-prior-knowledge", f"{started.url}/disk/lost"],
                           capture_output=True, text=True, timeout=20, check=True).stdout
    assert shown.startswith("HTTP/2 503") and "retry-after: 1" in shown
    latencies = sorted(hot_latencies(started, 0.5))
    assert latencies[len(latencies) // 2] < SLOW_READ_SECONDS, latencies[-10:]
    # On the same connection, what is in memory is had.
    once_refused = connections[next(iter(told))]
    once_refused.sendall(b"GET /hot.txt HTTP/1.1\r\nHost: h\r\n\r\n")
    assert receive_one(once_refused).body == b"hot" * 300

    disk.send_signal(signal.SIGCONT)
    for fd, connection in connections.items():
        if fd in told:
            connection.sendall(request)
        response = receive_one(connection)
        assert response.status == 200 and response.body == pattern(0, 4096)
        connection.close()
    assert raw.get(started, "/disk/lost").body == pattern(0, 4096)
