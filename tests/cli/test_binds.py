"""Several workers on several addresses: each worker listens on each."""

import re
import subprocess

import httpx


def test_every_worker_listens_on_every_bind(server, site):
    (site / "file").write_text("here\n")
    started = server(site, options=["-b", "::1", "--workers", "3"])
    for host in ("127.0.0.1", "[::1]"):
        # Enough connections to reach every worker.
        for _ in range(30):
            assert httpx.get(f"http://{host}:{started.port}/file").text == "here\n"


def test_without_a_bind_every_address_answers(sluice_binary, site):
    (site / "file").write_text("here\n")
    with subprocess.Popen(
            [sluice_binary, "serve", site, "--port", "0", "--workers", "3"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            lines = iter(process.stdout.readline, "")
            port = next(re.search(r"http://127\.0\.0\.1:(\d+)/", line)[1] for line in lines
                        if "http://127.0.0.1" in line)
            for host in ("127.0.0.1", "[::1]"):
                assert httpx.get(f"http://{host}:{port}/file").text == "here\n"
        finally:
            process.terminate()
        assert process.wait(20) == 0
