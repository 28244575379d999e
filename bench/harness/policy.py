"""The policy that `sluice lab policy` writes on the machine of the bench."""

import subprocess

_fresh = set()  # files that this run of the bench has made


def path(places):
    return places.work / "machine.policy"


def is_fresh(places):
    return path(places) in _fresh


def measure(places):
    """Writes it anew, for the file system that is served; gives the lines that decide."""
    subprocess.run([places.sluice, "lab", "policy", places.root, "--output", path(places)],
                   check=True, capture_output=True, text=True)
    _fresh.add(path(places))
    return [line for line in path(places).read_text().splitlines() if line and line[0] != "#"]
