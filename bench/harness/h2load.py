"""Runs h2load (nghttp2) and reads what it says; downloads once with curl to compare bytes."""

import re
import shutil
import subprocess

from harness import files, host
from harness.client import WrongBytes

PATIENCE_S = 120


def missing():
    for program in ("h2load", "curl"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return None


def url(server, file_set):
    return f"https://127.0.0.1:{server.port}/{files.SETS[file_set][0][1]}"


def verify(places, server, file_set):
    """Fetches the file over HTTP/2 and compares every byte."""
    size, path = files.SETS[file_set][0]
    done = subprocess.run(
        ["curl", "-sk", "--http2", "--fail", "-w", "%{stderr}%{http_version}", url(server, file_set)],
        capture_output=True, timeout=PATIENCE_S, check=False)
    if done.returncode != 0 or done.stderr != b"2":
        raise WrongBytes(f"{server.name}: curl ends with {done.returncode}, HTTP/{done.stderr.decode()}")
    if len(done.stdout) != size or done.stdout != (places.root / path).read_bytes():
        raise WrongBytes(f"{server.name}: wrong bytes over HTTP/2")


def run(server, file_set, requests, connections, streams):
    """Seconds that it took. Raises WrongBytes unless every answer came whole."""
    done = subprocess.run(
        ["h2load", "-n", str(requests), "-c", str(connections), "-m", str(streams),
         "--tls13-ciphers=TLS_AES_128_GCM_SHA256", "--groups=X25519", url(server, file_set)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        preexec_fn=lambda: host.settle(host.CLIENT_CORE))
    said = done.stdout
    if (f"{requests} succeeded, 0 failed" not in said or f"status codes: {requests} 2xx" not in said
            or "Application protocol: h2" not in said or "Cipher: TLS_AES_128_GCM" not in said):
        raise WrongBytes(f"{server.name}, {file_set}: h2load says: {said[-1500:]}{done.stderr[-300:]}")
    took = re.search(r"^finished in ([\d.]+)(us|ms|s|m)", said, re.MULTILINE)
    return float(took[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[took[2]]
