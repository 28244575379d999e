"""Several sites by name, in the sections of the configuration file."""

import base64
import json
import os
import re
import subprocess
import warnings

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response, parse_responses, raw_request, receive_all

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt


def ask(server, host, target="/name.txt", *headers, method="GET"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
    return parse_response(raw_request(server, ("\r\n".join(lines) + "\r\n\r\n").encode()), method)


@pytest.fixture
def folders(tmp_path):
    """folders("a"): a folder whose name.txt says "a"."""
    def make(name, **files):
        folder = tmp_path / "roots" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in {"name.txt": name, **files}.items():
            (folder / file.replace("__", ".")).write_text(text)
        return folder
    return make


@pytest.fixture
def hosting(server, tmp_path):
    """hosting("[site a]...", default=folder): a server with that configuration."""
    path = tmp_path / "sluice.conf"

    def start(text, default=None, **arguments):
        path.write_text(text)
        options = ["-c", path, "-w", "1", *arguments.pop("options", [])]
        started = server(default, options=options, **arguments)
        started.configuration = path
        return started
    return start


@pytest.fixture(name="three")
def fixture_three(hosting, folders):
    return hosting(f"[site a.test www.a.test]\npath = {folders('a')}\n"
                   f"[site *.a.test]\npath = {folders('wild')}\n"
                   f"[site [::1]]\npath = {folders('literal')}\n", default=folders("default"))


@pytest.mark.parametrize("host, name", [
    ("a.test", "a"), ("www.a.test", "a"), ("A.Test", "a"), ("a.test:80", "a"), ("a.test.", "a"), ("A.TEST.:1234", "a"),
    ("b.a.test", "wild"), ("c.b.a.test", "wild"), ("xa.test", "default"), ("test", "default"), ("localhost", "default"),
    ("", "default"), ("[::1]", "literal"), ("[::1]:80", "literal"), ("127.0.0.1", "default"), ("x" * 300, "default"),
])
def test_the_host_chooses(three, host, name):
    assert ask(three, host).body.decode() == name


def test_an_absolute_target_outweighs_the_host(three):
    assert ask(three, "b.test", "http://A.test:80/name.txt").body == b"a"
    assert ask(three, "a.test", "http://b.test/name.txt").body == b"default"


def test_without_a_host_it_is_the_default(three):
    assert parse_response(raw_request(three, b"GET /name.txt HTTP/1.0\r\n\r\n")).body == b"default"
    assert parse_response(raw_request(three, b"GET http://a.test/name.txt HTTP/1.0\r\n\r\n")).body == b"a"


def test_requests_of_one_connection_may_be_for_several(three):
    hosts = ["a.test", "b.a.test", "none", "a.test", "[::1]", "b.a.test"] * 2
    requests = "".join(f"GET /name.txt HTTP/1.1\r\nHost: {host}\r\n\r\n" for host in hosts[:-1])
    requests += f"GET /name.txt HTTP/1.1\r\nHost: {hosts[-1]}\r\nConnection: close\r\n\r\n"
    expected = [b"a", b"wild", b"default", b"a", b"literal", b"wild"] * 2
    for _ in range(3):  # cold, then from the cache
        answers = parse_responses(raw_request(three, requests.encode()), ["GET"] * len(hosts))
        assert [answer.body for answer in answers] == expected


def test_big_files_of_several_sites_in_one_pipeline(hosting, folders):
    bodies = {}
    for name in ("a", "b"):
        write_random(folders(name) / "big.bin", 3 << 20)
        bodies[name] = (folders(name) / "big.bin").read_bytes()
    served = hosting(f"[site a]\npath = {folders('a')}\n[site b]\npath = {folders('b')}\n")
    requests = "".join(f"GET /big.bin HTTP/1.1\r\nHost: {name}\r\n\r\n" for name in "abab")
    requests += "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answers = parse_responses(raw_request(served, requests.encode()), ["GET"] * 5)
    assert [answer.body == bodies[name] for answer, name in zip(answers, "abab")] == [True] * 4


def test_without_a_default_others_are_misdirected(hosting, folders):
    served = hosting(f"header = X-Mark: yes\n[site a.test]\npath = {folders('a')}\n")
    assert ask(served, "a.test").body == b"a"
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        answer = ask(served, "b.test", "/name.txt", method=method)
        assert (answer.status, answer.headers["x-mark"]) == (421, "yes")
    assert parse_response(raw_request(served, b"GET /name.txt HTTP/1.0\r\n\r\n")).status == 421
    assert ask(served, "b.test", "*", method="OPTIONS").status == 421
    assert parse_response(raw_request(served, b"nonsense\r\n\r\n")).status == 400
    # The connection is none the worse.
    data = b"GET /name.txt HTTP/1.1\r\nHost: b\r\n\r\nGET /name.txt HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
    assert [answer.status for answer in parse_responses(raw_request(served, data), ["GET"] * 2)] == [421, 200]


def test_each_has_options_of_its_own(hosting, folders):
    pages = {"about__html": "about", "other__htm": "other", "404__html": "nothing"}
    served = hosting(
        "header = X-All: 1\ncors = *\nno-listing = yes\n"
        f"[site plain]\npath = {folders('plain', **pages)}\n"
        f"[site own]\npath = {folders('own', **pages)}\nheader = X-Own: 2\ncors = https://x.test\nclean-urls = yes\n"
        "index = other.htm\ncache-control = *.txt=max-age=7\nredirect = /old=/name.txt\nserver-timing = yes\n"
        f"[site app]\npath = {folders('app', index__html='app')}\nspa = yes\n"
        f"[site list]\npath = {folders('list')}\nno-listing = no\n")
    plain, own = ask(served, "plain"), ask(served, "own")
    assert (plain.headers["x-all"], plain.headers["access-control-allow-origin"]) == ("1", "*")
    assert "cache-control" not in plain.headers and "server-timing" not in plain.headers
    assert (own.headers["x-own"], own.headers["access-control-allow-origin"]) == ("2", "https://x.test")
    assert own.headers["cache-control"] == "max-age=7" and "x-all" not in own.headers and "server-timing" in own.headers
    assert [ask(served, host, "/about").status for host in ("plain", "own")] == [404, 200]
    assert [ask(served, host, "/").status for host in ("plain", "own", "app", "list")] == [404, 200, 200, 200]
    assert ask(served, "own", "/old").headers["location"] == "/name.txt"
    assert ask(served, "plain", "/old").body == b"nothing"
    assert [ask(served, host, "/deep/link").status for host in ("plain", "app")] == [404, 200]
    assert b"name.txt" in ask(served, "list", "/").body


def test_symlinks_and_siblings_by_site(hosting, folders):
    for name in ("strict", "lax"):
        (folders(name, text__txt="x" * 99, text__txt__gz="gz") / "link.txt").symlink_to("text.txt")
    served = hosting(f"[site strict]\npath = {folders('strict')}\nsymlinks = never\nno-precompressed = yes\n"
                     f"[site lax]\npath = {folders('lax')}\n")
    assert [ask(served, host, "/link.txt").status for host in ("strict", "lax")] == [404, 200]
    found = [ask(served, host, "/text.txt", "Accept-Encoding: gzip") for host in ("strict", "lax")]
    assert [answer.headers.get("content-encoding") for answer in found] == [None, "gzip"]


def basic(user, password):
    return f"Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_a_password_of_one_site_opens_no_other(hosting, folders, tmp_path):
    for site, password in (("a", "one"), ("b", "two")):
        hashed = crypt.crypt(password, "$6$rounds=1000$saltsalt$")
        (tmp_path / site).write_text(f"ann:{hashed}\n")
    served = hosting("".join(f"[site {site}]\npath = {folders(site)}\nhtpasswd = {tmp_path / site}\n" for site in "ab")
                     + f"[site open]\npath = {folders('open')}\n")
    for _ in range(2):  # verified, then remembered
        for site, right, wrong in (("a", "one", "two"), ("b", "two", "one")):
            assert ask(served, site, "/name.txt", basic("ann", right)).body.decode() == site
            assert ask(served, site, "/name.txt", basic("ann", wrong)).status == 401
    assert ask(served, "open").body == b"open"


def test_the_same_path_in_the_cache(hosting, folders):
    """More sites than a byte counts, each with the same names."""
    count = 300
    text = "".join(f"[site s{i}]\npath = {folders(f's{i}')}\n" for i in range(count))
    served = hosting("cache-valid = 1h\n" + text, default=folders("default"))
    for _ in range(2):
        for i in (*range(0, count, 7), 255, 256, 257, count - 1):
            assert ask(served, f"s{i}").body.decode() == f"s{i}"
            assert ask(served, f"s{i}", "/name.txt", "Accept-Encoding: gzip").body.decode() == f"s{i}"
        assert ask(served, "s300").body == b"default"


def test_all_roots_are_within_the_sandbox(hosting, folders):
    served = hosting(f"sandbox = required\n[site a]\npath = {folders('a')}\n[site one]\npath = {folders('b')}/name.txt\n",
                     default=folders("default"))
    assert [ask(served, host).body for host in ("a", "one", "else")] == [b"a", b"b", b"default"]
    banner = served.stderr_path.read_text()
    assert "serves 3 sites" in banner and f"a: {folders('a')}" in banner and "any other name" in banner


def test_the_log_names_the_site(hosting, folders, tmp_path):
    log = tmp_path / "access.log"
    text = f"[site a.test *.a.test]\npath = {folders('a')}\n"
    served = hosting(f"access-log = {log}\nlog-format = json\n" + text, default=folders("default"))
    for host in ("a.test", "b.a.test", "c.test"):
        ask(served, host)
    served.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["site"] for line in lines] == ["a.test", "a.test", None]
    assert [line["host"] for line in lines] == ["a.test", "b.a.test", "c.test"]
    log.unlink()
    served = hosting(f"access-log = {log}\nlog-format = vhost\n" + text, default=folders("default"))
    for host in ("b.a.test", "c.test"):
        ask(served, host, "/name.txt", "User-Agent: me")
    served.stop()
    first, second = log.read_text().splitlines()
    assert re.fullmatch(r'a\.test 127\.0\.0\.1 - - \[.*\] "GET /name.txt HTTP/1.1" 200 1 "-" "me"', first)
    assert second.startswith("- 127.0.0.1 - - [")


