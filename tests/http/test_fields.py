"""Fields that the options add; redirects; Server-Timing."""

import subprocess
import time

import pytest

from support.raw import connect, get, parse_response


def ask_twice(server, target, *lines):
    """The second answer on one connection that stays open: the one that is ready-made."""
    request = "\r\n".join([f"GET {target} HTTP/1.1", "Host: a", *lines, "", ""]).encode()
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(request)
            data = b""
            while b"\r\n\r\n" not in data or not parse_response(data).complete:
                data += connection.recv(65536)
        return parse_response(data)


def test_headers_are_sent_with_every_response(site, server):
    (site / "a.txt").write_bytes(b"a" * 100)
    (site / "big.bin").write_bytes(bytes(1 << 20))
    (site / "folder").mkdir()
    long_value = "x" * 3000
    served = server(site, options=["--header", "X-Frame-Options: DENY", "--header", "X-Two:  2 ", "--header",
                                   f"X-Long: {long_value}"])
    tag = get(served, "/a.txt").headers["etag"]
    for target, status, *lines in [
            ("/a.txt", 200), ("/big.bin", 200), ("/nowhere", 404), ("/folder", 301), ("/folder/", 200), ("/%zz", 400),
            ("/a.txt", 206, "Range: bytes=0-1"), ("/big.bin", 206, "Range: bytes=0-1,5000-5001"),
            ("/a.txt", 416, "Range: bytes=1000-"), ("/a.txt", 304, f"If-None-Match: {tag}")]:
        for _ in range(2):
            response = get(served, target, *lines)
            assert response.status == status
            assert response.headers["x-frame-options"] == "DENY" and response.values("x-two") == ["2"]
            assert response.headers["x-long"] == long_value
    ready = ask_twice(served, "/a.txt")
    assert ready.body == b"a" * 100 and ready.headers["x-long"] == long_value
    assert get(served, "*", method="OPTIONS").headers["x-two"] == "2"


@pytest.mark.parametrize("option,value", [
    ("--header", "nonsense"), ("--header", "X: a\r\nY: b"), ("--header", "Content-Length: 5"), ("--header", "date: x"),
    ("--header", "X Y: z"), ("--cors", "example.org"), ("--cors", "https://example.org/"), ("--cors", ""),
    ("--cache-control", "*.css"), ("--cache-control", "=x"), ("--cache-control", "*.css="),
    ("--redirect", "/a"), ("--redirect", "a=/b"), ("--redirect", "/a=//evil.example"), ("--redirect", "/a=javascript:x"),
    ("--redirect", "/a=/b*c d"), ("--redirect", "/a=/b/*"), ("--redirect", "/a="),
    ("--redirect", "/a*=/b"), ("--redirect", "/a/*/b=/c"), ("--redirect", "/a=/b*"), ("--redirect", "/a=/a"),
    ("--redirect", "/a/*=/a/*"), ("--redirect", "303:/a=/b"), ("--redirect", "302:a=/b"),
])
def test_wrong_values_are_refused(sluice_binary, site, option, value):
    done = subprocess.run([sluice_binary, "serve", site, f"{option}={value}"], capture_output=True, text=True,
                          check=False, timeout=20)
    assert done.returncode == 2 and option in done.stderr


