"""Every program that meson knows as a test, one case each."""

import json
import os
import subprocess

import pytest

from support.build import build_dir

SKIPPED = 77  # as in automake, Meson and Debian


def programs():
    listing = subprocess.run(["meson", "introspect", "--tests", str(build_dir())],
                             capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        return [pytest.param(None, id="meson-introspect")]
    found = []
    for test in json.loads(listing.stdout):
        suites = [suite.split(":")[-1] for suite in test["suite"]]
        # xdist wants the same order on every worker.
        limit = max(int(test["timeout"]) * 4, 120)
        marks = [pytest.mark.timeout(limit)]
        if "long" in suites:
            marks.append(pytest.mark.long)
        found.append(pytest.param(test, id="-".join([*suites[:1], test["name"]]), marks=marks))
    return sorted(found, key=lambda parameter: parameter.id)


@pytest.mark.parametrize("test", programs())
def test_program(test):
    assert test, f"meson introspect --tests {build_dir()} failed: run make build"
    result = subprocess.run(
        test["cmd"], cwd=test["workdir"] or build_dir(), env={**os.environ, **test["env"]},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", timeout=max(int(test["timeout"]) * 4, 120), check=False)
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip().splitlines()[-1] if result.stdout.strip() else "it says 77")
    assert result.returncode == 0, f"exit status {result.returncode}:\n{result.stdout}"
