"""What a scanner finds: sslscan(1), as those who audit servers use it, and by hand what
OpenSSL's client is refused."""

import json
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


# ---- testssl.sh ----

# What it says of the certificate of a test, and why that is as it should be.
EXCEPTED = {
    "cert_revocation": "an authority for a test has nowhere to ask whether a certificate is still good",
    "cert_chain_of_trust": "nobody but the test trusts that authority",
}
EXPECTED = {"TLS1_2", "TLS1_3", "heartbleed", "CCS", "ticketbleed", "ROBOT", "secure_client_renego", "CRIME_TLS", "BREACH",
            "POODLE_SSL", "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "LUCKY13", "RC4", "scanTime"}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_testssl_finds_nothing(server, authority, site, tmp_path):
    if not shutil.which("testssl"):
        pytest.skip("testssl.sh is not installed (scripts/setup test)")
    (site / "file").write_bytes(b"file")
    pair = authority.sign("DNS:localhost", days=200)  # it minds those that end soon
    running = server(site, options=[*pair.options(), "--hsts", "31536000", "--access-log", "off"])
    report = tmp_path / "report.json"
    # Neither names nor anything else are asked for outside of this machine.
    done = subprocess.run(["testssl", "--quiet", "--warnings", "off", "--color", "0", "--nodns", "none", "--ip", "127.0.0.1",
                           "--openssl", "/usr/bin/openssl", "--jsonfile", report, f"https://localhost:{running.port}/"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=580, check=False)
    findings = json.loads(report.read_text())
    assert EXPECTED <= {finding["id"] for finding in findings}, done.stdout[-2000:]
    bad = {finding["id"]: finding["finding"] for finding in findings
           if finding["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL")}
    assert set(bad) <= set(EXCEPTED), bad
    print(bad, {finding["id"]: finding["finding"] for finding in findings if finding["severity"] in ("LOW", "WARN")})
