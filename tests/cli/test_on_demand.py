"""Libraries that few runs need are opened by those runs: what is open, and what is said where
one is missing."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support import libraries
from support.raw import get

COMMANDS = {
    "tls": (["serve", ".", "--tls-self-signed", "--check"], "sluice: TLS needs OpenSSL: {}"),
    "passwords": (["serve", ".", "--htpasswd", "users", "--check"], "sluice: --htpasswd needs a library: {}"),
    "qrcode": (["serve", ".", "--qrcode", "--check"], "sluice: --qrcode needs a library: {}"),
    "lab": (["doctor", "."], "sluice doctor: a library is missing: {}"),
    "compress": (["compress", "."], "sluice compress: a library is missing: {}"),
}


def open_in(pid):
    """The libraries in a process' memory."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    return {pathlib.Path(path).name.split(".so")[0] for path in re.findall(r"(/\S+\.so\S*)", maps)}


def stems(sonames):
    return {soname.split(".so")[0] for soname in sonames}


@pytest.fixture(name="with_broken")
def fixture_with_broken(tmp_path):
    """The environment in which the loader finds something else by a library's name."""

    def make(soname, content=b"no library"):
        folder = tmp_path / "libraries"
        folder.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            (folder / soname).write_bytes(content)
        else:
            shutil.copy(content, folder / soname)
        return os.environ | {"LD_LIBRARY_PATH": str(folder), "HOME": str(tmp_path)}
    return make


def test_plain_http_opens_none(site, server, sluice_binary):
    running = server(site)
    assert get(running, "/").status == 200
    assert not open_in(running.pid) & stems([*libraries.on_demand(sluice_binary), "libcrypto.so"])


def test_https_opens_openssl(site, secure_server):
    running = secure_server(site)
    assert {"libssl", "libcrypto"} <= open_in(running.pid)


def test_each_is_noted_and_none_is_linked(sluice_binary):
    noted = libraries.on_demand(sluice_binary)
    assert set(noted.values()) == set(COMMANDS)
    assert not stems(noted) & stems(libraries.linked(sluice_binary))
    assert all(libraries.path_of(soname) for soname in noted)


def test_what_is_missing_is_said(site, sluice_binary, with_broken):
    (site / "users").write_text("me:$6$saltsalt$x\n")
    (site / "a.css").write_bytes(b"a" * 5000)
    for soname, feature in libraries.on_demand(sluice_binary).items():
        words, message = COMMANDS[feature]
        done = subprocess.run(
            [sluice_binary, *words], cwd=site, env=with_broken(soname), capture_output=True, text=True, timeout=20,
            check=False)
        assert done.returncode == 1, (soname, done)
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith(message.format("")), (soname, lines)
        assert soname in lines[0]


def test_another_library_by_that_name(site, sluice_binary, with_broken):
    """What lacks a function is not used: no half of a library."""
    (site / "a.css").write_bytes(b"a" * 5000)
    wrong = libraries.path_of("libc.so.6")
    for soname, feature in libraries.on_demand(sluice_binary).items():
        if feature == "compress":
            done = subprocess.run(
                [sluice_binary, "compress", "."], cwd=site, env=with_broken(soname, pathlib.Path(wrong)),
                capture_output=True, text=True, timeout=20, check=False)
            assert done.returncode == 1
            assert "undefined symbol" in done.stderr, (soname, done)
