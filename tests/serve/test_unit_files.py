"""The unit files of contrib/: systemd understands every line, and finds them well hardened."""

import re
import shutil
import subprocess

import pytest

EXPOSURE_MOST = 20  # tenths; systemd calls up to 2.0 "OK", and from 5.0 "MEDIUM"


def analyze(*words):
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture(name="units")
def fixture_units(project_root, sluice_binary, tmp_path):
    """The files as they are but for the program's place, and the manual that is not installed."""
    for name in ("sluice.service", "sluice.socket"):
        shutil.copy(project_root / "contrib" / name, tmp_path)
    service = tmp_path / "sluice.service"
    text = service.read_text().replace("/usr/local/bin/sluice", str(sluice_binary))
    service.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    return tmp_path


@pytest.mark.parametrize("name", ["sluice.service", "sluice.socket"])
def test_systemd_understands_every_line(units, name):
    result = analyze("verify", units / name)
    said = [line for line in (result.stdout + result.stderr).splitlines() if str(units) in line or "sluice" in line]
    assert said == [] and result.returncode == 0


def test_verify_would_tell(units):
    service = units / "sluice.service"
    service.write_text(service.read_text() + "[Service]\nProtectEverything=yes\n")
    result = analyze("verify", service)
    assert "ProtectEverything" in result.stdout + result.stderr


def test_it_is_well_hardened(units):
    result = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MOST}", units / "sluice.service")
    assert result.returncode == 0, result.stdout[-300:]


def test_its_own_sandbox_is_allowed(project_root):
    text = (project_root / "contrib/sluice.service").read_text()
    wanted = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"}
    named = set(re.findall(r"\w+", " ".join(re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE))))
    assert wanted <= named
