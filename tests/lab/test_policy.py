"""`sluice lab policy`, and `sluice serve --policy`, which does as it says."""

import os
import re
import subprocess

import pytest

from support import raw

POLICY = "# why\nmethod = splice\n\n# why\nsmall-file = 64K\ncache-guard = 0\nstep-size = 512K\n"


@pytest.fixture(name="policy")
def fixture_policy(tmp_path):
    path = tmp_path / "films.policy"
    path.write_text(POLICY)
    return path


def check(sluice_binary, folder, *words):
    return subprocess.run([sluice_binary, "serve", folder, "--check", *map(str, words)],
                          capture_output=True, text=True, timeout=60, check=False)


def ways(server, *names):
    """How the bodies of these files went."""
    found = []
    for name in names:
        assert raw.get(server, f"/{name}").status == 200
        found.append(server.wait_for_log(f"/{name} ").split()[-2])
    return found


def test_a_policy_changes_the_choice(server, site, random_file, policy):
    random_file("large", 1 << 20)
    random_file("small", 50_000)
    with_policy = server(site, options=["--policy", policy])
    without = server(site)
    assert ways(with_policy, "large", "small") == ["splice", "memory"]
    assert ways(without, "large", "small") == ["sendfile", "sendfile"]
    assert "bodies by splice: the policy has it so" in with_policy.output()
    assert f"policy: {policy}" in with_policy.output()
    assert "policy:" not in without.output()


def test_a_policy_says_what_it_sets_and_where_it_was_measured(server, site, policy):
    started = server(site, options=["--policy", policy, "--method", "copy"])
    assert f"{policy} sets small-file, cache-guard, step-size\n" in started.output()
    assert "measured on" not in started.output()
    policy.write_text(f"# measured 2026-01-02T03:04:05Z on Linux 2.6.32 m68k, a processor\n{POLICY}")
    started = server(site, options=["--policy", policy])
    assert f"{policy} sets method, small-file, cache-guard, step-size\n" in started.output()
    kernel = " ".join(os.uname()[index] for index in (0, 2, 4))
    assert f"it was measured on Linux 2.6.32 m68k, and this is {kernel}: 'sluice lab policy'" in started.output()


def test_every_other_source_outweighs_it(server, site, random_file, policy, tmp_path):
    random_file("large", 1 << 20)
    random_file("small", 50_000)
    config = tmp_path / "sluice.conf"
    config.write_text(f"policy = {policy}\nmethod = copy\n")
    by_config = server(site, options=["--config", config])
    assert ways(by_config, "large", "small") == ["copy", "memory"]
    assert "bodies by copy: it was asked for" in by_config.output()
    by_word = server(site, options=["--policy", policy, "--method", "sendfile", "--small-file", "1K"])
    assert ways(by_word, "large", "small") == ["sendfile", "sendfile"]
    assert "bodies by sendfile: it was asked for" in by_word.output()


@pytest.mark.parametrize("text, says", [
    ("port = 80\n", ":1: port: is nothing that a policy says"),
    ("method = teleport\n", ":1: method: 'teleport' is not"),
    ("\nsmall-fish = 1K\n", ":2: small-fish: unknown key: did you mean 'small-file'?"),
    ("policy = other\n", ":1: policy: is nothing that a policy says"),
])
def test_what_is_no_policy(sluice_binary, site, tmp_path, text, says):
    path = tmp_path / "wrong"
    path.write_text(text)
    done = check(sluice_binary, site, "--policy", path)
    assert done.returncode == 2
    assert f"{path}{says}" in done.stderr


def test_what_the_lab_writes_is_read(sluice_binary, site, tmp_path):
    path = tmp_path / "measured.policy"
    done = subprocess.run([sluice_binary, "lab", "policy", tmp_path, "--runs", "6", "--output", path],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    lines = path.read_text().splitlines()
    settings = {line.split(" = ")[0]: number for number, line in enumerate(lines) if re.match(r"[a-z-]+ = ", line)}
    # The others are there when a difference was shown.
    assert {"method", "cache-guard"} <= set(settings) <= {"method", "small-file", "step-size", "cache-guard"}
    for said in ("CPU of an answer from memory", "by that of steps of 2M: 256K "):
        assert said in path.read_text()
    # Each has its evidence above it: figures.
    assert all(re.search(r"# .*(\d\.\d\d|could not be measured)", lines[number - 1])
               for number in settings.values())
    kernel = " ".join(os.uname()[index] for index in (0, 2, 4))
    assert f" on {kernel}, " in lines[1]
    checked = check(sluice_binary, site, "--policy", path)
    assert checked.returncode == 0, checked.stderr
