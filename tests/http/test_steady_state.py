"""What a big response costs in system calls, as strace sees it."""

import re
import subprocess
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response

SIZE = 256 << 20
NAMES = {"syscall_0x1c3": "cachestat"}  # newer than Debian 12's strace


def trace(server, tmp_path, work):
    """The calls of all of the server's threads while work() ran, in order."""
    log = tmp_path / "strace.log"
    with subprocess.Popen(["strace", "-f", "-q", "-o", log, "-p", str(server.pid)],
                          stderr=subprocess.PIPE) as tracer:
        deadline = time.monotonic() + 10
        while True:
            with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
                if "TracerPid:\t0" not in status.read():
                    break
            if tracer.poll() is not None:
                pytest.skip("strace may not attach here: " + tracer.stderr.read().decode().strip())
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.3)  # until every thread is attached to
        work()
        time.sleep(0.3)
        tracer.terminate()
        tracer.wait(timeout=10)
    return calls_of(log.read_text(errors="replace"))


def calls_of(text):
    """(name, line) of each call, in the order they ended; interrupted lines are put together."""
    calls, begun = [], {}
    for line in text.splitlines():
        thread, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest.removesuffix("<unfinished ...>")
            continue
        if rest.startswith("<... ") and thread in begun:
            rest = begun.pop(thread) + rest.partition(" resumed>")[2]
        match = re.match(r"(\w+)\(", rest)
        if match:
            calls.append((NAMES.get(match[1], match[1]), rest))
    return calls


def download(server, target, size):
    with connect(server, timeout=60) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        received = 0
        buffer = bytearray(1 << 20)
        while count := connection.recv_into(buffer):
            received += count
    assert received > size


@pytest.mark.timeout(200)
def test_between_the_first_and_the_last_byte_only_sendfile_and_waits(site, server, tmp_path):
    write_random(site / "big.bin", SIZE)
    running = server(site, options=["--workers", "1"])
    download(running, "/big.bin", SIZE)
    calls = trace(running, tmp_path, lambda: download(running, "/big.bin", SIZE))
    positions = [i for i, (name, _) in enumerate(calls) if name == "sendfile"]
    assert len(positions) >= SIZE >> 21
    steady = [name for name, _ in calls[positions[0]:positions[-1] + 1]]
    unexpected = set(steady) - {"sendfile", "poll", "epoll_wait", "epoll_pwait", "epoll_pwait2", "cachestat", "preadv2"}
    assert not unexpected, [line for name, line in calls if name in unexpected][:10]
    # Questions about the page cache: for a window of 8 MiB, not for a chunk; of file data, one byte.
    assert steady.count("cachestat") <= (SIZE >> 23) + 1
    assert steady.count("preadv2") <= (SIZE >> 23) + 1
    asked = [line for name, line in calls if name == "preadv2"]
    assert all("iov_len=1}], 1, " in line and "RWF_NOWAIT" in line for line in asked)
    moved = sum(int(match[1]) for name, line in calls if name == "sendfile"
                for match in [re.search(r"= (\d+)$", line)] if match)
    assert moved == SIZE


def test_a_file_of_a_step_costs_two_calls_a_request(site, server, tmp_path):
    """Whether it is in the page cache is asked once a second, however short it is."""
    write_random(site / "step.bin", 65536)
    running = server(site, options=["--workers", "1"])
    took = []

    def work():
        began = time.monotonic()
        with connect(running) as connection:
            for _ in range(200):
                connection.sendall(b"GET /step.bin HTTP/1.1\r\nHost: a\r\n\r\n")
                head, _, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 ")
                missing = 65536 - len(body)
                while missing > 0:
                    missing -= len(connection.recv(missing))
        took.append(time.monotonic() - began)

    names = [name for name, _ in trace(running, tmp_path, work)]
    assert names.count("sendfile") == 200
    assert names.count("cachestat") + names.count("preadv2") <= 6 * (took[0] + 2)