def test_a_reload_takes_new_sites(hosting, folders):
    served = hosting(f"[site a]\npath = {folders('a')}\n", default=folders("default"))
    assert ask(served, "b").body == b"default"
    served.configuration.write_text(f"[site b]\npath = {folders('b')}\n[site a]\npath = {folders('a2')}\n")
    served.reload()
    assert [ask(served, host).body for host in ("b", "a", "c")] == [b"b", b"a2", b"default"]


# ---- The file ----


@pytest.fixture
def sluice(sluice_binary, tmp_path):
    def run(text, *options):
        (tmp_path / "sluice.conf").write_text(text)
        return subprocess.run([sluice_binary, "serve", "-c", "sluice.conf", *options], cwd=tmp_path, capture_output=True,
                              text=True, timeout=20, check=False, env={**os.environ})
    return run


@pytest.mark.parametrize("text, said", [
    ("port = 1\n[site a]\nport = 2", "sluice.conf:3: port: is the server's, not a site's: write it above the first [site]"),
    ("[site a]\nuser = x", "sluice.conf:2: user: is the server's"),
    ("[site a]\nheadr = x", "sluice.conf:2: headr: unknown key: did you mean 'header'?"),
    ("[site a]\nconfig = x", "sluice.conf:2: config: unknown key"),
    ("[site a]\npath = .\n[site b A]", "sluice.conf:3: 'A' has a site already"),
    ("[site a a]", "sluice.conf:1: 'a' has a site already"),
    ("[site *.a *.A]", "sluice.conf:1: '*.A' has a site already"),
    ("[site]", "sluice.conf:1: [site]: a name is missing, as in '[site example.org]'"),
    ("[sites a]", "sluice.conf:1: [sites]: no such section"),
    ("[]", "sluice.conf:1: []: no such section"),
    ("[site a", "sluice.conf:1: is not '[section]'"),
    ("[site a] path = .", "sluice.conf:1: is not '[section]'"),
    ("[site a:80]", "sluice.conf:1: 'a:80' is not a host's name without a port"),
    ("[site a.*]", "sluice.conf:1: 'a.*' is not a host's name"),
    ("[site b\u00fc.test]", "is not a host's name"),
    ("[site a]\nno-listing = perhaps", "sluice.conf:2: no-listing: 'perhaps' is not yes or no"),
])
def test_a_fault_is_named_with_its_place(sluice, text, said):
    result = sluice(text, "--check")
    assert result.returncode == 2
    assert said in result.stderr and len(result.stderr.splitlines()) == 1


