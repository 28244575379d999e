"""Kernel TLS, for real: Debian's kernel has the modules that most others lack. The
machine runs ktls.sh once; each test reads what it has printed."""

import csv
import os
import pathlib
import re
import shutil

import pytest

from support import files, machine
from support.certificates import Authority

pytestmark = [pytest.mark.long, pytest.mark.timeout(480)]

LARGE = (5 << 19) + 4321
GCM = ["gf128mul", "cryptd", "crypto_simd", "ghash-generic", "crypto_null", "geniv", "seqiv", "gcm"]
CHACHA = ["libchacha", "chacha_generic", "libpoly1305", "poly1305_generic", "chacha20poly1305"]
PROTOCOLS = ["http1.1", "http2"]
CIPHERS_1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
CIPHERS_1_2 = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
CIPHERS = [("1.3", cipher) for cipher in CIPHERS_1_3] + [("1.2", cipher) for cipher in CIPHERS_1_2]
METHODS = ["mmap", "splice", "zerocopy"]
LAB_CASES = 5
GIANT, DOUBLE = 6 * LARGE, 2 * LARGE  # what calls and records are counted with
PROGRAMS = {"curl": "test", "openssl": "test", "strace": "test", "h2load": "test", "nginx": "vm"}
RECORD = 16384
FULL = RECORD + 1 + 16  # and its type, and GCM's tag
MOVING = ("read", "pread64", "preadv", "readv", "write", "writev", "send", "sendto", "sendmsg", "sendfile", "splice")
NGINX = """
daemon off;
master_process off;
user root root;
pid /tmp/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    # As in Debian's nginx.conf.
    sendfile on;
    tcp_nopush on;
    server {
        listen 127.0.0.1:8443 ssl http2;
        ssl_certificate /etc/certificate.pem;
        ssl_certificate_key /etc/key.pem;
        root /srv;
    }
}
"""


def script():
    source = pathlib.Path(__file__).with_name("ktls.sh").read_text()
    ciphers = "\n".join(
        f"start --small-file 0\neach_cipher {protocol} 1.3 --tls13-ciphers {' '.join(CIPHERS_1_3)}\n"
        f"each_cipher {protocol} 1.2 --ciphers {' '.join(CIPHERS_1_2)}\nstop {protocol}" for protocol in PROTOCOLS)
    return f"""echo
modules virtio_blk
{source}
cat /srv/large /srv/large >/srv/double
cat /srv/double /srv/double /srv/double >/srv/giant
without everything
calls user http1.1 giant
modules tls; without ciphers
modules {' '.join(GCM)}
start; get without-chacha large --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256; stop without-chacha
modules {' '.join(CHACHA)}
{ciphers}
situations
methods {' '.join(METHODS)}
on_a_disk
each_length_of_records
calls kernel http1.1 giant
calls kernel-http2 http2 double
calls_of_nginx nginx http1.1 giant
calls_of_nginx nginx-http2 http2 double
say all counted
"""


@pytest.fixture(scope="module", name="said")
def fixture_said(debian_kernel, build_dir, sluice_binary, tmp_path_factory):
    """{name: value} of what the machine printed."""
    kernel = debian_kernel("linux-image-6.12-cloud-amd64")
    folder = tmp_path_factory.mktemp("vm")
    # nginx is where only root's PATH has it.
    programs = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in PROGRAMS}
    missing = {name: f"scripts/setup {PROGRAMS[name]}" for name, found in programs.items() if not found}
    if missing:
        pytest.skip(f"NOT TESTED IN A VIRTUAL MACHINE: missing: {missing}")
    pair = Authority(folder).sign("DNS:localhost", "IP:127.0.0.1")
    for name, size in (("large", LARGE), ("small", 5000)):
        files.write_random(folder / name, size)
    brought = {
        "etc/certificate.pem": pair.certificate, "etc/key.pem": pair.key,
        "tmp/large": folder / "large", "tmp/small": folder / "small"}
    texts = {"etc/nginx.conf": NGINX, "etc/passwd": "root::0:0::/:/bin/sh\n", "etc/group": "root::0:\n"}
    printed = machine.boot(
        kernel, "busybox mv /tmp/large /tmp/small /srv\n" + script(),
        [sluice_binary, build_dir / "tests" / "support" / "tls_records", *map(pathlib.Path, programs.values())],
        ["tls", "virtio_blk", *GCM, *CHACHA], folder,
        files={path: source.read_bytes() for path, source in brought.items()} |
              {path: text.encode() for path, text in texts.items()},
        disk=machine.disk_image(folder / "disk", 256 << 20), seconds=450)
    found = dict(re.findall(r"^=== (.*?): (.*)$", printed, re.MULTILINE))
    assert "all" in found, printed
    return found


