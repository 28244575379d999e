"""`sluice doctor` on kernels that are not this one's: with and without the
modules of kernel TLS, and before the calls of newer kernels."""

import json
import re

import pytest

from support import machine

pytestmark = pytest.mark.long

# In the order of their dependencies.
GCM = ["gf128mul", "cryptd", "crypto_simd", "ghash-generic", "crypto_null", "geniv", "seqiv", "gcm"]
CHACHA = ["libchacha", "chacha_generic", "libpoly1305", "poly1305_generic", "chacha20poly1305"]

EXAMINE = """
busybox dd if=/dev/urandom of=/srv/file bs=64k count=2 2>/dev/null
examine() { echo "=== $1"; sluice doctor --json /srv; echo "=== end"; }
"""


@pytest.fixture(scope="module", name="examine")
def fixture_examine(debian_kernel, sluice_binary, tmp_path_factory):
    """examine("linux-image-...", script, modules): {stage: {name: check}}."""
    def run(meta_package, script, modules=()):
        kernel = debian_kernel(meta_package)
        output = machine.boot(
            kernel, EXAMINE + script, [sluice_binary], modules, tmp_path_factory.mktemp("vm"))
        stages = re.findall(r"=== (\w+)\n(\{.*?\n\})\n=== end", output, flags=re.DOTALL)
        assert stages, output
        return {
            stage: {check["name"]: check for check in json.loads(text)["checks"]}
            for stage, text in stages
        }
    return run


@pytest.fixture(scope="module", name="debian_12_backports")
def fixture_debian_12_backports(examine):
    return examine("linux-image-6.12-cloud-amd64", f"""
        examine nothing
        modules tls; examine tls
        modules {' '.join(GCM)}; examine gcm
        modules {' '.join(CHACHA)}; examine all
    """, ["tls", *GCM, *CHACHA])


@pytest.mark.parametrize("stage, state, value, remedy", [
    ("nothing", "missing", "the tls module is not loaded", "modprobe tls"),
    ("tls", "missing", "keys refused: AES-128-GCM, AES-256-GCM, CHACHA20-POLY1305", "gcm"),
    ("gcm", "note", "TLS 1.3 with AES-128-GCM, AES-256-GCM; keys refused: CHACHA20-POLY1305",
     "chacha20poly1305"),
    ("all", "ok", "TLS 1.3 with AES-128-GCM, AES-256-GCM, CHACHA20-POLY1305", None),
])
def test_kernel_tls_needs_the_module_and_its_ciphers(
        debian_12_backports, stage, state, value, remedy):
    check = debian_12_backports[stage]["ktls"]
    assert check["state"] == state
    assert value in check["value"]
    assert remedy in check["remedy"] if remedy else check["remedy"] is None


def test_linux_6_12_cannot_forget_what_was_read(debian_12_backports):
    check = debian_12_backports["nothing"]["rwf_dontcache"]
    assert check["state"] == "missing" and "6.14" in check["remedy"]
    assert debian_12_backports["nothing"]["residency"]["value"] == "by cachestat"


def test_linux_6_1_has_no_cachestat(examine):
    checks = examine("linux-image-cloud-amd64", "examine old")["old"]
    assert checks["residency"]["state"] in ("note", "missing")
    assert "cachestat: Function not implemented" in checks["residency"]["value"]
    assert "6.5" in checks["residency"]["remedy"]
    assert checks["landlock"]["value"] == "ABI 2"
    assert checks["method_sendfile"]["state"] == "ok"
    assert checks["congestion_control"]["state"] == "ok"
