"""bench/run and its client, on real sockets."""

import json
import socket
import subprocess
import sys
import threading

import pytest

QUICK_S = 60


@pytest.fixture
def bench_program(build_dir):
    return lambda name: build_dir / "bench" / name


def made_files(bench_program, folder, lines):
    subprocess.run([bench_program("bench_make_files"), folder], input=lines, text=True, check=True)
    (folder.parent / "list").write_text(lines)
    return folder.parent / "list"


def run_client(bench_program, port, file_list, *options):
    done = subprocess.run(
        [bench_program("bench_client"), "--port", str(port), "--list", file_list, *options],
        input="go\n", capture_output=True, text=True, timeout=QUICK_S)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def bare_server(bench_program, site):
    """bare_epoll with a list of files: (port, list)."""
    processes = []

    def start(lines):
        file_list = made_files(bench_program, site, lines)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        processes.append(subprocess.Popen([bench_program("bare_epoll"), "sendfile", site, str(port)]))
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return port, file_list
            except ConnectionRefusedError:
                threading.Event().wait(0.01)
        raise AssertionError("bare_epoll does not listen")

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_the_client_verifies_every_byte(bench_program, bare_server):
    port, file_list = bare_server("1024 a\n70001 b/c\n")
    result = run_client(bench_program, port, file_list, "--requests", "50", "--connections", "4",
                        "--verify-every", "1")
    assert (result["answers"], result["verified"], result["wrong"]) == (50, 50, 0)
    assert result["bytes"] == 25 * (1024 + 70001)


def test_the_client_verifies_ranges(bench_program, bare_server):
    port, file_list = bare_server("300000 a\n")
    result = run_client(bench_program, port, file_list, "--requests", "30", "--range", "777",
                        "--verify-every", "1")
    assert (result["answers"], result["verified"], result["bytes"]) == (30, 30, 30 * 777)


def test_the_client_sees_one_wrong_byte(bench_program, bare_server, site):
    port, file_list = bare_server("5000 a\n")
    with open(site / "a", "r+b") as file:
        file.seek(4321)
        byte = file.read(1)
        file.seek(4321)
        file.write(bytes([byte[0] ^ 1]))
    result = run_client(bench_program, port, file_list, "--requests", "1", "--verify-every", "1")
    assert (result["wrong"], result["first_wrong"]) == (1, "wrong bytes")


@pytest.mark.parametrize("once", [(), ("--once",)], ids=["kept", "once"])
def test_the_client_speaks_tls_of_one_cipher(bench_program, secure_server, site, once):
    file_list = made_files(bench_program, site, "1024 a\n70001 b/c\n")
    started = secure_server(site)
    result = run_client(bench_program, started.port, file_list, "--tls", "--requests", "50",
                        "--connections", "4", "--verify-every", "1", *once)
    assert (result["answers"], result["verified"], result["wrong"]) == (50, 50, 0)
    assert result["bytes"] == 25 * (1024 + 70001)


def test_latencies_are_those_of_the_server(bench_program, tmp_path):
    """A server that takes 20 ms for each of ten answers."""
    (tmp_path / "list").write_text("2 a\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            peer, _ = listener.accept()
            with peer:
                while peer.recv(1000):
                    threading.Event().wait(0.02)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")
        threading.Thread(target=serve, daemon=True).start()
        latency = run_client(bench_program, listener.getsockname()[1], tmp_path / "list",
                             "--requests", "10")["latency_ns"]
    assert latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"]
    assert 20e6 <= latency["p50"] < 40e6
    assert 20e6 <= latency["mean"] <= latency["max"]


def test_a_paced_load_charges_what_was_kept_waiting(bench_program, tmp_path):
    """One answer of 300 ms at 100 requests a second: some 30 others were late too."""
    (tmp_path / "list").write_text("2 a\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            peer, _ = listener.accept()
            wait_s = 0.3
            with peer:
                while peer.recv(1000):
                    threading.Event().wait(wait_s)
                    wait_s = 0
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")
        threading.Thread(target=serve, daemon=True).start()
        result = run_client(bench_program, listener.getsockname()[1], tmp_path / "list",
                            "--pace", "100", "--milliseconds", "600")
    assert 59 <= result["answers"] <= 61
    assert 100e6 < result["latency_ns"]["p90"] <= 310e6


@pytest.mark.alone
def test_a_quick_run_measures_and_keeps_what_it_saw(project_root, build_dir, tmp_path):
    done = subprocess.run(
        [sys.executable, project_root / "bench" / "run", "--quick", "--workloads", "small-1k",
         "--servers", "bare-sendfile", "--out", tmp_path, "--build", build_dir],
        capture_output=True, text=True, timeout=QUICK_S)
    assert done.returncode == 0, done.stderr
    assert "small-1k: one 1 KiB file" in done.stdout
    kept, = tmp_path.glob("*.json")
    sample, = json.loads(kept.read_text())["samples"]
    assert sample["metrics"]["cpu_us_per_request"] > 0
    page, = tmp_path.glob("*.html")
    assert "<svg" in page.read_text()


def test_an_unknown_workload_is_refused(project_root):
    done = subprocess.run([sys.executable, project_root / "bench" / "run", "--workloads", "small-2k"],
                          capture_output=True, text=True)
    assert done.returncode == 2
    assert "unknown: small-2k" in done.stderr
