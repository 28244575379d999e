"""--qrcode: what another program's reader makes of what the terminal shows."""

import os
import pty
import re
import select
import socket
import subprocess
import time

import pytest

from support.ports import lease_port

DARK, LIGHT = 0, 255
SCALE = 6


def modules(lines, drawn, blank):
    """The rows of a code, of lines of half blocks."""
    halves = {" ": (blank, blank), "\u2580": (drawn, blank), "\u2584": (blank, drawn), "\u2588": (drawn, drawn)}
    rows = []
    for line in lines:
        rows.append([halves[character][0] for character in line])
        rows.append([halves[character][1] for character in line])
    return rows[:len(rows[0])]


def read_code(rows, folder):
    pixels = [bytes(pixel for pixel in row for _ in range(SCALE)) for row in rows for _ in range(SCALE)]
    image = folder / "code.pgm"
    image.write_bytes(b"P5 %d %d 255\n" % (len(pixels[0]), len(pixels)) + b"".join(pixels))
    return subprocess.run(
        ["zbarimg", "--raw", "--quiet", image], capture_output=True, text=True, check=True).stdout.strip()


def code_lines(text):
    found = [line[2:] for line in text.splitlines() if re.fullmatch(r"  [ \u2580\u2584\u2588]{20,}", line)]
    assert found, text
    return found


def outward_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address that other machines could reach")
        return probe.getsockname()[0]


def test_it_leads_to_the_address_that_others_reach(site, server, tmp_path):
    host = outward_address()
    running = server(site, host="0.0.0.0", options=["--qrcode"])
    rows = modules(code_lines(running.output()), LIGHT, DARK)
    assert read_code(rows, tmp_path) == f"http://{host}:{running.port}/"


def test_to_a_single_file(site, server, tmp_path):
    host = outward_address()
    (site / "na\u00efve one.txt").write_bytes(b"hello")
    running = server(site / "na\u00efve one.txt", host="0.0.0.0", options=["--qrcode"])
    rows = modules(code_lines(running.output()), LIGHT, DARK)
    assert read_code(rows, tmp_path) == f"http://{host}:{running.port}/na%C3%AFve%20one.txt"


def test_not_to_where_only_a_redirect_is(site, secure_server):
    """HTTPS for this machine, and a redirect to it for all: a telephone would be led nowhere."""
    outward_address()
    with lease_port() as redirect:
        running = secure_server(site, options=["--https-redirect", f"0.0.0.0:{redirect.port}", "--qrcode"])
        assert f":{redirect.port}/" in running.output()
        assert "no QR code: at these addresses no other machine reaches it" in running.output()


def test_on_a_terminal_it_is_black_on_white(site, sluice_binary, tmp_path):
    host = outward_address()
    ours, terminal = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
            [sluice_binary, "serve", site, "-p", "0", "--qrcode"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=terminal, env=environment) as process:
        os.close(terminal)
        said = b""
        deadline = time.monotonic() + 20
        while b"Ctrl-C" not in said and time.monotonic() < deadline:
            if select.select([ours], [], [], 1)[0]:
                said += os.read(ours, 65536)
        process.terminate()
        assert process.wait(20) == 0
    os.close(ours)
    text = said.decode()
    port = re.search(rf"http://{re.escape(host)}:(\d+)/", text)[1]
    lines = re.findall("  \033\\[30;107m([ \u2580\u2584\u2588]+)\033\\[0m\r?\n", text)
    assert read_code(modules(lines, DARK, LIGHT), tmp_path) == f"http://{host}:{port}/"


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_where_nobody_else_reaches_it(site, server, options):
    running = server(site, options=["--qrcode", *options])
    assert ("no QR code: at these addresses no other machine reaches it" in running.output()) == (not options)
