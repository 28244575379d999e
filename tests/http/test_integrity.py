"""Every byte arrives as it is, through real clients."""

import hashlib
import subprocess

import pytest

from support.build import method_names
from support.files import sha256_of, write_random, write_sparse
from support.raw import connect

@pytest.fixture(params=["auto", *method_names()])
def method(request):
    return request.param


def sha256_by_curl(url, timeout):
    digest = hashlib.sha256()
    with subprocess.Popen(["curl", "-sS", "--fail", "--noproxy", "*", url], stdout=subprocess.PIPE) as curl:
        while block := curl.stdout.read(1 << 20):
            digest.update(block)
        assert curl.wait(timeout=timeout) == 0
    return digest.hexdigest()


def test_files_of_some_megabytes(site, server, method):
    sums = {f"{size}.bin": write_random(site / f"{size}.bin", size)
            for size in (8 << 20, (2 << 20) - 1, (5 << 20) + 4097)}
    running = server(site, method=method)
    for name, expected in sums.items():
        assert sha256_by_curl(f"{running.url}/{name}", 60) == expected, name


def fetch_ten_thousand(site, server, **arguments):
    expected = {}
    for i in range(10000):
        name = f"{i % 100}/{i}.bin"
        expected[name] = write_random(site / name, (i * 37) % 5000, seed=i)
    running = server(site, **arguments)
    config = site.parent / "curl.config"
    config.write_text("".join(f'url = "{running.url}/{name}"\noutput = "{site.parent}/got/{name}"\n'
                              for name in expected))
    subprocess.run(["curl", "-sS", "--fail", "--create-dirs", "--noproxy", "*", "-K", config], check=True, timeout=200)
    for name, digest in expected.items():
        assert sha256_of(site.parent / "got" / name) == digest, name


def test_ten_thousand_small_files(site, server):
    fetch_ten_thousand(site, server)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_ten_thousand_small_files_by_each_method(site, server, method):
    """None from memory, so that each goes by the method."""
    fetch_ten_thousand(site, server, method=method, options=["--small-file", "0", "-q"])


def test_marks_in_a_file_of_5_gib(site, server):
    """The ends, and around 2 and 4 GiB, by ranges."""
    size = 5 << 30
    marks = [(offset, f"mark at {offset}".encode())
             for offset in (0, (2 << 30) - 5, (4 << 30) - 5, size - 30)]
    write_sparse(site / "sparse.bin", size, marks)
    running = server(site)
    for offset, data in marks:
        end = offset + len(data) - 1
        got = subprocess.run(["curl", "-sS", "--fail", "--noproxy", "*", "-r", f"{offset}-{end}",
                              running.url + "/sparse.bin"], capture_output=True, check=True, timeout=30).stdout
        assert got == data


@pytest.mark.long
@pytest.mark.timeout(600)
def test_sparse_file_of_5_gib(site, server, method):
    size = 5 << 30
    write_sparse(site / "sparse.bin", size,
                 [(offset, f"mark at {offset}".encode()) for offset in (0, (2 << 30) - 5, (4 << 30) - 5, size - 30)])
    expected = sha256_of(site / "sparse.bin")
    assert sha256_by_curl(server(site, method=method).url + "/sparse.bin", 300) == expected


@pytest.fixture(scope="module")
def gigabyte(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gigabyte")
    yield folder, write_random(folder / "random.bin", 1 << 30)
    (folder / "random.bin").unlink()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_random_file_of_1_gib(gigabyte, server, method):
    folder, expected = gigabyte
    assert sha256_by_curl(server(folder, method=method).url + "/random.bin", 300) == expected


def test_many_at_once(site, server):
    expected = write_random(site / "file.bin", 3 << 20)
    running = server(site, options=["--workers", "2"])
    clients = [subprocess.Popen(["curl", "-sS", "--fail", "--noproxy", "*", running.url + "/file.bin"],
                                stdout=subprocess.PIPE) for _ in range(20)]
    for client in clients:
        data, _ = client.communicate(timeout=60)
        assert client.returncode == 0 and hashlib.sha256(data).hexdigest() == expected


def test_head_comes_before_the_body_of_a_slow_reader(site, server):
    write_random(site / "file.bin", 4 << 20)
    with connect(server(site), receive_buffer=2048) as connection:
        connection.sendall(b"GET /file.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        data = b""
        while block := connection.recv(3000):
            data += block
    assert data.split(b"\r\n\r\n", 1)[1] == (site / "file.bin").read_bytes()
