"""Files that change while they are served: what comes is one version, whole, and not an old one."""

import os
import subprocess
import threading
import time

import pytest

from support import raw

VALID_SECONDS = 1.0  # --cache-valid's default


def version_body(version, size):
    return bytes([65 + version % 26]) * size


def replace(folder, name, body):
    temporary = folder / f".{name}.new"
    temporary.write_bytes(body)
    os.rename(temporary, folder / name)


class Reader(threading.Thread):
    """Asks for one target over and over on a kept connection and keeps what it saw."""

    def __init__(self, server, target, seconds, *headers):
        super().__init__()
        self.server, self.target, self.seconds, self.headers = server, target, seconds, headers
        self.seen = []  # (etag, body)
        self.problem = None

    def run(self):
        try:
            self.read()
        except Exception as problem:  # shown by the test: a thread's own is lost
            self.problem = problem

    def read(self):
        lines = [f"GET {self.target} HTTP/1.1", "Host: h", *self.headers]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        end = time.monotonic() + self.seconds
        with raw.connect(self.server) as connection:
            data = b""
            while time.monotonic() < end:
                connection.sendall(request)
                while True:
                    try:
                        response = raw.parse_response(data)
                        if response.complete:
                            break
                    except ValueError:
                        pass
                    got = connection.recv(1 << 20)
                    assert got, f"closed after {data[:300]!r}"
                    data += got
                data = response.rest
                self.seen.append((response.status, response.headers.get("etag"), response.body))


def read_while(server, target, change, seconds=3, readers=3):
    """Lets readers read while change(i) is called over and over; gives all they saw."""
    threads = [Reader(server, target, seconds) for _ in range(readers)]
    for thread in threads:
        thread.start()
    version = 0
    while any(thread.is_alive() for thread in threads):
        version += 1
        change(version)
        time.sleep(0.002)
    for thread in threads:
        thread.join()
        assert thread.problem is None, thread.problem
    return [entry for thread in threads for entry in thread.seen]


def assert_tags_name_one_content(seen):
    contents = {}
    for _, tag, body in seen:
        if tag and not tag.startswith("W/"):
            assert contents.setdefault(tag, body) == body, f"{tag} names two contents"


@pytest.mark.parametrize("valid", ["0ms", "20ms", "1s"])
@pytest.mark.parametrize("small", ["64K", "0"])
def test_churn_by_rename_yields_whole_versions(server, site, valid, small):
    def change(version):
        replace(site, "churn", version_body(version, 1000 + version % 5000))

    change(0)
    started = server(site, options=["--cache-valid", valid, "--small-file", small, "-q"])
    seen = read_while(started, "/churn", change, seconds=1.5)
    assert len(seen) > 50
    for status, _, body in seen:
        assert status == 200
        assert len(set(body)) == 1, "bytes of two versions"
    assert_tags_name_one_content(seen)
    assert len({body for _, _, body in seen}) > 1, "it never changed: the test shows nothing"


def test_one_strong_tag_never_names_two_contents(server, site):
    """Overwritten in place, the length the same: the worst case for a tag."""
    path = site / "same"
    path.write_bytes(version_body(0, 4096))
    os.utime(path, (1_000_000_000, 1_000_000_000))

    def change(version):
        with open(path, "r+b") as file:
            file.write(version_body(version, 4096))
        # The mtime set back, as some copying programs do.
        os.utime(path, (1_000_000_000, 1_000_000_000))

    started = server(site, options=["--cache-valid", "0ms", "-q"])
    seen = read_while(started, "/same", change, seconds=2)
    assert len({body for _, _, body in seen}) > 1
    assert_tags_name_one_content(seen)


def test_a_settled_file_has_a_strong_tag(server, site):
    path = site / "old"
    path.write_bytes(b"x")
    time.sleep(2.1)
    started = server(site)
    assert raw.get(started, "/old").headers["etag"].startswith('"')


def wait_for(server, target, condition, seconds=VALID_SECONDS + 0.5):
    began = time.monotonic()
    while True:
        response = raw.get(server, target)
        if condition(response):
            return time.monotonic() - began
        assert time.monotonic() - began < seconds, (response.status, response.body[:100])
        time.sleep(0.02)


@pytest.mark.parametrize("size", [100, 100_000])
def test_nothing_is_staler_than_promised(server, site, size):
    started = server(site, options=["--workers", "1"])
    replace(site, "f", b"a" * size)
    assert raw.get(started, "/f").body == b"a" * size
    replace(site, "f", b"b" * size)
    wait_for(started, "/f", lambda response: response.body == b"b" * size)
    with open(site / "f", "r+b") as file:
        file.truncate(10)
    wait_for(started, "/f", lambda response: response.body == b"b" * 10)
    with open(site / "f", "ab") as file:
        file.write(b"c" * 10)
    wait_for(started, "/f", lambda response: response.body == b"b" * 10 + b"c" * 10)
    os.unlink(site / "f")
    wait_for(started, "/f", lambda response: response.status == 404)
    os.mkdir(site / "f")
    wait_for(started, "/f", lambda response: response.status == 301)


def test_a_permission_taken_away_counts(server, site, sluice_binary):
    if os.geteuid() != 0:
        pytest.skip("needs root, to serve as somebody else")
    path = site / "f"
    path.write_bytes(b"readable")
    for folder in [site, *site.parents]:
        if str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    probe = subprocess.run([*prefix, str(sluice_binary), "--version"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("nobody may not run the program from here")
    started = server(site, options=["--workers", "1"], prefix=prefix)
    assert raw.get(started, "/f").status == 200
    os.chmod(path, 0)
    wait_for(started, "/f", lambda response: response.status == 403)


def test_more_files_than_the_cache_holds(server, site):
    bodies = {f"/{i}": b"%d" % i * (i % 50) for i in range(300)}
    for name, body in bodies.items():
        (site / name[1:]).write_bytes(body)
    started = server(site, options=["--workers", "1", "--cache-entries", "10", "--cache-size", "100", "-q"])
    for _ in range(3):
        for name, body in bodies.items():
            assert raw.get(started, name).body == body
    assert len(started.fds()) < 50


def test_a_small_body_is_read_and_never_mapped(server, site):
    """A map of a file that is cut short kills whoever looks at it."""
    (site / "small-and-remembered").write_bytes(b"s" * 10_000)
    started = server(site, options=["--workers", "1"])
    for _ in range(3):
        assert raw.get(started, "/small-and-remembered").body == b"s" * 10_000
    started.wait_for_log("/small-and-remembered", " memory ")
    with open(f"/proc/{started.pid}/maps", encoding="ascii") as maps:
        assert "small-and-remembered" not in maps.read()