def test_warming_is_done_in_small_calls(site, server, tmp_path):
    """A kernel without preemption gives the core to nobody before the call ends."""
    path = site / "cold.bin"
    write_random(path, 32 << 20)
    running = server(site, options=["--workers", "1"])
    subprocess.run(["sync", path], check=True)

    def read_cold():
        subprocess.run(["dd", f"if={path}", "iflag=nocache", "count=0"], check=True, capture_output=True)
        download(running, "/cold.bin", 32 << 20)

    calls = trace(running, tmp_path, read_cold)

    def found(name, pattern):
        return [match.groups() for call, line in calls if call == name for match in [re.search(pattern, line)] if match]

    wanted = found("fadvise64", r"fadvise64\(\d+, \d+, (\d+), POSIX_FADV_WILLNEED")
    warmed = found("madvise", r"madvise\((0x\w+), (\d+), (?:MADV_POPULATE_READ|0x16)")
    unmapped = dict(found("munmap", r"munmap\((0x\w+), (\d+)"))
    assert wanted and warmed, "the file was not cold, or is warmed in another way"
    lengths = [length for (length,) in wanted] + [length for _, length in warmed]
    lengths += [unmapped[address] for address, _ in warmed]
    assert max(int(length) for length in lengths) <= 128 << 10


def test_a_big_response_keeps_its_last_bytes_from_nobody(site, server, tmp_path):
    """Its segments are filled up (TCP_CORK); what does not fill one leaves with the end."""
    size = (2 << 20) + 11
    write_random(site / "big.bin", size)
    running = server(site, options=["--workers", "1"])
    seconds = []

    def work():
        with connect(running) as connection:
            for _ in range(5):
                start = time.monotonic()
                connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(65536)
                left = size - len(received.partition(b"\r\n\r\n")[2])
                while left > 0:
                    left -= len(connection.recv(min(left, 1 << 20)))
                seconds.append(time.monotonic() - start)

    work()
    calls = trace(running, tmp_path, work)
    corked = [int(match[1]) for name, line in calls if name == "setsockopt"
              for match in [re.search(r"TCP_CORK, \[(\d)\]", line)] if match]
    assert corked == [1, 0] * 5
    assert min(seconds) < 0.15, "the last bytes came when the kernel would wait no longer: after 200 ms"


def test_a_small_response_is_one_send(site, server, tmp_path):
    write_random(site / "small.bin", 1000)
    running = server(site, options=["--workers", "1", "-q"])
    get(running, "/small.bin")
    with connect(running) as connection:
        def work():
            for _ in range(10):
                connection.sendall(b"GET /small.bin HTTP/1.1\r\nHost: a\r\n\r\n")
                received = b""
                while len(received) < 1000 or not received.endswith((site / "small.bin").read_bytes()):
                    received += connection.recv(65536)

        work()
        calls = [name for name, _ in trace(running, tmp_path, work)]
    sends = [name for name in calls if name in ("send", "sendto", "sendmsg", "writev", "write", "sendfile")]
    assert len(sends) == 10, calls


def test_pipelined_requests_are_answered_in_one_send(site, server, tmp_path):
    bodies = [b"%02d" % i * (50 + i) for i in range(10)]
    for i, body in enumerate(bodies):
        (site / f"{i}.txt").write_bytes(body)
    running = server(site, options=["--workers", "1", "-q"])
    requests = b"".join(b"GET /%d.txt HTTP/1.1\r\nHost: a\r\n\r\n" % i for i in range(10))
    received = b""

    def work():
        nonlocal received
        received = b""
        connection.sendall(requests)
        while not received.endswith(bodies[-1]):
            received += connection.recv(65536)

    with connect(running) as connection:
        work()
        calls = [name for name, _ in trace(running, tmp_path, work)]
    rest = received
    for body in bodies:
        response = parse_response(rest)
        assert response.body == body
        rest = response.rest
    # What strace itself interrupted when it attached starts again.
    calls = [name for name in calls if not name.startswith(("epoll_", "restart_syscall"))]
    assert calls == ["recvfrom", "sendmsg"], calls


def test_no_turn_is_longer_than_the_step(site, server, tmp_path):
    step, size = 256 << 10, 16 << 20
    write_random(site / "big.bin", size)
    running = server(site, options=["--workers", "1", "--step-size", "256K"])
    download(running, "/big.bin", size)
    calls = trace(running, tmp_path, lambda: download(running, "/big.bin", size))
    sent = [int(found[1]) for name, line in calls if name == "sendfile" and (found := re.search(r"= (\d+)$", line))]
    assert sum(sent) == size
    assert max(sent) == step