def test_cache_control_by_pattern(site, server):
    for name in ("index.html", "a.css", "assets/b.css", "assets/deep/c.js", "d.bin"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(b"x" * 500)
    served = server(site, options=["--cache-control", "/assets/*=public, max-age=31536000, immutable",
                                   "--cache-control", "*.css=max-age=60", "--cache-control", "*.html=no-cache"])
    for target, value in [("/", "no-cache"), ("/index.html", "no-cache"), ("/a.css", "max-age=60"), ("/d.bin", None),
                          ("/assets/b.css", "public, max-age=31536000, immutable"),
                          ("/assets/deep/c.js", "public, max-age=31536000, immutable")]:
        assert get(served, target).headers.get("cache-control") == value
        assert ask_twice(served, target).headers.get("cache-control") == value
    tag = get(served, "/a.css").headers["etag"]
    assert get(served, "/a.css", f"If-None-Match: {tag}").headers["cache-control"] == "max-age=60"


def test_the_date_of_a_ready_made_head_goes_on(site, server):
    (site / "a.txt").write_bytes(b"a")
    served = server(site, options=["--header", "X-Other: value", "-w", "1"])
    first = ask_twice(served, "/a.txt").headers["date"]
    time.sleep(1.1)
    second = ask_twice(served, "/a.txt")
    assert second.headers["date"] != first and second.headers["x-other"] == "value"


@pytest.mark.parametrize("origin", ["*", "https://example.org:8443"])
def test_cors(site, server, origin):
    (site / "a.txt").write_bytes(b"a")
    served = server(site, options=["--cors", origin])
    response = get(served, "/a.txt", "Origin: https://example.org:8443")
    assert response.headers["access-control-allow-origin"] == origin
    assert "Content-Range" in response.headers["access-control-expose-headers"]
    preflight = get(served, "/a.txt", "Origin: https://example.org:8443", "Access-Control-Request-Method: GET",
                    "Access-Control-Request-Headers: range", method="OPTIONS")
    assert preflight.status == 204 and preflight.headers["access-control-allow-origin"] == origin
    assert "Range" in preflight.headers["access-control-allow-headers"]
    assert "GET" in preflight.headers["access-control-allow-methods"]
    plain = get(server(site), "/a.txt", "Origin: https://example.org:8443")
    assert not any(name.startswith("access-control") for name in plain.headers)


def test_redirects(site, server):
    (site / "new").mkdir()
    (site / "kept").write_bytes(b"kept")
    served = server(site, options=["--redirect", "/old=/new/", "--redirect", "/old/*=/new/*", "--redirect",
                                   "/far/*=https://example.org/far/*", "--redirect", "/all/*=/new/",
                                   "--redirect", "/old/never=/kept", "--redirect", "/top/*=/*"])
    for target, location in [
            ("/old", "/new/"), ("/old?a=b&c", "/new/?a=b&c"), ("/old/", "/new/"), ("/old/x/y%20z", "/new/x/y%20z"),
            ("/old/x/", "/new/x/"), ("/far/a", "https://example.org/far/a"), ("/all/what/ever", "/new/"),
            ("/old/never", "/new/never"), ("/top//evil.example/x", "/evil.example/x"), ("/./old", "/new/"),
            ("/top/%0d%0aX:%20y", "/%0D%0AX:%20y")]:
        response = get(served, target)
        assert (response.status, response.headers["location"]) == (301, location), target
    assert get(served, "/oldest").status == 404 and get(served, "/kept").body == b"kept"
    assert get(served, "/old", method="HEAD").status == 301


def test_a_redirect_has_the_status_that_was_asked_for(site, server):
    served = server(site, options=["--redirect", "302:/a=/b", "--redirect", "307:/c/*=/d/*", "--redirect", "308:/e=/f",
                                   "--redirect", "301:/g=/h"])
    for target, status in (("/a", 302), ("/c/x", 307), ("/e", 308), ("/g", 301)):
        assert get(served, target).status == status, target


def test_server_timing(site, server):
    (site / "small.txt").write_bytes(b"a")
    (site / "big.bin").write_bytes(bytes(1 << 20))
    served = server(site, options=["--server-timing"], method="splice")
    assert get(served, "/small.txt").headers["server-timing"].startswith('body;desc="memory", head;dur=')
    assert get(served, "/big.bin").headers["server-timing"].startswith('body;desc="splice"')
    assert get(served, "/nowhere").headers["server-timing"].startswith('body;desc="memory"')
    assert float(ask_twice(served, "/small.txt").headers["server-timing"].rpartition("=")[2]) < 1000
    assert "server-timing" not in get(server(site), "/small.txt").headers


def test_types_are_what_the_options_say(site, server, sluice_binary):
    for name in ("a.ts", "b.TS", "c.css", "README", "noext", "d.tar.gz"):
        (site / name).write_bytes(b"x" * 2000)
    long_type = "application/x-" + "y" * 900
    served = server(site, options=["--type", "ts=text/plain; charset=utf-8", "--type", ".ts=video/never", "--type",
                                   "readme=text/x-readme", "--type", f"gz={long_type}"])
    for target, kind in [("/a.ts", "text/plain; charset=utf-8"), ("/b.TS", "text/plain; charset=utf-8"),
                         ("/c.css", "text/css; charset=utf-8"), ("/README", "text/x-readme"),
                         ("/noext", "application/octet-stream"), ("/d.tar.gz", long_type)]:
        assert get(served, target).headers["content-type"] == kind
        assert ask_twice(served, target).headers["content-type"] == kind
    for wrong in ("ts", "=text/plain", "ts=text", "ts=/plain", "ts=text/ plain", "a/b=text/plain", "ts=text/p\n"):
        done = subprocess.run([sluice_binary, "serve", str(site), "--check", "--type", wrong], capture_output=True,
                              text=True, check=False)
        assert done.returncode == 2 and "type" in done.stderr, wrong


def test_a_compressed_svg_says_so(site, server):
    (site / "a.svgz").write_bytes(b"\x1f\x8b")
    (site / "a.svgz.br").write_bytes(b"never")
    response = get(server(site), "/a.svgz", "Accept-Encoding: gzip, br")
    assert response.headers["content-type"] == "image/svg+xml" and response.headers["content-encoding"] == "gzip"
    assert response.body == b"\x1f\x8b" and "vary" not in response.headers
    plain = server(site, options=["--type", "svgz=application/gzip"])
    assert "content-encoding" not in get(plain, "/a.svgz").headers
