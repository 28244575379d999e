"""How the program is built, as the loader and the kernel see it."""

import re
import subprocess


def headers(sluice_binary, option):
    return subprocess.run(["readelf", "-W", option, sluice_binary], capture_output=True, text=True, check=True).stdout


def test_nothing_of_it_is_at_a_known_address(sluice_binary):
    assert re.search(r"FLAGS_1.*\bPIE\b", headers(sluice_binary, "-d"))


def test_pointers_to_functions_are_read_only(sluice_binary):
    """Full RELRO: bound at start, then protected."""
    assert "GNU_RELRO" in headers(sluice_binary, "-l")
    assert re.search(r"FLAGS_1.*\bNOW\b", headers(sluice_binary, "-d"))


def test_data_is_not_code(sluice_binary):
    segments = re.findall(r"^  (LOAD|GNU_STACK) .* ([RWE ]{3}) 0x", headers(sluice_binary, "-l"), re.MULTILINE)
    assert len(segments) > 3
    assert not [flags for _, flags in segments if "W" in flags and "E" in flags]
