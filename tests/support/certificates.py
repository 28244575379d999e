"""Certificates for tests: an authority of our own and what it signs."""

import pathlib
import ssl
import subprocess
from dataclasses import dataclass


@dataclass
class Pair:
    certificate: pathlib.Path
    key: pathlib.Path

    def options(self):
        return ["--tls-cert", self.certificate, "--tls-key", self.key]


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def _key(path, kind):
    """kind: "P-256", "RSA:2048" and the like."""
    if kind.startswith("RSA:"):
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind[4:]}", "-out", path)
    else:
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}", "-out", path)


class Authority:
    """Signs certificates in a folder of its own. file: its own certificate."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "authority.crt"
        self._key = folder / "authority.key"
        self._count = 0
        _key(self._key, "P-256")
        _openssl("req", "-x509", "-key", self._key, "-out", self.file, "-days", "30", "-subj", "/CN=Test authority")

    def sign(self, *names, kind="P-256", days=30):
        """A certificate for these names (DNS:..., IP:...). days below 0: it has expired."""
        self._count += 1
        stem = self.folder / f"{self._count}"
        pair = Pair(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        _key(pair.key, kind)
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        extensions.write_text("subjectAltName=" + ",".join(names) + "\n")
        _openssl("req", "-new", "-key", pair.key, "-out", request, "-subj", f"/CN=Test {self._count}")
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-set_serial", str(self._count),
                 "-days", days, "-extfile", extensions, "-out", pair.certificate)
        return pair

    def client_context(self, version=None):
        """For clients that trust this authority only."""
        context = ssl.create_default_context(cafile=self.file)
        # Python's own default takes any end of stream for the peer's.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        if version:
            context.minimum_version = context.maximum_version = version
        return context
