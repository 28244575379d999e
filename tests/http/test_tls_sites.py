"""Certificates in [site] sections: each is shown to whoever asks for a host that it names."""

import signal
import socket
import subprocess

import pytest

from support.raw import parse_response, receive_all


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    """folder("a"): one whose name.txt says "a"."""
    def make(name):
        made = tmp_path / "roots" / name
        made.mkdir(parents=True)
        (made / "name.txt").write_text(name)
        return made
    return make


@pytest.fixture(name="hosting")
def fixture_hosting(server, tmp_path):
    file = tmp_path / "sluice.conf"

    def start(text, **arguments):
        file.write_text(text)
        started = server(None, options=["-c", file, "-w", "1"], **arguments)
        started.configuration = file
        return started
    return start


def keys(pair):
    return f"tls-cert = {pair.certificate}\ntls-key = {pair.key}\n"


def visit(server, authority, host):
    """(the names in the certificate that is shown, what the site's name.txt says)."""
    context = authority.client_context()
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as connection:
            names = [value for _, value in connection.getpeercert()["subjectAltName"]]
            connection.sendall(f"GET /name.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return names, parse_response(receive_all(connection)).body.decode()


def test_each_site_shows_its_own(hosting, authority, folder):
    general, first, second = (authority.sign(*names) for names in (
        ["DNS:localhost", "DNS:*.example.org"], ["DNS:a.example.org", "DNS:www.example.org"], ["DNS:*.example.net"]))
    running = hosting(f"path = {folder('others')}\n{keys(general)}"
                      f"[site a.example.org www.example.org]\npath = {folder('a')}\n{keys(first)}"
                      f"[site *.example.net]\npath = {folder('net')}\n{keys(second)}"
                      f"[site plain.example.org]\npath = {folder('plain')}\n")
    for host, shown, answer in [
            ("a.example.org", "a.example.org", "a"),  # and not the wildcard's, which is before it
            ("www.example.org", "a.example.org", "a"),
            ("b.example.net", "*.example.net", "net"),
            ("plain.example.org", "localhost", "plain"),  # from above
            ("localhost", "localhost", "others"),
            ("unknown.test", "localhost", "others")]:
        names, body = visit(running, authority, host)
        assert (names[0], body) == (shown, answer), host
    assert "warning" not in running.output()


def test_sites_alone_may_have_certificates(hosting, authority, folder):
    pair = authority.sign("DNS:a.test")
    running = hosting(f"[site b.test]\npath = {folder('b')}\n[site a.test]\npath = {folder('a')}\n{keys(pair)}")
    assert visit(running, authority, "a.test") == (["a.test"], "a")
    assert visit(running, authority, "b.test") == (["a.test"], "b")  # there is no other to show


def test_beside_one_of_our_own(hosting, authority, folder, tmp_path):
    pair = authority.sign("DNS:localhost")
    state = tmp_path / "state"
    running = hosting(f"path = {folder('others')}\ntls-self-signed = yes\n"
                      f"[site localhost]\npath = {folder('local')}\n{keys(pair)}",
                      environment={"STATE_DIRECTORY": str(state)})
    # It names localhost, too, but the site's own is preferred.
    assert visit(running, authority, "localhost") == (["localhost"], "local")
    shown = subprocess.run(["openssl", "x509", "-in", state / "self-signed.crt", "-noout", "-fingerprint", "-sha256"],
                           capture_output=True, text=True, check=True, timeout=20).stdout
    assert shown.strip().rpartition("=")[2] in running.output()


def test_a_certificate_and_its_key_in_one_file(hosting, authority, folder, tmp_path):
    """A key from above all sites is not for a site's certificate."""
    general, own = authority.sign("DNS:localhost"), authority.sign("DNS:a.test")
    both = tmp_path / "both.pem"
    both.write_bytes(own.certificate.read_bytes() + own.key.read_bytes())
    running = hosting(f"path = {folder('others')}\n{keys(general)}"
                      f"[site a.test]\npath = {folder('a')}\ntls-cert = {both}\n")
    assert visit(running, authority, "a.test") == (["a.test"], "a")


def test_sessions_of_one_site_are_resumed(hosting, authority, folder):
    """The keys of tickets are the same for all certificates."""
    general, own = authority.sign("DNS:localhost"), authority.sign("DNS:a.test")
    running = hosting(f"path = {folder('others')}\n{keys(general)}[site a.test]\npath = {folder('a')}\n{keys(own)}")
    context, session = authority.client_context(), None
    for expected in (False, True, True):
        plain = socket.create_connection(("127.0.0.1", running.port), timeout=10)
        with context.wrap_socket(plain, server_hostname="a.test", session=session) as connection:
            connection.sendall(b"GET /name.txt HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
            assert parse_response(receive_all(connection)).body == b"a"
            assert connection.session_reused == expected
            session = connection.session


def test_a_reload_reads_them_anew(hosting, authority, folder):
    pair, other = authority.sign("DNS:a.test", "DNS:before"), authority.sign("DNS:a.test", "DNS:after")
    text = f"[site a.test]\npath = {folder('a')}\n"
    running = hosting(text + keys(pair))
    assert visit(running, authority, "a.test")[0] == ["a.test", "before"]
    running.configuration.write_text(text + keys(other))
    running.reload(signal.SIGHUP)
    assert visit(running, authority, "a.test")[0] == ["a.test", "after"]


def test_a_certificate_for_another_host_is_a_warning(hosting, authority, folder):
    pair = authority.sign("DNS:a.test", "DNS:*.b.test")
    running = hosting(f"[site a.test *.b.test www.a.test c.test]\npath = {folder('a')}\n{keys(pair)}")
    warnings = [line for line in running.log_lines() if "warning" in line]
    assert [line.rpartition("for ")[2] for line in warnings] == ["'www.a.test'", "'c.test'"]
    assert all("[site a.test *.b.test www.a.test c.test]: none of its certificates" in line for line in warnings)


def test_what_is_wrong_is_said(sluice_binary, authority, folder, tmp_path):
    pair, other = authority.sign("DNS:a.test"), authority.sign("DNS:a.test")
    file, root = tmp_path / "sluice.conf", folder("a")

    def said(text):
        file.write_text(text)
        found = subprocess.run([sluice_binary, "serve", "--check", "-c", file], capture_output=True, text=True,
                               timeout=20, check=False)
        assert found.returncode == 1 and found.stderr.count("\n") == 1, found.stderr
        return found.stderr

    site = f"[site a.test]\npath = {root}\n"
    assert "not the key of the certificate" in said(f"{site}tls-cert = {pair.certificate}\ntls-key = {other.key}\n")
    assert "[site a.test]: --tls-key" in said(f"{site}tls-key = {pair.key}\n")
    assert "there is no --tls-cert for it" in said(f"{keys(pair)}{site}tls-key = {other.key}\n")
    assert "No such file" in said(f"{site}tls-cert = {tmp_path / 'none'}\n")
