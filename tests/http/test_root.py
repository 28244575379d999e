"""Only what lies beneath the root, only regular files, nothing hidden."""

import os
import socket
import time

import pytest

from support.raw import get


@pytest.fixture
def guarded(tmp_path, site, server):
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "site-secret").mkdir()
    (tmp_path / "site-secret" / "secret.txt").write_bytes(b"secret")
    (site / "inside").mkdir()
    (site / "inside" / "file.txt").write_bytes(b"fine")
    (site / ".env").write_bytes(b"secret")
    (site / ".git").mkdir()
    (site / ".git" / "config").write_bytes(b"secret")
    os.symlink("../secret.txt", site / "relative-out.txt")
    os.symlink(tmp_path / "secret.txt", site / "absolute-out.txt")
    os.symlink(tmp_path, site / "folder-out")
    os.symlink(site / "inside" / "file.txt", site / "absolute-in.txt")
    os.symlink("inside/file.txt", site / "relative-in.txt")
    os.symlink("/proc/self/root", site / "magic-root")
    os.symlink("/proc/self/cwd", site / "magic-folder")
    os.symlink("/proc/self/environ", site / "magic.txt")
    os.symlink("loop.txt", site / "loop.txt")
    os.symlink(".env", site / "env-by-another-name")
    return server(site)


ESCAPES = ["/../secret.txt", "/inside/../../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E/secret.txt",
           "/..%2fsecret.txt", "/..%2Fsecret.txt", "/.%2e/secret.txt", "/%2e./secret.txt", "/..%5csecret.txt",
           "/..\\secret.txt", "/%252e%252e/secret.txt", "/..;/secret.txt", "/%c0%ae%c0%ae/secret.txt",
           "/....//secret.txt", "//../secret.txt", "/inside/..%2f..%2fsecret.txt", "/..%00/secret.txt",
           "/../site-secret/secret.txt", "/%2e%2e%2fsecret.txt", "/.../secret.txt", "//..//..//secret.txt",
           "/inside/%2e%2e/%2e%2e/secret.txt", "http://localhost/../secret.txt"]


@pytest.mark.parametrize("target", ESCAPES)
def test_no_way_out_by_dots(guarded, target):
    response = get(guarded, target)
    assert response.status in (400, 403, 404), response.status
    assert b"secret" not in response.body


@pytest.mark.parametrize("target", ["/relative-out.txt", "/absolute-out.txt", "/folder-out/secret.txt",
                                    "/folder-out/", "/magic-root/etc/passwd", "/magic-folder/secret.txt",
                                    "/magic.txt", "/loop.txt"])
def test_no_way_out_by_links(guarded, target):
    response = get(guarded, target)
    assert response.status in (403, 404), response.status
    assert b"secret" not in response.body and b"root:" not in response.body and b"PATH=" not in response.body


def test_link_that_stays_inside_is_followed(guarded):
    assert get(guarded, "/relative-in.txt").body == b"fine"


@pytest.mark.parametrize("target", ["/.env", "/.git/config", "/.git/", "/.git", "/%2eenv", "/inside/../.env"])
def test_hidden_files_are_not_there(guarded, target):
    response = get(guarded, target)
    assert response.status == 404 and b"secret" not in response.body


def test_what_is_no_regular_file_is_not_found_and_does_not_hang(site, server):
    os.mkfifo(site / "fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(site / "socket"))
    names = ["fifo", "socket"]
    if os.getuid() == 0:
        try:
            os.mknod(site / "null", 0o666 | 0o020000, os.makedev(1, 3))
            os.mknod(site / "zero", 0o666 | 0o020000, os.makedev(1, 5))
            names += ["null", "zero"]
        except PermissionError:
            pass  # a container without CAP_MKNOD
    running = server(site)
    begin = time.monotonic()
    for name in names:
        assert get(running, "/" + name, timeout=3).status == 404, name
    assert time.monotonic() - begin < 3
    listener.close()


def test_files_of_proc_have_no_size_and_are_served_truly(server):
    # Size 0 by fstat: the promise is 0 bytes, and no more is sent.
    response = get(server("/proc/sys/kernel"), "/ostype")
    assert response.status in (200, 404)
    assert len(response.body) == int(response.headers["content-length"])


def test_a_renamed_root_stays_the_one_that_was_opened(guarded, site, tmp_path):
    os.rename(site, tmp_path / "moved")
    site.mkdir()
    (site / "new.txt").write_bytes(b"other")
    assert get(guarded, "/inside/file.txt").body == b"fine"
    assert get(guarded, "/new.txt").status == 404


def test_one_file_is_named(tmp_path, server):
    """As "/" and by its name, which is in the banner's link: who saves it gets that name."""
    path = tmp_path / "b\u00e4r \"1\".txt"
    path.write_bytes(b"bear")
    running = server(path)
    link = running.wait_for_log("http://").strip()
    assert link == running.url + "/b%C3%A4r%20%221%22.txt"
    for target in ("/", link.removeprefix(running.url)):
        response = get(running, target)
        assert response.body == b"bear"
        assert response.headers["content-disposition"] == (
            "inline; filename=\"b__r _1_.txt\"; filename*=UTF-8''b%C3%A4r%20%221%22.txt")
    assert "content-disposition" not in get(running, "/none").headers
    ranged = get(running, "/", "Range: bytes=0-1")
    assert ranged.status == 206 and "content-disposition" in ranged.headers


def test_one_hidden_file_has_only_the_root(tmp_path, server):
    (tmp_path / ".profile").write_bytes(b"x")
    running = server(tmp_path / ".profile")
    assert running.wait_for_log("http://").strip() == running.url + "/" and get(running, "/").body == b"x"
