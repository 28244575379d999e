"""The certificate that all servers show: ECDSA P-256, signed by itself."""

import subprocess


def paths(places):
    """(certificate, key, both in one file), PEM; made when they are not there yet."""
    folder = places.work / "certificate"
    certificate, key, both = (folder / name for name in ("certificate.pem", "key.pem", "both.pem"))
    if not both.exists():
        folder.mkdir(exist_ok=True)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "365", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", key, "-out", certificate], check=True, capture_output=True)
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return certificate, key, both
