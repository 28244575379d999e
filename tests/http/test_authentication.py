"""Names and passwords from an htpasswd file."""

import base64
import select
import subprocess
import time
import warnings

import pytest

from support.raw import connect, get, parse_response, parse_responses, raw_request

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

SETTINGS = {
    "yescrypt": "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$",
    "bcrypt": "$2b$06$abcdefghijklmnopqrstuu",
    "bcrypt-2y": "$2y$06$abcdefghijklmnopqrstuu",
    "sha512": "$6$rounds=5000$saltsalt$",
    "sha256": "$5$rounds=5000$saltsalt$",
}


def basic(user, password, scheme="Basic"):
    return f"Authorization: {scheme} {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def write_users(path, **users):
    path.write_text("# who may see it\n\n" + "".join(
        f"{user}:{crypt.crypt(password, SETTINGS[kind])}\n" for user, (password, kind) in users.items()))
    return path


@pytest.fixture(name="guarded")
def fixture_guarded(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"secret")
    (site / "folder").mkdir()
    users = write_users(tmp_path / "users", ann=("open: sesame", "sha512"), bob=("\u00e4\u00f6", "yescrypt"))
    return server(site, options=["--htpasswd", users])


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_hash(site, server, tmp_path, kind):
    (site / "a.txt").write_bytes(b"secret")
    served = server(site, options=["--htpasswd", write_users(tmp_path / "users", ann=("right", kind))])
    for _ in range(2):  # verified, then remembered
        assert get(served, "/a.txt", basic("ann", "right")).body == b"secret"
        assert get(served, "/a.txt", basic("ann", "wrong")).status == 401


def test_who_is_refused(guarded):
    for line in (None, basic("ann", "wrong"), basic("ann", ""), basic("nobody", "open: sesame"), basic("", ""),
                 basic("ann", "open: sesame2"), basic("ANN", "open: sesame"), basic("ann", "open: sesame", "Bearer"),
                 "Authorization: Basic", "Authorization: Basic !!!!", "Authorization: Basic " + "QUFB" * 400):
        for target in ("/a.txt", "/nowhere", "/folder", "/folder/", "/%zz"):
            response = get(guarded, target, *([line] if line else []))
            assert response.status == 401, (line, target)
            assert response.headers["www-authenticate"] == 'Basic realm="sluice", charset="UTF-8"'
            assert b"secret" not in response.body and "etag" not in response.headers


def test_who_is_let_in(guarded):
    assert get(guarded, "/a.txt", basic("ann", "open: sesame")).body == b"secret"
    assert get(guarded, "/a.txt", basic("bob", "\u00e4\u00f6", "bAsIc")).body == b"secret"
    assert get(guarded, "/folder", basic("ann", "open: sesame")).status == 301
    assert get(guarded, "/nowhere", basic("ann", "open: sesame")).status == 404
    assert get(guarded, "*", method="OPTIONS").status == 204


def test_pipelined(guarded):
    right, wrong = basic("ann", "open: sesame"), basic("ann", "wrong")
    lines = [right, wrong, None, right, wrong, right]
    requests = ["GET /a.txt HTTP/1.1\r\nHost: a\r\n" + (f"{line}\r\n" if line else "") + "\r\n" for line in lines]
    requests.append("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    responses = parse_responses(raw_request(guarded, "".join(requests).encode()), ["GET"] * 7)
    assert [response.status for response in responses] == [200, 401, 401, 200, 401, 200, 401]


def test_success_is_remembered(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"secret")
    users = tmp_path / "users"
    users.write_text("ann:" + crypt.crypt("right", "$6$rounds=300000$saltsalt$") + "\n")
    served = server(site, options=["--htpasswd", users, "-w", "1"])
    times = []
    for _ in range(4):
        began = time.monotonic()
        assert get(served, "/a.txt", basic("ann", "right")).status == 200
        times.append(time.monotonic() - began)
    assert times[0] > 4 * max(times[1:])


def test_verifying_holds_nobody_up(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"secret")
    users = tmp_path / "users"
    users.write_text("ann:" + crypt.crypt("right", "$6$rounds=900000$saltsalt$") + "\n")
    served = server(site, options=["--htpasswd", users, "-w", "1"])
    assert get(served, "/a.txt", basic("ann", "right")).status == 200
    with connect(served) as slow:
        slow.sendall(f"GET /a.txt HTTP/1.1\r\nHost: a\r\n{basic('ann', 'wrong')}\r\n\r\n".encode())
        began = time.monotonic()
        for _ in range(5):
            assert get(served, "/a.txt", basic("ann", "right")).status == 200
        assert time.monotonic() - began < 0.15
        assert not select.select([slow], [], [], 0)[0], "they waited for it"
        assert parse_response(slow.recv(65536)).status == 401


def test_client_that_goes_while_it_is_verified(guarded):
    for _ in range(20):
        with connect(guarded) as connection:
            connection.sendall(f"GET /a.txt HTTP/1.1\r\nHost: a\r\n{basic('ann', 'wrong')}\r\n\r\n".encode())
    assert get(guarded, "/a.txt", basic("ann", "open: sesame")).status == 200


@pytest.mark.parametrize("text,complaint", [
    ("", "nobody"), ("# nobody\n", "nobody"), ("ann\n", ":1:"), ("\nann:plain\n", ":2:"), (":$6$salt$hash\n", ":1:"),
    ("ann:$apr1$abcdefgh$ijklmnop\n", ":1:"), ("ann:{SHA}abcdef\n", ":1:"),
])
def test_files_that_are_refused(site, sluice_binary, tmp_path, text, complaint):
    (tmp_path / "users").write_text(text)
    done = subprocess.run([sluice_binary, "serve", site, "-p", "0", "-b", "127.0.0.1", "--htpasswd", tmp_path / "users"],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode != 0 and complaint in done.stderr


def test_file_that_is_not_there(site, sluice_binary, tmp_path):
    done = subprocess.run([sluice_binary, "serve", site, "-p", "0", "-b", "127.0.0.1", "--htpasswd", tmp_path / "users"],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode != 0 and "No such file" in done.stderr
