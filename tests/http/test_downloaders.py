"""Programs that fetch by ranges: resume, segments, hundreds of pieces, a film's end first."""

import os
import shutil
import struct
import subprocess
import time

import pytest

from support.files import write_random
from support.raw import get

SIZE = 24 << 20


def run(*command, **arguments):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=90, check=True, env={**os.environ, "no_proxy": "*"}, **arguments)


def program(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name.upper()} IS MISSING (scripts/setup test): IT WAS NOT TRIED")
    return found


@pytest.fixture(name="served")
def served_fixture(site, server):
    write_random(site / "file.bin", SIZE)
    past = time.time() - 1000
    os.utime(site / "file.bin", (past, past))
    return server(site)


def test_wget_resumes(served, site, tmp_path):
    part = tmp_path / "file.bin"
    part.write_bytes((site / "file.bin").read_bytes()[:7654321])
    run(program("wget"), "-q", "-c", "-P", tmp_path, served.url + "/file.bin")
    assert part.read_bytes() == (site / "file.bin").read_bytes()
    served.wait_for_log('"GET /file.bin HTTP/1.1" 206', str(SIZE - 7654321))


def test_wget_mirrors_a_listing(site, server, tmp_path):
    for name in ("a.txt", "b c.txt", "folder/d&e.txt", "folder/deep/\u00e4.txt"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name)
    run(program("wget"), "-q", "-r", "-np", "-nH", "--restrict-file-names=nocontrol", "-R", "index.html*",
        "-P", tmp_path / "got", server(site).url + "/")
    for name in ("a.txt", "b c.txt", "folder/d&e.txt", "folder/deep/\u00e4.txt"):
        assert (tmp_path / "got" / name).read_text() == name


def test_aria2_by_segments(served, site, tmp_path):
    run(program("aria2c"), "-q", "--no-conf", "-x8", "-s8", "-k1M", "--file-allocation=none", "-d", tmp_path,
        served.url + "/file.bin")
    assert (tmp_path / "file.bin").read_bytes() == (site / "file.bin").read_bytes()
    parts = [line for line in served.log_lines() if '"GET /file.bin HTTP/1.1" 206' in line]
    assert len(parts) >= 4, served.output()


def test_zsync_fetches_what_differs(served, site, tmp_path):
    """Several hundred ranges, many a request, as multipart/byteranges."""
    old = bytearray((site / "file.bin").read_bytes())
    for at in range(0, SIZE, 90_000):
        old[at:at + 500] = bytes(500)
    (tmp_path / "old.bin").write_bytes(old)
    program("zsync")
    run(program("zsyncmake"), "-b", "2048", "-u", served.url + "/file.bin", "-o", site / "file.zsync",
        site / "file.bin")
    run("zsync", "-q", "-i", tmp_path / "old.bin", "-o", tmp_path / "new.bin", served.url + "/file.zsync",
        cwd=tmp_path)
    assert (tmp_path / "new.bin").read_bytes() == (site / "file.bin").read_bytes()
    served.stop()  # its last lines are written then
    moved = sum(int(line.split('" 206 ')[1].split()[0]) for line in served.log_lines() if '" 206 ' in line)
    assert 200 * 500 < moved < SIZE / 4


def strong_tag(server, target):
    deadline = time.monotonic() + 10
    while (tag := get(server, target, method="HEAD").headers["etag"]).startswith("W/"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1.1)
    return tag


def test_a_browsers_resume(served, site):
    """As Firefox does: the rest if it is still the same file, else all of it; one request for either."""
    tag = strong_tag(served, "/file.bin")
    content = (site / "file.bin").read_bytes()
    rest = get(served, "/file.bin", "Range: bytes=1000000-", f"If-Range: {tag}")
    assert rest.status == 206 and rest.body == content[1000000:]
    assert rest.headers["content-range"] == f"bytes 1000000-{SIZE - 1}/{SIZE}"
    write_random(site / "new.bin", SIZE, seed=7)
    os.rename(site / "new.bin", site / "file.bin")
    time.sleep(1.2)  # --cache-valid
    whole = get(served, "/file.bin", "Range: bytes=1000000-", f"If-Range: {tag}")
    assert whole.status == 200 and whole.body == (site / "file.bin").read_bytes()


PAGE = """<!doctype html><video preload=metadata src=/film.wav></video><script>
const video = document.querySelector("video");
video.onloadedmetadata = () => { video.currentTime = 3000; };
video.onseeked = () => fetch("/done?" + Math.round(video.currentTime) + "of" + Math.round(video.duration));
video.onerror = () => fetch("/failed?" + video.error.message);
</script>"""


def test_chromium_seeks_in_a_film(site, server, tmp_path):
    """To near its end, which it then asks for without what is between. (The media is sound: what Chromium
    decodes without further programs.)"""
    rate, seconds = 8000, 3600
    size = rate * 2 * seconds
    with open(site / "film.wav", "wb") as film:
        film.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
                   + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16) + b"data" + struct.pack("<I", size))
        film.truncate(44 + size)
    (site / "index.html").write_text(PAGE)
    running = server(site)
    browser = subprocess.Popen(
        [program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server",
         "--remote-debugging-port=0", f"--user-data-dir={tmp_path}/profile", running.url + "/"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        running.wait_for_log("/done?3000of3600", seconds=60)
    finally:
        browser.terminate()
        browser.wait(timeout=20)
    parts = [line for line in running.log_lines() if '"GET /film.wav HTTP/1.1" 206' in line]
    assert len(parts) >= 2, running.output()
    assert "/failed" not in running.output()
