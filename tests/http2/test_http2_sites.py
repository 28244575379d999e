"""Several sites by name on one connection: each stream is for whom its authority says."""

import base64
import subprocess

from support.http2 import Peer


def test_each_stream_has_its_site(server, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "name.txt").write_text(name)
    configuration = tmp_path / "sluice.conf"
    configuration.write_text(f"[site a.test]\npath = {tmp_path / 'a'}\n[site b.test]\npath = {tmp_path / 'b'}\n")
    running = server(None, options=["-c", configuration])
    with Peer(running) as peer:
        for _ in range(2):
            for name in "ab":
                assert bytes(peer.get("/name.txt", authority=f"{name}.test").body) == name.encode()
        assert peer.get("/name.txt", authority="c.test").status == 421
        assert peer.get("/name.txt", authority="A.TEST:80").status == 200


def test_passwords(server, site, tmp_path):
    """A thread verifies; the streams beside that one go on."""
    (site / "a.txt").write_text("secret")
    hashed = subprocess.run(["openssl", "passwd", "-6", "-salt", "salt", "word"], check=True, capture_output=True, text=True)
    passwords = tmp_path / "htpasswd"
    passwords.write_text(f"me:{hashed.stdout.strip()}\n")
    running = server(site, options=["--htpasswd", passwords])

    def credentials(word):
        return "authorization", "Basic " + base64.b64encode(f"me:{word}".encode()).decode()

    with Peer(running) as peer:
        streams = [(peer.ask("/a.txt", credentials(word)), word) for word in ("word", "wrong", "word", "other")]
        streams.append((peer.ask("/a.txt"), None))
        for stream, word in streams:
            answer = peer.answer(stream)
            assert answer.status == (200 if word == "word" else 401), word
            assert (bytes(answer.body) == b"secret") == (word == "word")
        assert "www-authenticate" in peer.answers[streams[-1][0]].headers
