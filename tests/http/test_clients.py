"""Real programs on the other end."""

import subprocess
import time

import httpx
import pytest

from support.files import write_random
from support.ports import lease_port


def test_behind_haproxy(small_site, tmp_path):
    lease = lease_port()
    config = tmp_path / "haproxy.cfg"
    config.write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    http-reuse always
frontend front
    bind 127.0.0.1:{lease.port}
    default_backend files
backend files
    option httpchk HEAD /hello.txt
    server sluice 127.0.0.1:{small_site.server.port} check inter 200ms
""")
    with subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", config], stderr=subprocess.PIPE) as proxy:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{lease.port}", trust_env=False) as client:
                deadline = time.monotonic() + 10
                while True:
                    try:
                        if client.get("/hello.txt").status_code == 200:
                            break
                    except httpx.HTTPError:
                        pass
                    assert time.monotonic() < deadline, proxy.stderr.read1().decode()
                    time.sleep(0.05)
                for _ in range(20):
                    assert client.get("/big.bin").content == small_site.bytes_of("big.bin")
                    assert client.get("/small.bin").content == small_site.bytes_of("small.bin")
                    assert client.head("/big.bin").status_code == 200
                    assert client.get("/nowhere").status_code == 404
                    assert client.get("/big.bin", headers={"Range": "bytes=100-199"}).content \
                        == small_site.bytes_of("big.bin")[100:200]
                tag = client.get("/small.bin").headers["etag"]
                assert client.get("/small.bin", headers={"If-None-Match": tag}).status_code == 304
        finally:
            proxy.terminate()
            proxy.wait(timeout=10)
            lease.release()


@pytest.mark.parametrize("pipelined", [1, 8])
def test_under_h2load(site, server, pipelined):
    """h2load speaks HTTP/1.1 as well, and counts what fails."""
    write_random(site / "small.bin", 1000)
    running = server(site, options=["-q"])
    result = subprocess.run(["h2load", "--h1", "-n", "4000", "-c", "32", "-m", str(pipelined), "-t", "1",
                             running.url + "/small.bin"], capture_output=True, text=True, check=True, timeout=60)
    assert "4000 succeeded, 0 failed, 0 errored, 0 timeout" in result.stdout, result.stdout