def test_check_looks_at_every_site(sluice, tmp_path):
    assert sluice("[site a]\npath = .\n", "--check").returncode == 0
    (tmp_path / "users").write_text("nobody\n")
    for text, said in (("path = nowhere", "'nowhere'"), ("path = .\nhtpasswd = users", "users:1"), ("spa = yes", "site b has no path")):
        result = sluice(f"[site a]\npath = .\n[site b c]\n{text}\n", "--check")
        assert result.returncode == 1 and said in result.stderr, result.stderr
    assert sluice("path = .\n[site b]\nspa = yes\n", "--check").returncode == 0


def test_what_is_printed_is_a_file_that_says_the_same(sluice):
    text = ("port = 81\nheader = X: 1\n[site a *.a] ; one\npath = .\nheader = A: 1\nheader = B: 2\n# two\n"
            "  [ site   b ]  # three\nno-listing = yes\n")
    first = sluice(text, "--print-config")
    assert first.returncode == 0, first.stderr
    assert first.stdout.endswith("\n[site a *.a]\npath = .\nheader = A: 1\nheader = B: 2\n\n[site b]\nno-listing = yes\n")
    assert sluice(first.stdout, "--print-config").stdout == first.stdout


def test_a_long_list_of_names(hosting, folders):
    names = [f"host-{i}.example.org" for i in range(100)]
    served = hosting(f"[site {' '.join(names)}]\npath = {folders('a')}\n", default=folders("default"))
    assert [ask(served, name).body for name in (names[0], names[-1], "host-100.example.org")] == [b"a", b"a", b"default"]


