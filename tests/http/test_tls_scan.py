"""What a scanner finds: sslscan(1), as those who audit servers use it, and by hand what
OpenSSL's client is refused."""

import shutil
import subprocess
import xml.etree.ElementTree as tree

import pytest

GOOD = {
    "TLSv1.3": {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"},
    "TLSv1.2": {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"},
}


@pytest.fixture(name="scanned_server")
def fixture_scanned_server(server, site, tmp_path):
    (site / "file").write_bytes(b"file")
    return server(site, options=["--tls-self-signed"], environment={"STATE_DIRECTORY": str(tmp_path)})


@pytest.fixture(name="scan")
def fixture_scan(scanned_server):
    if not shutil.which("sslscan"):
        pytest.skip("sslscan is not installed (scripts/setup test)")
    done = subprocess.run(["sslscan", "--xml=-", "--show-certificate", f"127.0.0.1:{scanned_server.port}"],
                          capture_output=True, timeout=60, check=True)
    return tree.fromstring(done.stdout).find("ssltest")


def test_only_what_is_sound_is_offered(scan):
    enabled = {(p.get("type"), p.get("version")) for p in scan.iter("protocol") if p.get("enabled") == "1"}
    assert enabled == {("tls", "1.2"), ("tls", "1.3")}
    for version, names in GOOD.items():
        assert {c.get("cipher") for c in scan.iter("cipher") if c.get("sslversion") == version} == names
    assert {c.get("strength") for c in scan.iter("cipher")} <= {"strong", "acceptable"}
    assert all(int(group.get("bits")) >= 128 for group in scan.iter("group"))


def test_no_old_weakness(scan):
    assert len(scan.findall("heartbleed")) == 2
    assert all(found.get("vulnerable") == "0" for found in scan.iter("heartbleed"))
    assert scan.find("renegotiation").get("supported") == "0"


def test_the_certificate_of_our_own_is_a_strong_one(scan):
    certificate = next(scan.iter("certificate"))
    assert "ecdsa-with-SHA256" in certificate.findtext("signature-algorithm")
    assert "NIST CURVE: P-256" in certificate.findtext("pk")


@pytest.mark.parametrize("asked", [
    ["-tls1"], ["-tls1_1"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
    ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
    ["-tls1_2", "-cipher", "aNULL"],
    ["-tls1_3", "-groups", "ffdhe2048"],
], ids=" ".join)
def test_what_is_unsound_is_refused(scanned_server, asked):
    # The client itself must be willing, or nothing is shown.
    willing = [*asked, "-cipher", asked[-1] + ":@SECLEVEL=0"] if "-cipher" in asked else asked
    if asked in (["-tls1"], ["-tls1_1"]):
        willing = [*asked, "-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{scanned_server.port}", *willing],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert "alert" in done.stderr, done.stderr