def way(said, name):
    """The word of the access log, and whether the body went whole."""
    words = said[f"{name} log"].split('" ')[1].split()
    return words[2], "incomplete" not in words


def calls(said, name):
    return {key.split()[-1]: int(value) for key, value in said.items() if key.startswith(f"{name} call ")}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("version, cipher", CIPHERS)
def test_bytes_are_the_same_and_the_kernel_counts_the_connection(said, protocol, version, cipher):
    name = f"{protocol}-{version}-{cipher}"
    assert (said[f"{name} curl"], said[f"{name} bytes"]) == ("0", "same")
    assert said[f"{name} version"] == protocol.removeprefix("http")
    assert said[f"{name} kernel"] == "1"
    assert way(said, name) == ("sendfile+ktls", True)


@pytest.mark.parametrize("stage, why", [
    ("everything", "the tls module is not loaded"),
    ("ciphers", "the kernel has no AES-128-GCM for it (module gcm)"),
])
def test_a_missing_module_is_told_and_nothing_else(said, stage, why):
    name = f"without-{stage}"
    assert (said[f"{name} curl"], said[f"{name} bytes"]) == ("0", "same")
    assert said[f"{name} banner"].strip() == f"kTLS: no, {why}"
    assert way(said, name) == ("copy+tls", True)
    assert (said[f"{name} by_user"], said[f"{name} by_kernel"]) == ("1", "0")


def test_a_cipher_that_the_kernel_lacks_is_ours(said):
    assert said["without-chacha bytes"] == "same"
    assert way(said, "without-chacha") == ("copy+tls", True)


def test_the_banner_and_the_metrics_tell_of_the_kernel(said):
    assert "bodies by sendfile+ktls" in said["banner"]
    assert int(said["by_kernel"]) > 10 and said["by_user"] == "0"


def test_a_range(said):
    assert said["range bytes"] == "same"
    assert way(said, "range") == ("sendfile+ktls", True)


def test_the_client_changes_its_key(said):
    assert (said["key-update client"], said["key-update answers"], said["key-update errors"]) == ("0", "2", "0")


def test_a_key_that_the_kernel_cannot_change_ends_the_connection_in_order(said):
    """Linux before 6.14: the client wants our key changed as well."""
    assert said["key-update-both answers"] in ("1", "2")
    assert (said["key-update-both client"], said["key-update-both errors"]) == ("0", "0")
    assert said["behind-key-updates bytes"] == "same"


def test_the_end_is_said(said):
    """close_notify: without it OpenSSL's client complains of an unexpected end."""
    assert (said["goodbye client"], said["goodbye bytes"], said["goodbye complaints"]) == ("0", "same", "0")


def test_clients_that_leave_mid_way_leave_nothing_behind(said):
    assert said["behind-leavers bytes"] == "same"
    assert said["descriptors"] == "0"


@pytest.mark.parametrize("protocol, codes", [
    ("http1.1", ("18", "56")),  # CURLE_PARTIAL_FILE, CURLE_RECV_ERROR
    # In the midst of a frame the connection ends, between two the stream.
    ("http2", ("18", "56", "92")),  # and CURLE_HTTP2_STREAM
])
def test_a_file_cut_short_is_never_taken_for_whole(said, protocol, codes):
    assert said[f"short-{protocol} curl"] in codes
    assert said[f"short-{protocol} begin"] == "same"
    assert way(said, f"short-{protocol}") == ("sendfile+ktls", False)
    assert said["behind-short bytes"] == "same"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gets_its_bytes_encrypted(said, method):
    name = f"method-{method}"
    assert (said[f"{name} curl"], said[f"{name} bytes"]) == ("0", "same")
    # Kernel TLS takes no pages of ours.
    used = "sendfile" if method == "zerocopy" else method
    assert way(said, name) == (f"{used}+ktls", True)


