"""HTTPS as the options have it: which certificate, which versions, who may come in."""

import os
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

from support.raw import connect, get, parse_response, raw_request, receive_all
from support.waiting import wait_until

REQUEST = b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def hello(site):
    (site / "hello.txt").write_bytes(b"hello, world\n")


def certificate_of(server, context, name):
    """The names in the certificate that a client asking for name is shown."""
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=name) as connection:
            return [value for _, value in connection.getpeercert()["subjectAltName"]]


def s_client(server, *options, data=REQUEST):
    """What openssl s_client prints."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", "localhost", *options]
    return subprocess.run(command, input=data, capture_output=True, timeout=20).stdout.decode(errors="replace")


def complaint(sluice_binary, site, *options, environment=None):
    """What a server that cannot start says, in one line."""
    found = subprocess.run([sluice_binary, "serve", site, "-p", "0", "-b", "127.0.0.1", *map(str, options)],
                           capture_output=True, text=True, timeout=20, env={**os.environ, **(environment or {})})
    assert found.returncode in (1, 2)
    assert found.stderr.count("\n") == 1, found.stderr
    return found.stderr


# ---- Certificates ----

def test_the_hosts_name_chooses_the_certificate(site, server, authority):
    pairs = [authority.sign("DNS:localhost"), authority.sign("DNS:*.example.org", "DNS:example.org"),
             authority.sign("DNS:other.example.net", kind="RSA:2048")]
    running = server(site, options=[option for pair in pairs for option in pair.options()])
    for name, shown in [("localhost", "localhost"), ("www.example.org", "*.example.org"),
                        ("example.org", "*.example.org"), ("OTHER.example.net", "other.example.net"),
                        ("a.b.example.org", "localhost"), ("unknown.test", "localhost")]:
        assert certificate_of(running, authority.client_context(), name)[0] == shown


def test_a_certificate_and_its_key_in_one_file(site, server, authority, localhost_pair, tmp_path):
    both = tmp_path / "both.pem"
    both.write_bytes(localhost_pair.certificate.read_bytes() + localhost_pair.key.read_bytes())
    running = server(site, options=["--tls-cert", both], tls=authority.client_context())
    assert get(running, "/hello.txt").body == b"hello, world\n"


def test_what_is_wrong_is_said_in_one_line(sluice_binary, site, authority, localhost_pair, tmp_path):
    other = authority.sign("DNS:localhost")
    nothing, locked = tmp_path / "nothing", tmp_path / "locked.key"
    nothing.write_text("nothing\n")
    subprocess.run(["openssl", "pkey", "-in", localhost_pair.key, "-aes128", "-passout", "pass:secret", "-out", locked],
                   check=True, timeout=20)
    certificate, key = localhost_pair.certificate, localhost_pair.key

    def said(*options):
        return complaint(sluice_binary, site, *options)

    assert f"not the key of the certificate in '{certificate}'" in said("--tls-cert", certificate, "--tls-key", other.key)
    assert "encrypted" in said("--tls-cert", certificate, "--tls-key", locked)
    assert "No such file" in said("--tls-cert", tmp_path / "none", "--tls-key", key)
    assert "No such file" in said("--tls-cert", certificate, "--tls-key", tmp_path / "none")
    assert "no certificate" in said("--tls-cert", nothing, "--tls-key", key)
    assert "no private key" in said("--tls-cert", certificate, "--tls-key", nothing)
    assert "no --tls-cert" in said("--tls-key", key)
    assert "OCSP" in said("--tls-cert", certificate, "--tls-key", key, "--tls-ocsp", nothing)
    assert "no certificate" in said("--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", nothing)
    for option in ("--https-redirect", "--tls-client-ca"):
        assert "no HTTPS" in said(option, "127.0.0.1:0"), option


def test_an_expired_certificate_is_a_warning(site, server, authority):
    pair = authority.sign("DNS:localhost", days=-1)
    running = server(site, options=pair.options())
    assert f"{pair.certificate}: the certificate has expired" in running.output()
    assert "200 OK" in s_client(running, "-ign_eof")


def test_self_signed(site, server, tmp_path):
    state = tmp_path / "state"
    prints = []
    for _ in range(2):
        running = server(site, options=["--tls-self-signed"], environment={"STATE_DIRECTORY": str(state)})
        prints += re.findall(r"((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", running.output())
        running.stop()
    assert prints[0] == prints[1]
    key, certificate = state / "self-signed.key", state / "self-signed.crt"
    assert key.stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256", "-text"],
                           capture_output=True, text=True, timeout=20).stdout
    assert prints[0] in shown
    assert "DNS:localhost" in shown and "IP Address:127.0.0.1" in shown and "prime256v1" in shown
    context = ssl.create_default_context(cafile=certificate)
    running = server(site, options=["--tls-self-signed"], environment={"STATE_DIRECTORY": str(state)}, tls=context)
    assert get(running, "/hello.txt").status == 200


# ---- Handshakes ----

def test_versions(site, secure_server):
    both, new = secure_server(site), secure_server(site, options=["--tls-min", "1.3"])
    assert "Protocol  : TLSv1.2" in s_client(both, "-tls1_2", "-ign_eof")
    assert "TLSv1.3" in s_client(both, "-tls1_3", "-ign_eof")
    assert "200 OK" not in s_client(both, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-ign_eof")
    assert "200 OK" not in s_client(new, "-tls1_2", "-ign_eof")
    assert "200 OK" in s_client(new, "-tls1_3", "-ign_eof")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_resumption_by_any_worker(site, secure_server, version, tmp_path):
    running = secure_server(site, options=["-w", "2"])
    kept = tmp_path / "session"
    assert "New, TLS" in s_client(running, version, "-ign_eof", "-sess_out", str(kept))
    for _ in range(6):
        shown = s_client(running, version, "-ign_eof", "-sess_in", str(kept))
        assert "Reused, TLS" in shown and "200 OK" in shown


def test_ocsp_stapling(site, secure_server, authority, localhost_pair, tmp_path):
    answer, index = tmp_path / "ocsp.der", tmp_path / "index.txt"
    serial = subprocess.run(["openssl", "x509", "-in", localhost_pair.certificate, "-noout", "-serial"],
                            capture_output=True, text=True, timeout=20).stdout.strip().partition("=")[2]
    index.write_text(f"V\t350101000000Z\t\t{serial}\tunknown\t/CN=Test\n")
    authority_key = authority.folder / "authority.key"
    subprocess.run(["openssl", "ocsp", "-index", index, "-rsigner", authority.file, "-rkey", authority_key,
                    "-CA", authority.file, "-issuer", authority.file, "-cert", localhost_pair.certificate,
                    "-respout", answer, "-ndays", "3"], check=True, capture_output=True, timeout=20)
    running = secure_server(site, options=["--tls-ocsp", answer])
    shown = s_client(running, "-status", "-ign_eof")
    assert "OCSP Response Status: successful" in shown and "Cert Status: good" in shown


def test_clients_certificates(site, secure_server, authority):
    pair = authority.sign("DNS:client")
    running = secure_server(site, options=["--tls-client-ca", authority.file])
    context = authority.client_context()
    context.load_cert_chain(pair.certificate, pair.key)
    running.tls = context
    assert get(running, "/hello.txt").status == 200
    running.tls = authority.client_context()
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        get(running, "/hello.txt")


def test_no_renegotiation(site, secure_server):
    shown = s_client(secure_server(site), "-tls1_2", data=b"R\n" + REQUEST)
    assert "200 OK" not in shown


def test_new_keys_when_the_client_wants_them(site, secure_server):
    running = secure_server(site)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{running.port}", "-servername", "localhost", "-tls1_3"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        # K at the beginning of what it reads at once is a command.
        for data in (b"K\n", REQUEST.replace(b"close", b"keep-alive"), b"K\n", REQUEST):
            time.sleep(0.3)
            client.stdin.write(data)
            client.stdin.flush()
        time.sleep(0.5)  # at its input's end it leaves, answered or not
        shown = client.communicate(timeout=20)[0]
    assert shown.count(b"KEYUPDATE") == 2
    assert shown.count(b"hello, world") == 2


def test_http11_is_agreed_on(site, secure_server):
    running = secure_server(site, options=["--no-http2"])
    assert "ALPN protocol: http/1.1" in s_client(running, "-alpn", "h2,http/1.1", "-ign_eof")
    assert "No ALPN negotiated" in s_client(running, "-alpn", "nonsense", "-ign_eof")


def test_handshakes_of_one_address_are_bounded(site, secure_server):
    running = secure_server(site, options=["--tls-handshakes-per-address", "3", "-w", "1"])
    done = 0
    while time.time() % 1 > 0.2:
        time.sleep(0.01)
    for _ in range(8):
        try:
            done += get(running, "/hello.txt").status == 200
        except (OSError, ssl.SSLError):
            pass
    assert 3 <= done <= 7
    time.sleep(1.1)
    assert get(running, "/hello.txt").status == 200


# ---- Plain HTTP beside it ----

@pytest.fixture
def redirecting(site, secure_server):
    """(server, port of plain HTTP)."""
    running = secure_server(site, options=["--https-redirect", "127.0.0.1:0", "--hsts", "31536000"])
    return running, int(re.search(r"http://127\.0\.0\.1:(\d+)/", running.output())[1])


def ask_plainly(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return parse_response(receive_all(connection))


@pytest.mark.parametrize("target, host, location", [
    ("/a/b?c=d", "example.org", "https://example.org:PORT/a/b?c=d"),
    ("/", "example.org:80", "https://example.org:PORT/"),
    ("//evil.test/", "example.org", "https://example.org:PORT//evil.test/"),
    ("/x", "[::1]:80", "https://[::1]:PORT/x"),
    ("http://example.net/y", "example.org", "https://example.net:PORT/y"),
])
def test_redirect_keeps_host_and_target(redirecting, target, host, location):
    running, port = redirecting
    response = ask_plainly(port, f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert response.status == 301
    assert response.headers["location"] == location.replace("PORT", str(running.port))
    assert "strict-transport-security" not in response.headers


def test_redirect_needs_to_know_the_host(redirecting):
    _, port = redirecting
    assert ask_plainly(port, b"GET / HTTP/1.0\r\n\r\n").status == 400


def test_hsts(redirecting):
    running, _ = redirecting
    assert get(running, "/hello.txt").headers["strict-transport-security"] == "max-age=31536000"


# ---- In the long run ----

def test_sighup_changes_the_certificate_and_drops_nobody(site, server, authority, tmp_path):
    certificate, key = tmp_path / "a.crt", tmp_path / "a.key"

    def install(pair):
        certificate.write_bytes(pair.certificate.read_bytes())
        key.write_bytes(pair.key.read_bytes())

    install(authority.sign("DNS:localhost", "DNS:before"))
    running = server(site, options=["--tls-cert", certificate, "--tls-key", key], tls=authority.client_context())
    with connect(running) as old:
        old.sendall(REQUEST.replace(b"close", b"keep-alive"))
        assert parse_response(old.recv(4096)).status == 200
        install(authority.sign("DNS:localhost", "DNS:after"))
        running.signal(signal.SIGHUP)
        wait_until(lambda: "after" in certificate_of(running, authority.client_context(), "localhost"))
        old.sendall(REQUEST)
        assert parse_response(receive_all(old)).body == b"hello, world\n"


def test_a_key_that_does_not_fit_stops_no_server(site, server, authority, tmp_path, localhost_pair):
    key = tmp_path / "a.key"
    key.write_bytes(localhost_pair.key.read_bytes())
    running = server(site, options=["--tls-cert", localhost_pair.certificate, "--tls-key", key],
                     tls=authority.client_context())
    key.write_bytes(authority.sign("DNS:localhost").key.read_bytes())
    running.signal(signal.SIGHUP)
    running.wait_for_log("not the key of the certificate")
    assert get(running, "/hello.txt").status == 200


def test_descriptors_and_memory_are_steady(site, secure_server, has_sanitizers):
    running = secure_server(site, options=["-w", "1", "--access-log", "off"])

    def resident_kib():
        with open(f"/proc/{running.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def some(count):
        for _ in range(count):
            assert get(running, "/hello.txt").status == 200

    some(100)
    descriptors, memory = len(running.fds()), resident_kib()
    some(400)
    assert len(running.fds()) <= descriptors + 1
    if not has_sanitizers:
        assert resident_kib() < memory + 1024


def test_idle_connections_are_small(site, secure_server, has_sanitizers):
    if has_sanitizers:
        pytest.skip("the sanitizer's own memory counts")
    running = secure_server(site, options=["-w", "1", "--access-log", "off"])

    def private_kib():
        with open(f"/proc/{running.pid}/smaps_rollup", encoding="ascii") as rollup:
            return int(re.search(r"Private_Dirty:\s+(\d+)", rollup.read())[1])

    def idle():
        connection = connect(running)
        connection.sendall(REQUEST.replace(b"close", b"keep-alive"))
        assert b" 200 " in connection.recv(4096)
        return connection

    connections = [idle() for _ in range(20)]
    before = private_kib()
    connections += [idle() for _ in range(200)]
    each = (private_kib() - before) / 200
    for connection in connections:
        connection.close()
    assert each < 24, f"{each} KiB a connection"
    print(f"{each:.1f} KiB a connection")


def test_few_calls_for_much(site, secure_server, tmp_path):
    trace = tmp_path / "trace"
    with open(site / "big.bin", "wb") as file:
        file.truncate(64 << 20)
    running = secure_server(site, options=["-w", "1"], prefix=["strace", "-f", "-c", "-o", str(trace)],
                            environment={"ASAN_OPTIONS": "detect_leaks=0"})  # which ptrace forbids
    found = subprocess.run(["curl", "-sSk", "--http1.1", f"{running.url}/big.bin", "-o", "/dev/null"], timeout=60)
    assert found.returncode == 0
    os.kill(running.keeper_pid(), signal.SIGTERM)
    running.wait()
    calls = {line.split()[-1]: int(line.split()[3]) for line in trace.read_text().splitlines()[2:-2]}
    # 256 pieces of 256 KiB, each read once and sent once, or in two when the socket was full.
    assert 256 <= calls["pread64"] <= 300
    assert calls["sendto"] <= 900
