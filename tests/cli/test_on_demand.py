"""Libraries that few runs need are opened by those runs: what is open, and what is said where
one is missing."""

import os
import pathlib
import re
import subprocess

import pytest

from support import libraries
from support.build import build_dir
from support.raw import get

COMMANDS = {
    "tls": (["serve", ".", "--tls-self-signed", "--check"], "sluice: TLS needs OpenSSL: "),
    "passwords": (["serve", ".", "--htpasswd", "users", "--check"], "sluice: --htpasswd needs a library: "),
    "qrcode": (["serve", ".", "--qrcode", "--check"], "sluice: --qrcode needs a library: "),
    "lab": (["doctor", ".", "--json"], "sluice doctor: a library cannot be used: "),
    "compress": (["compress", "."], "sluice compress: a library cannot be used: "),
}
NOTES = libraries.on_demand(build_dir() / "sluice") if (build_dir() / "sluice").exists() else {}


def open_in(pid):
    """The libraries in a process' memory."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    return {pathlib.Path(path).name.split(".so")[0] for path in re.findall(r"(/\S+\.so\S*)", maps)}


def stems(sonames):
    return {soname.split(".so")[0] for soname in sonames}


@pytest.fixture(name="run_with")
def fixture_run_with(site, tmp_path, sluice_binary):
    """Runs a command where the loader finds another file by a library's name."""

    def run(words, soname, content):
        folder = tmp_path / "libraries"
        folder.mkdir()
        (folder / soname).write_bytes(content)
        (site / "users").write_text("me:$6$saltsalt$x\n")
        (site / "a.css").write_bytes(b"a" * 5000)
        environment = os.environ | {"LD_LIBRARY_PATH": str(folder), "HOME": str(tmp_path)}
        return subprocess.run([sluice_binary, *words], cwd=site, env=environment, capture_output=True, text=True,
                              timeout=20, check=False)
    return run


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


@pytest.mark.parametrize("soname", NOTES)
def test_what_cannot_be_opened_is_said(run_with, soname):
    words, message = COMMANDS[NOTES[soname]]
    done = run_with(words, soname, b"no library")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done
    assert lines[0].startswith(message) and soname in lines[0]
    assert lines[0].endswith("; 'sluice doctor' says what to install")


@pytest.mark.parametrize("soname", NOTES)
def test_half_a_library_is_none(run_with, soname):
    """What has that name and lacks a function is not used."""
    words, message = COMMANDS[NOTES[soname]]
    done = run_with(words, soname, pathlib.Path(libraries.path_of("libuuid.so.1")).read_bytes())
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done
    assert lines[0].startswith(message) and "undefined symbol" in lines[0]
    assert str(soname) in lines[0]


@pytest.mark.parametrize("soname", NOTES)
def test_doctor_knows_before(run_with, soname):
    done = run_with(["doctor", "."], soname, b"no library")
    assert done.returncode == 0 and re.search(rf"missing .*\n?.*{re.escape(soname)}", done.stdout), done.stdout


def test_the_reason_outlives_the_next_attempt(run_with):
    """The lab asks for OpenSSL for each case, and keeps the reason."""
    tls = next(soname for soname, feature in NOTES.items() if feature == "tls")
    done = run_with(["lab", "explain", "copy+tls"], tls, b"no library")
    assert tls in done.stdout + done.stderr
