"""What the lab's tests share."""

import os
import subprocess

import pytest


@pytest.fixture(name="lab", scope="module")
def fixture_lab(sluice_binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")

    def run(*words, code=0, timeout=120, environment=None):
        done = subprocess.run(
            [sluice_binary, "lab", *map(str, words)], capture_output=True, text=True,
            timeout=timeout, check=False, cwd=folder, env={**os.environ, **(environment or {})})
        assert done.returncode == code, done.stderr + done.stdout
        return done
    return run
