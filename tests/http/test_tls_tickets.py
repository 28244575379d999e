"""Session tickets: they outlive reloads and upgrades, are good on several machines that have the
same key, and never where a client would have had to show more than it did."""

import os
import pathlib
import signal
import socket
import ssl
import subprocess

import pytest

from support.raw import parse_response, receive_all

REQUEST = b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
REFUSED = (ssl.SSLError, ConnectionResetError, BrokenPipeError)
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(autouse=True)
def hello(site):
    (site / "hello.txt").write_bytes(b"hello, world\n")


@pytest.fixture(name="client", params=VERSIONS, ids=str)
def fixture_client(request, authority):
    return Client(authority.client_context(request.param))


class Client:
    """Shakes hands by the last session it was given."""

    def __init__(self, context, session=None):
        self.context = context
        self.session = session

    def ask(self, server):
        """Whether it was resumed."""
        with self.connect(server) as connection:
            connection.sendall(REQUEST)
            assert parse_response(receive_all(connection)).body == b"hello, world\n"
            self.session = connection.session
            return connection.session_reused

    def connect(self, server):
        plain = socket.create_connection((server.host, server.port), timeout=10)
        return self.context.wrap_socket(plain, server_hostname="localhost", session=self.session)

    def with_certificate(self, pair):
        """The same one, which has a certificate to show from now on."""
        self.context.load_cert_chain(pair.certificate, pair.key)


@pytest.fixture(name="configured")
def fixture_configured(site, server, localhost_pair, tmp_path):
    """(a server, a function that gives it other options besides its certificate and reloads it)."""
    file = tmp_path / "sluice.conf"

    def write(**options):
        lines = {"path": site, "tls-cert": localhost_pair.certificate, "tls-key": localhost_pair.key, **options}
        file.write_text("".join(f"{key.replace('_', '-')} = {value}\n" for key, value in lines.items()))

    write()
    running = server(None, options=["-c", file, "-w", "2"])
    return running, lambda **options: (write(**options), running.reload())


def new_key(path):
    path.write_bytes(os.urandom(80))
    path.chmod(0o600)
    return path


# ---- Keys of our own ----

@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR2])
def test_a_ticket_outlives_the_process_that_made_it(site, secure_server, client, number):
    running = secure_server(site, options=["-w", "2"])
    assert not client.ask(running)
    for _ in range(3):
        running.reload(number)
        assert client.ask(running)


def test_both_know_the_keys_while_one_drains(site, secure_server, client):
    """The former process still answers whom it let in; what it gives is good with the new one."""
    running = secure_server(site, options=["-w", "1"])
    with client.connect(running) as connection:
        connection.sendall(REQUEST.replace(b"close", b"keep-alive"))
        assert b" 200 " in connection.recv(4096)
        running.reload()
        connection.sendall(REQUEST)
        assert parse_response(receive_all(connection)).body == b"hello, world\n"
        client.session = connection.session
    assert client.ask(running)


def test_who_serves_can_only_read_the_keys(site, secure_server):
    running = secure_server(site)
    for _ in range(2):
        process = pathlib.Path(f"/proc/{running.pid}")
        maps = [line.split() for line in (process / "maps").read_text().splitlines() if "sluice-ticket-keys" in line]
        assert [line[1] for line in maps] == ["r--s"]
        assert not any("ticket-keys" in target for target in running.fds().values())
        keeper = pathlib.Path(f"/proc/{running.process.pid}/fd")
        held = [os.readlink(fd) for fd in keeper.iterdir()]
        assert sum("sluice-ticket-keys" in target for target in held) == 1
        running.reload()


def test_without_https_there_are_no_keys(site, server):
    running = server(site)
    assert "ticket-keys" not in pathlib.Path(f"/proc/{running.process.pid}/maps").read_text()


def test_https_may_begin_and_end_with_a_reload(site, server, localhost_pair, client, tmp_path):
    file = tmp_path / "sluice.conf"
    file.write_text(f"path = {site}\n")
    running = server(None, options=["-c", file])
    secure = f"path = {site}\ntls-cert = {localhost_pair.certificate}\ntls-key = {localhost_pair.key}\n"
    for text in (secure, f"path = {site}\n", secure):
        file.write_text(text)
        running.reload()
        if text == secure:
            # Kept meanwhile: the ticket is still good the second time.
            known = client.session is not None
            assert client.ask(running) == known


# ---- What was shown ----

def test_a_resumption_does_not_skip_a_new_demand_for_certificates(configured, client, authority):
    running, change = configured
    assert not client.ask(running) and client.ask(running)
    change(tls_client_ca=authority.file)
    with pytest.raises(REFUSED):
        client.ask(running)
    client.with_certificate(authority.sign("DNS:client"))
    assert not client.ask(running)
    assert client.ask(running)
    running.reload()
    assert client.ask(running)