def test_the_command_line_speaks_for_all_that_say_nothing_themselves(hosting, folders):
    served = hosting(f"header = X: file\n[site a]\npath = {folders('a')}\n[site b]\npath = {folders('b')}\nheader = X: own\n",
                     options=["--header", "X: line"])
    assert [ask(served, host).headers["x"] for host in "ab"] == ["line", "own"]


def test_a_connection_is_kept_between_sites(three):
    with connect(three) as connection:
        for host, name in (("a.test", b"a"), ("x", b"default"), ("y.a.test", b"wild")):
            connection.sendall(f"GET /name.txt HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            data = b""
            while b"\r\n\r\n" not in data or not parse_response(data).complete:
                data += connection.recv(4096)
            assert parse_response(data).body == name
        connection.sendall(b"GET /name.txt HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
        assert parse_response(receive_all(connection)).body == b"a"


def test_localhost_of_the_other_tests_is_the_default(three):
    assert get(three, "/name.txt").body == b"default"


@pytest.mark.parametrize("host, name", [("a.test", "a"), ("b.a.test", "wild"), ("c.test", "default"), ("A.TEST.", "a")])
def test_http2_names_its_site_as_well(three, host, name):
    said = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-H", f"Host: {host}", "-w", " %{http_version}",
                           f"{three.url}/name.txt"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert said == f"{name} 2"


def test_types_are_of_a_site(hosting, folders):
    served = hosting(f"type = txt=text/x-all\n[site own.test]\npath = {folders('own', a__txt='a')}\n"
                     "type = txt=text/x-own\n", default=folders("default", a__txt="a"))
    assert ask(served, "own.test", "/a.txt").headers["content-type"] == "text/x-own"
    assert ask(served, "other.test", "/a.txt").headers["content-type"] == "text/x-all"