def test_a_file_past_the_page_cache_too(said):
    assert (said["method-direct curl"], said["method-direct bytes"]) == ("0", "same")
    assert way(said, "method-direct") == ("direct+ktls", True)


def test_the_lab_measures_the_kernel_beside_the_process(said):
    assert said["lab exit"] == "0"
    rows = list(csv.DictReader([said[f"lab row {number}"] for number in range(1 + 2 * LAB_CASES)]))
    # sendfile cannot be where the process encrypts.
    assert {(row["method"], row["tls"]) for row in rows} == {
        ("sendfile", "none"), ("sendfile", "kernel"), ("direct", "none"), ("direct", "user"), ("direct", "kernel")}
    for row in rows:
        assert int(row["bytes_sent"]) > 0 and int(row["bytes_sent"]) % (2 << 20) == 0, row
        # The kernel takes the page cache's bytes as they lie there.
        if (row["method"], row["tls"]) == ("sendfile", "kernel"):
            assert (row["bytes_copied_in"], row["bytes_copied_out"]) == ("0", "0"), row
        if row["tls"] == "user":
            assert row["bytes_copied_out"] == row["bytes_sent"], row


@pytest.mark.parametrize("server", ["without-everything", "without-ciphers", "without-chacha", "user", "kernel",
                                    "kernel-http2", "records", "situations", *PROTOCOLS, *(f"method-{name}" for name in [*METHODS, "direct"])])
def test_the_servers_end_well(said, server):
    assert said[f"{server} exit"] == "0"


def moving(said, name):
    """Calls that move a file's bytes; not what a connection costs once."""
    return sum(count for call, count in calls(said, name).items() if call in MOVING)


def size_for(name):
    return DOUBLE if name.endswith("http2") else GIANT


def per_gib(said, name):
    return moving(said, name) * (1 << 30) // size_for(name)


@pytest.mark.parametrize("name", ["user", "kernel", "kernel-http2", "nginx", "nginx-http2"])
def test_what_was_counted_is_a_whole_download(said, name, record_property):
    assert (said[f"{name} curl"], said[f"{name} bytes"]) == ("0", "same")
    record_property("calls per GiB", per_gib(said, name))
    print(f"{name}: {per_gib(said, name)} calls per GiB, {calls(said, name)}")


@pytest.mark.parametrize("name", ["kernel", "kernel-http2"])
def test_no_byte_of_a_file_passes_through_user_space(said, name):
    assert said[f"{name} bytes sendfile"] == str(size_for(name))
    # A byte each to learn whether a window is in memory (preadv2(2), RWF_NOWAIT).
    assert int(said[f"{name} bytes p?readv?2?(64)?"]) < 4096


@pytest.mark.parametrize("name", ["user", "nginx"])
def test_every_byte_does_where_the_kernel_does_not_encrypt(said, name):
    assert int(said[f"{name} bytes p?readv?2?(64)?"]) >= GIANT


def test_a_fiftieth_of_the_calls_of_a_server_that_encrypts_by_itself(said):
    assert moving(said, "kernel") <= moving(said, "nginx") / 50


def test_frames_cost_no_more_calls_than_records_do(said):
    """HTTP/2 to a peer that takes 16 KiB a frame: a head, and its sendfile. One that takes more pays less."""
    assert moving(said, "kernel-http2") <= moving(said, "nginx-http2") * 1.1
    assert moving(said, "long") <= moving(said, "kernel-http2") / 10


@pytest.mark.parametrize("name, bytes_in_all", [("least", DOUBLE), ("long", DOUBLE), ("several", 3 * LARGE)])
def test_a_frame_and_its_head_fill_their_records(said, name, bytes_in_all):
    assert said[f"{name} client"] == "0"
    assert said.get(f"{name} bytes", "same") == "same" and said.get(f"{name} succeeded", "1") == "1"
    lengths = {int(key.split()[-1]): int(count) for key, count in said.items() if key.startswith(f"{name} record ")}
    print(name, lengths)
    others = sum(count for length, count in lengths.items() if length != FULL)
    assert lengths[FULL] > bytes_in_all * 9 // 10 // RECORD and others < lengths[FULL] // 20 + 15