def test_a_resumption_does_not_skip_another_authority(configured, client, authority, tmp_path):
    running, change = configured
    other = type(authority)(tmp_path)
    change(tls_client_ca=authority.file)
    client.with_certificate(authority.sign("DNS:client"))
    assert not client.ask(running) and client.ask(running)
    change(tls_client_ca=other.file)
    with pytest.raises(REFUSED):
        client.ask(running)
    client.with_certificate(other.sign("DNS:client"))
    assert not client.ask(running)
    change()
    assert not client.ask(running) and client.ask(running)


def test_the_same_file_with_another_authority_counts_too(configured, client, authority, tmp_path):
    running, change = configured
    file, other = tmp_path / "authorities.pem", type(authority)(tmp_path)
    file.write_bytes(authority.file.read_bytes())
    change(tls_client_ca=file)
    client.with_certificate(authority.sign("DNS:client"))
    assert not client.ask(running) and client.ask(running)
    file.write_bytes(other.file.read_bytes())
    running.reload()
    with pytest.raises(REFUSED):
        client.ask(running)


def test_a_new_certificate_of_ours_ends_no_session(configured, client, authority):
    running, change = configured
    assert not client.ask(running)
    pair = authority.sign("DNS:localhost")
    change(tls_cert=pair.certificate, tls_key=pair.key)
    assert client.ask(running)


# ---- Keys in files ----

def test_machines_with_the_same_key_read_each_others(site, secure_server, client, tmp_path):
    one, other = new_key(tmp_path / "one.key"), new_key(tmp_path / "other.key")
    here, there, elsewhere = (secure_server(site, options=["--tls-ticket-key", key]) for key in (one, one, other))
    assert not client.ask(here)
    assert client.ask(there) and client.ask(here)
    assert not client.ask(elsewhere)


def test_a_machine_that_asks_for_certificates_takes_none_of_one_that_does_not(site, secure_server, client, authority,
                                                                            tmp_path):
    key = new_key(tmp_path / "ticket.key")
    here = secure_server(site, options=["--tls-ticket-key", key])
    strict = secure_server(site, options=["--tls-ticket-key", key, "--tls-client-ca", authority.file])
    assert not client.ask(here)
    with pytest.raises(REFUSED):
        client.ask(strict)


def test_keys_change_one_behind_the_other(site, secure_server, client, tmp_path):
    """The new one is read everywhere first, then made with, and the old one is taken away."""
    old, new = tmp_path / "first.key", tmp_path / "second.key"
    first, second = new_key(old).read_bytes(), new_key(new).read_bytes()
    running = secure_server(site, options=["--tls-ticket-key", old, "--tls-ticket-key", new])
    assert not client.ask(running)
    by_first = client.session
    old.write_bytes(second)
    new.write_bytes(first)
    running.reload()
    assert client.ask(running)
    old.write_bytes(second)
    new.write_bytes(os.urandom(80))
    running.reload()
    assert client.ask(running)  # it was given another when it showed the old one
    client.session = by_first
    assert not client.ask(running)


def test_what_is_wrong_with_a_key_is_said(sluice_binary, site, localhost_pair, tmp_path):
    def complaint(*options):
        found = subprocess.run([sluice_binary, "serve", site, "--check", *map(str, options)],
                               capture_output=True, text=True, timeout=20, check=False)
        assert found.returncode == 1 and found.stderr.count("\n") == 1, found.stderr
        return found.stderr

    short = tmp_path / "short.key"
    short.write_bytes(bytes(48))
    secure = localhost_pair.options()
    assert f"{short}: has 48 bytes: a ticket's key has 80" in complaint(*secure, "--tls-ticket-key", short)
    assert "No such file" in complaint(*secure, "--tls-ticket-key", tmp_path / "none")
    assert "regular file" in complaint(*secure, "--tls-ticket-key", tmp_path)
    assert "--tls-ticket-key: there is no HTTPS" in complaint("--tls-ticket-key", short)


def test_a_bad_key_stops_no_server(site, secure_server, client, tmp_path):
    key = new_key(tmp_path / "ticket.key")
    running = secure_server(site, options=["--tls-ticket-key", key])
    assert not client.ask(running)
    key.write_bytes(b"x")
    running.signal(signal.SIGHUP)
    running.wait_for_log("has 1 bytes")
    assert client.ask(running)


def test_a_key_for_everybody_is_a_warning(site, secure_server, tmp_path):
    key = new_key(tmp_path / "ticket.key")
    running = secure_server(site, options=["--tls-ticket-key", key])
    assert "warning" not in running.output()
    key.chmod(0o644)
    running.reload()
    assert f"warning: {key}: every user of this machine can read" in running.output()
