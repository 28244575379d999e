"""--symlinks: which are followed."""

import os
import pwd

import pytest

from support.raw import get

NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def linked(site):
    """Files and links of root's and of nobody's."""
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    (site / "dir").mkdir()
    (site / "dir" / "file.txt").write_bytes(b"root's")
    (site / "dir" / "his.txt").write_bytes(b"his")
    (site / "plain.txt").write_bytes(b"plain")
    os.chown(site / "dir" / "his.txt", NOBODY, NOBODY)
    for name, target, owner in (
            ("to-root", "dir/file.txt", 0), ("to-his", "dir/his.txt", NOBODY),
            ("his-to-root", "dir/file.txt", NOBODY), ("root-to-his", "dir/his.txt", 0),
            ("dir-link", "dir", 0), ("his-dir-link", "dir", NOBODY), ("chain", "to-root", 0),
            ("dir/up", "../plain.txt", 0), ("out", "/etc/passwd", 0), ("loop", "loop", 0),
            ("dangling", "nowhere", 0)):
        os.symlink(target, site / name)
        os.chown(site / name, owner, owner, follow_symlinks=False)
    return site


ALLOWED = {
    "inside": {"to-root", "to-his", "his-to-root", "root-to-his", "chain", "dir/up", "dir-link/file.txt",
               "his-dir-link/file.txt", "dir-link/up"},
    "owner": {"to-root", "to-his", "chain", "dir/up", "dir-link/file.txt", "dir-link/up"},
    "never": set(),
}
TARGETS = ALLOWED["inside"] | {"out", "loop", "dangling", "dir-link/nowhere", "plain.txt/x"}


@pytest.mark.parametrize("choice", ALLOWED)
def test_symlinks(linked, server, choice):
    running = server(linked, options=["--symlinks", choice])
    for name in sorted(TARGETS):
        status = get(running, f"/{name}").status
        assert status == 200 if name in ALLOWED[choice] else status in (403, 404), name
    for name in ("plain.txt", "dir/file.txt", "dir/his.txt"):
        assert get(running, f"/{name}").status == 200
    # A folder by way of a link, with and without the slash.
    followed = choice != "never"
    assert get(running, "/dir-link/").status == (200 if followed else 404)
    assert get(running, "/dir-link").status == (301 if followed else 404)


def test_a_link_that_changes_hands_is_noticed(linked, server):
    running = server(linked, options=["--symlinks", "owner", "--cache-valid", "0"])
    assert get(running, "/to-root").status == 200
    os.chown(linked / "to-root", NOBODY, NOBODY, follow_symlinks=False)
    assert get(running, "/to-root").status == 403
