"""`sluice compress`: what it writes can be read by others, and is served."""

import gzip
import os
import pathlib
import random
import subprocess

import pytest

from support.raw import get

TEXT = b"".join(b"%d: the quick brown fox jumps over the lazy dog\n" % number for number in range(2000))
DECODERS = {".gz": ["gzip", "-dc"], ".br": ["brotli", "-dc"], ".zst": ["zstd", "-dc"]}


@pytest.fixture(name="compress")
def fixture_compress(sluice_binary):
    def run(*words, status=0):
        done = subprocess.run([sluice_binary, "compress", *map(str, words)], capture_output=True, text=True, check=False)
        assert done.returncode == status, (done.stdout, done.stderr)
        return done.stdout + done.stderr
    return run


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())


def test_siblings_hold_the_file(site, compress):
    (site / "deep" / "er").mkdir(parents=True)
    for name in ("a.css", "deep/er/b.js"):
        (site / name).write_bytes(TEXT)
        os.chmod(site / name, 0o640)
    said = compress(site)
    assert said.startswith("6 written") and "0 failed" in said
    for name in ("a.css", "deep/er/b.js"):
        for suffix, decoder in DECODERS.items():
            sibling = site / (name + suffix)
            assert subprocess.run([*decoder, sibling], capture_output=True, check=True).stdout == TEXT
            assert sibling.stat().st_mtime_ns == (site / name).stat().st_mtime_ns
            assert sibling.stat().st_mode == (site / name).stat().st_mode
            assert sibling.stat().st_size < len(TEXT) / 5
    assert len(names(site)) == 8


def test_only_what_pays(site, compress):
    (site / "random.txt").write_bytes(random.Random(1).randbytes(50000))
    (site / "tiny.txt").write_bytes(b"a" * 1000)
    (site / "photo.jpg").write_bytes(TEXT)
    (site / ".hidden.txt").write_bytes(TEXT)
    (site / ".git").mkdir()
    (site / ".git" / "x.txt").write_bytes(TEXT)
    os.symlink(site / ".hidden.txt", site / "link.txt")
    os.symlink("/", site / "root")
    before = names(site)
    assert "3 not smaller" in compress(site)
    assert names(site) == before
    compress(site, "--min-size", "10")
    assert "tiny.txt.gz" in names(site)


def test_what_is_up_to_date_is_left(site, compress):
    (site / "a.css").write_bytes(TEXT)
    compress(site)
    inode = (site / "a.css.gz").stat().st_ino
    assert "3 up to date" in compress(site)
    assert (site / "a.css.gz").stat().st_ino == inode
    (site / "a.css").write_bytes(TEXT * 2)
    assert compress(site).startswith("3 written")
    assert gzip.decompress((site / "a.css.gz").read_bytes()) == TEXT * 2


def test_a_newer_sibling_of_somebody_else_is_left(site, compress):
    (site / "a.css").write_bytes(TEXT)
    os.utime(site / "a.css", (1000, 1000))
    (site / "a.css.gz").write_bytes(b"mine")
    assert "1 up to date" in compress(site)
    assert (site / "a.css.gz").read_bytes() == b"mine"


def test_dry_run_writes_nothing(site, compress):
    (site / "a.css").write_bytes(TEXT)
    said = compress("-n", site)
    assert "a.css.br" in said and "3 to be written" in said
    assert names(site) == ["a.css"]


def test_one_file(site, compress):
    (site / "a.css").write_bytes(TEXT)
    (site / "b.css").write_bytes(TEXT)
    compress(site / "a.css")
    assert names(site) == ["a.css", "a.css.br", "a.css.gz", "a.css.zst", "b.css"]


def test_many_files_on_many_threads(site, compress):
    for number in range(60):
        (site / f"{number}.txt").write_bytes(TEXT[number:number + 3000])
    assert compress("-t", "8", site).startswith("180 written")
    assert all(gzip.decompress((site / f"{number}.txt.gz").read_bytes()) == TEXT[number:number + 3000]
               for number in range(60))


def test_nothing_to_read(site, compress):
    assert "No such file" in compress(site / "nowhere", status=1)
    assert compress(site).startswith("0 written")


def test_quiet(site, compress):
    (site / "a.css").write_bytes(TEXT)
    assert compress("-q", site) == ""


def test_progress_on_a_terminal(site, sluice_binary):
    (site / "a.css").write_bytes(TEXT)
    done = subprocess.run(["script", "-qec", f"{sluice_binary} compress {site}", "/dev/null"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert "[" + "#" * 30 + "] 1 of 1 files" in done.stdout


def test_what_it_writes_is_served(site, compress, server):
    (site / "a.css").write_bytes(TEXT)
    compress(site)
    response = get(server(site), "/a.css", "Accept-Encoding: gzip, deflate, br")
    assert response.headers["content-encoding"] == "br"
    assert response.body == (site / "a.css.br").read_bytes()
