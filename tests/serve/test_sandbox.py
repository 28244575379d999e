"""The sandbox as the kernel sees it: on by default, refused or warned about where
it cannot be had; and --user."""

import grp
import os
import pathlib
import pwd
import subprocess

import pytest

from support.build import method_names
from support.files import write_random
from support.raw import get

NOBODY = pwd.getpwnam("nobody")


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}


def threads_of(pid):
    return [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]


def confine(build_dir, *rules):
    return [build_dir / "tests" / "cli" / "confine", *rules, "--"]


def start(binary, site, *options, prefix=()):
    return subprocess.run([*prefix, binary, "serve", site, "-b", "127.0.0.1", "-p", "0", *options],
                          capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("method", ["auto", *method_names()])
def test_every_thread_is_confined(site, server, method):
    write_random(site / "big.bin", 3 << 20)
    running = server(site, method=method)
    assert get(running, "/big.bin").body == (site / "big.bin").read_bytes()
    for thread in threads_of(running.pid):
        status = status_of(thread)
        assert (status["Seccomp"], status["NoNewPrivs"]) == (["2"], ["1"])
    assert "sandbox: Landlock" in running.output() and "seccomp" in running.output()


def test_off(site, server):
    running = server(site, options=["--sandbox", "off"])
    assert get(running, "/").status == 200
    assert status_of(running.pid)["Seccomp"] == ["0"]
    assert "sandbox: off" in running.output()


@pytest.mark.parametrize("rule", ["landlock_create_ruleset=ENOSYS", "landlock_create_ruleset=EOPNOTSUPP"])
def test_without_landlock_it_warns_and_serves(site, server, build_dir, rule):
    write_random(site / "a.bin", 1000)
    running = server(site, prefix=confine(build_dir, rule))
    assert get(running, "/a.bin").status == 200
    assert "the sandbox is not whole: no Landlock" in running.output()


def test_required_does_not_start_without_all_of_it(sluice_binary, site, build_dir):
    result = start(sluice_binary, site, "--sandbox", "required",
                   prefix=confine(build_dir, "landlock_create_ruleset=ENOSYS"))
    assert result.returncode == 1
    assert "required" in result.stderr and "Landlock" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_required_starts_with_all_of_it(site, server):
    assert get(server(site, options=["--sandbox", "required"]), "/").status == 200


def test_wrong_wish_is_refused(sluice_binary, site):
    result = start(sluice_binary, site, "--sandbox", "maybe")
    assert result.returncode == 2 and "on, off or required" in result.stderr


def test_one_file_is_still_found_when_replaced(site, server):
    shared = site / "shared.txt"
    shared.write_bytes(b"first")
    running = server(shared, options=["--cache-valid", "0"])
    assert get(running, "/").body == b"first"
    (site / "new").write_bytes(b"second")
    os.rename(site / "new", shared)
    assert get(running, "/").body == b"second"


def test_a_unix_sockets_file_is_removed_at_the_end(site, server, tmp_path):
    path = tmp_path / "socket"
    running = server(site, unix_path=path)
    assert get(running, "/").status == 200
    running.stop()
    assert not path.exists()


@pytest.fixture
def open_site(site):
    """One that other users can reach."""
    for folder in (site, *site.parents):
        if folder.stat().st_uid == os.getuid() and folder != pathlib.Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return site


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("method", ["auto", "direct"])
def test_user(open_site, server, method):
    write_random(open_site / "big.bin", 3 << 20)
    (open_site / "private.txt").write_bytes(b"root's")
    (open_site / "private.txt").chmod(0o600)
    running = server(open_site, options=["--user", "nobody"], method=method)
    assert get(running, "/big.bin").body == (open_site / "big.bin").read_bytes()
    assert get(running, "/private.txt").status == 403
    for thread in threads_of(running.pid):
        status = status_of(thread)
        assert set(status["Uid"]) == {str(NOBODY.pw_uid)} and set(status["Gid"]) == {str(NOBODY.pw_gid)}
        assert int(status["CapEff"][0], 16) == 0
    # Core dumps stay on: prctl(2), PR_SET_DUMPABLE.
    assert os.stat(f"/proc/{running.pid}/maps").st_uid == NOBODY.pw_uid
    if method == "direct":
        running.wait_for_log("/big.bin", "direct")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_is_closed_is_named_and_nothing_behind_it(open_site, server):
    """The paths of requests before lie on the same stack."""
    (open_site / "x").mkdir(mode=0o700)
    running = server(open_site, options=["--user", "nobody", "--workers", "1"])
    for _ in range(3):
        get(running, "/" + "somebody-elses-secret-" * 20)
        assert get(running, "/x/").status == 403
    running.wait_for_log("/x, asked for by 127.0.0.1: Permission denied")
    assert not any("secret" in line for line in running.stderr_path.read_text().splitlines())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_user_and_group(open_site, server):
    running = server(open_site, options=["--user", "nobody:daemon"])
    assert set(status_of(running.pid)["Gid"]) == {str(grp.getgrnam("daemon").gr_gid)}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("user, uid, gid", [
    (f"{NOBODY.pw_uid}", NOBODY.pw_uid, NOBODY.pw_gid), ("nobody:12345", NOBODY.pw_uid, 12345), ("54321:12345", 54321, 12345)])
def test_by_number(open_site, server, user, uid, gid):
    write_random(open_site / "a.bin", 1000)
    running = server(open_site, options=["--user", user])
    assert get(running, "/a.bin").body == (open_site / "a.bin").read_bytes()
    status = status_of(running.pid)
    assert set(status["Uid"]) == {str(uid)} and set(status["Gid"]) == {str(gid)}
    assert status["Groups"] == [str(gid)]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_what_that_user_cannot_read_is_said_by_check(open_site, sluice_binary):
    for options, status in (([], 0), (["--user", "nobody"], 1)):
        open_site.chmod(0o700)
        result = start(sluice_binary, open_site, "--check", *options)
        assert result.returncode == status, result
    assert result.stderr == f"sluice: cannot serve '{open_site}': Permission denied\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name, mode", [(".", 0o700), ("a.bin", 0o600)])
def test_what_may_not_be_read_is_not_served(open_site, sluice_binary, name, mode):
    write_random(open_site / "a.bin", 1000)
    (open_site / name).chmod(mode)
    result = start(sluice_binary, open_site / name, prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    assert result.returncode == 1, result
    assert result.stderr == f"sluice: cannot serve '{open_site / name}': Permission denied\n"


@pytest.mark.parametrize("user", ["no-such-user", "54321", "nobody:no-such-group", "4294967295:1", ":1", "-1"])
def test_unknown_user(sluice_binary, site, user):
    result = start(sluice_binary, site, "--user", user)
    assert result.returncode == 2 and f"'{user}'" in result.stderr
