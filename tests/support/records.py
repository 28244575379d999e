"""The records that a TLS server sends, counted on the way: tls_records.c."""

import contextlib
import subprocess

from support.ports import lease_port

FULL = 16384 + 1 + 16  # what a record of TLS 1.3 holds, its type, and GCM's tag


@contextlib.contextmanager
def counted(build_dir, server):
    """A port that leads one connection to the server, and {length: how many}, filled when it has ended."""
    lease = lease_port()
    lengths = {}
    command = [build_dir / "tests" / "support" / "tls_records", str(lease.port), str(server.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as relay:
        try:
            assert relay.stdout.readline() == "ready\n"
            yield lease.port, lengths
            for line in relay.communicate(timeout=20)[0].splitlines():
                count, length = map(int, line.split())
                lengths[length] = count
        finally:
            relay.kill()
            lease.release()
