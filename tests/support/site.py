"""A small site of many kinds of files."""

from support.files import write_random


def fill(folder):
    write_random(folder / "small.bin", 1000)
    write_random(folder / "big.bin", 3 * 1024 * 1024 + 17)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "hello.txt").write_bytes(b"hello, world\n")
    (folder / "folder").mkdir()
    (folder / "folder" / "index.html").write_bytes(b"<!doctype html><title>index</title>")
    (folder / "bare").mkdir()
    (folder / "bare" / "inside.txt").write_bytes(b"inside\n")
    (folder / "with space.txt").write_bytes(b"space\n")
    (folder / "umlaut-\u00e4.txt").write_bytes(b"umlaut\n")
