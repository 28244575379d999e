"""Whom a request is for, and which file: RFC 9112 3.2, RFC 9110 4 and 7, RFC 3986."""

from rfc_case import FILES, HELLO, Answer, Case, bad, good, request

INDEX = FILES["folder/index.html"]


def hosts():
    for value in (b"a", b"A", b"localhost", b"example.com", b"example.com.", b"EXAMPLE.com:80", b"a:", b"a:0",
                  b"a:65535", b"127.0.0.1",
                  b"127.0.0.1:8080", b"[::1]", b"[::1]:80", b"[::1]:", b"[v1.a:b]", b"a-b.c", b"a_b", b"a,b",
                  b"xn--e1aybc", b"%41", b"a!$&'()*+;=", b"",
                  b"1", b"a.b.c.d.e.f", b"~a", b"a" * 255):
        yield good(f"Host: {value.decode()[:30]}", "9112 3.2", request(host=b"Host: " + value))
    for value in (b"a b", b"a/b", b"u@a", b"u:p@a", b"a:80:80", b"a:b", b"a:-1", b"a:65536", b"a:99999999999999999999",
                  b"a:+80",
                  b"a: 80", b"[::1", b"::1", b"[]", b"[::1]x", b"[::1%eth0]", b"%", b"%4", b"%zz", b"a?b", b"a#b",
                  b"a\\b", b'"a"',
                  b"<a>", b"{a}", b"a|b", b"a^b", b"a`b", b"\xc3\xa4", b"http://a", b"//a", b"a;b/c", b"a\x09b",
                  b"a b:80", b"a, b"):
        yield bad(f"Host: {value!r}", "9112 3.2", request(host=b"Host: " + value))
    yield bad("no Host", "9112 3.2", request(host=None))
    yield bad("no Host, absolute form", "9112 3.2.2", request(b"http://a/hello.txt", host=None))
    yield bad("two Hosts", "9112 3.2", request(b"/hello.txt", b"Host: b"))
    yield bad("the same Host twice", "9112 3.2", request(b"/hello.txt", b"Host: a"))
    yield bad("Host in two spellings", "9112 3.2", request(b"/hello.txt", b"HOST: a"))
    yield bad("an empty Host and another", "9112 3.2", request(b"/hello.txt", b"Host: b", host=b"Host:"))
    yield bad("two Hosts far apart", "9112 3.2", request(b"/hello.txt", *[b"X: y"] * 30, b"Host: a"))
    old = b"HTTP/1.0"
    yield Case("no Host from HTTP/1.0", "9112 3.2", request(version=old, host=None), (Answer(200, HELLO),), closes=True)
    yield bad("two Hosts from HTTP/1.0", "9112 3.2", request(b"/hello.txt", b"Host: b", version=old))
    yield bad("a Host that is none, from HTTP/1.0", "9112 3.2", request(version=old, host=b"Host: a b"))


def forms():
    for target in (b"http://a/hello.txt", b"HTTP://a/hello.txt", b"http://other.example/hello.txt",
                   b"http://a:80/hello.txt",
                   b"http://[::1]:80/hello.txt", b"http://a/hello.txt?query", b"http://a//hello.txt",
                   b"hTTp://A/hello.txt",
                   b"http://a:/hello.txt", b"http://127.0.0.1/hello.txt"):
        yield good(f"absolute form {target.decode()}", "9112 3.2.2", request(target))
    for target in (b"http://a", b"http://a/", b"http://a?q", b"http://a:80"):
        yield good(f"absolute form {target.decode()}", "9112 3.2.2", request(target), None)
    for target in (b"http:///hello.txt", b"http://u@a/hello.txt", b"http://u:p@a/hello.txt", b"http://a:x/hello.txt",
                   b"http:/hello.txt",
                   b"http:hello.txt", b"http//a/hello.txt", b"://a/hello.txt", b"1http://a/", b"http://a b/",
                   b"http://[::1/",
                   b"http://a:70000/hello.txt", b"http://%zz/hello.txt", b"http://a\\b/hello.txt", b"-http://a/",
                   b"http://"):
        yield bad(f"no absolute form: {target.decode()}", "9112 3.2.2", request(target))
    yield good("https on a connection that is not", "9110 7.4", request(b"https://a/hello.txt"), None, 421)
    yield good("HTTPS on a connection that is not", "9110 7.4", request(b"HTTPS://a/hello.txt"), None, 421)
    yield good("a scheme not known here: ftp", "9110 4.2", request(b"ftp://a/hello.txt"), None, 400)
    yield good("a scheme not known here: file", "9110 4.2", request(b"file://a/etc/passwd"), None, 400)
    yield good("a scheme not known here: ws", "9110 4.2", request(b"ws://a/hello.txt"), None, 400)
    yield good("a scheme not known here: gopher", "9110 4.2", request(b"gopher://a/hello.txt"), None, 400)
    yield good("the target's authority counts, not Host", "9112 3.2.2", request(b"http://a/hello.txt", host=b"Host: b"))
    for target in (b"hello.txt", b"a", b"?", b"?a=b", b"*", b"**", b"*/", b"a:80", b"localhost:8080", b".", b"..",
                   b"%2fhello.txt", b"\\hello.txt",
                   b"./hello.txt", b"#", b"/hello.txt#", b"/hello.txt#a", b"/#", b"@", b":", b"-"):
        yield bad(f"target {target.decode()} of GET", "9112 3.2", request(target))
    for target in (b"/", b"http://a:80/", b"*", b"a", b"a:", b"[::1]", b"a:x", b"u@a:80", b"/a:80"):
        yield bad(f"target {target.decode()} of CONNECT", "9112 3.2.3", request(target, method=b"CONNECT"))
    for target in (b"*a", b"a:80", b"**", b"*?q", b"a"):
        yield bad(f"target {target.decode()} of OPTIONS", "9112 3.2.4", request(target, method=b"OPTIONS"))
    yield good("CONNECT without a host", "9110 9.3.6", request(b":80", method=b"CONNECT"), None, 405)
    yield Case("asterisk of OPTIONS", "9112 3.2.4", request(b"*", method=b"OPTIONS"),
               (Answer(204, b"", {"allow": "GET, HEAD, OPTIONS"}, "OPTIONS"),))


def names():
    """Every file is found by its name, escaped in whole or as little as may be."""
    plain = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/")
    for name, content in FILES.items():
        raw = name.encode("utf-8", "surrogateescape")
        hidden = any(part.startswith(".") for part in name.removeprefix(".well-known/").split("/"))
        for how, target in (
                ("escaped", b"".join(bytes([b]) if b in plain else b"%%%02X" % b for b in raw)),
                ("escaped in lower case", b"".join(bytes([b]) if b in b"/" else b"%%%02x" % b for b in raw))):
            if target.endswith(b"index.html") or (how != "escaped" and raw.isalnum()):
                continue
            yield good(f"{name!r} {how}", "3986 2.1", request(b"/" + target), None if hidden else content,
                       404 if hidden else 200)
    for name in ("pipe|.txt", "caret^.txt", "grave`.txt", "quotes\".txt", "less<more>.txt", "brace{}.txt",
                 "back\\slash.txt",
                 "brackets[].txt"):
        yield good(f"{name!r} as it is", "9112 3.2", request(b"/" + name.encode()), FILES[name])


def paths():
    found = {
        b"/./hello.txt": 1, b"/././hello.txt": 1, b"/folder/../hello.txt": 1, b"/folder/./../hello.txt": 1,
        b"/folder/deep/../../hello.txt": 1,
        b"/nowhere/../hello.txt": 1, b"//hello.txt": 1, b"///hello.txt": 1, b"/.//hello.txt": 1,
        b"/folder//../hello.txt": 1,
        b"/%2e/hello.txt": 1, b"/folder/%2e%2e/hello.txt": 1, b"/folder/%2E%2E/hello.txt": 1,
        b"/folder/.%2e/hello.txt": 1,
        b"/folder/%2e./hello.txt": 1, b"/%68ello.txt": 1, b"/%48ello.txt": 0, b"/hello%2etxt": 1, b"/hello%2Etxt": 1,
        b"/hello.txt?": 1,
        b"/hello.txt?a": 1, b"/hello.txt?a=b&c=d": 1, b"/hello.txt??": 1, b"/hello.txt?/../..": 1, b"/hello.txt?%": 1,
        b"/hello.txt?%zz": 1,
        b"/hello.txt?%00": 1, b"/hello.txt?a=http://b/": 1, b"/hello.txt?[]{}|\\^`\"<>": 1, b"/HELLO.TXT": 0,
        b"/hello.txt/": 0,
        b"/hello.txt/.": 0, b"/hello.txt/x": 0, b"/hello.txt/../hello.txt": 1, b"/hello.txt%20": 0, b"/%20hello.txt": 0,
        b"/hello.txt.": 0, b"/hello.txt..": 0, b"/hello": 0, b"/hello.tx": 0, b"/hello.txtx": 0, b"/hello.txt;a=b": 0,
        b"/hello.txt:a": 0,
        b"/hello.txt::$DATA": 0, b"/hello.txt\\": 0, b"/\\hello.txt": 0, b"/folder\\index.html": 0,
        b"/folder/..\\hello.txt": 0,
        b"/...": 0, b"/.../hello.txt": 0, b"/~/hello.txt": 0, b"/%2525": 0, b"/%252e%252e/hello.txt": 0,
        b"/folder/%252e%252e/hello.txt": 0,
        b"/hello%252etxt": 0, b"/hello+.txt": 0, b"/with+space.txt": 0, b"/..hello.txt": 0, b"/%2ehidden": 0,
        b"/.hidden": 0, b"/folder/../.hidden": 0, b"/.git/config": 0, b"/.git": 0, b"/.git/": 0, b"/folder/.env": 0,
        b"/%2egit/config": 0,
        b"/.well-known/../.hidden": 0, b"/con": 0, b"/%ff": 0, b"/%EF%BB%BFhello.txt": 0,
        b"/hello.txt%E2%80%8B": 0, b"/hello%C2%ADtxt": 0, b"/" + b"a" * 255: 0, b"/" + b"a" * 256: 0,
        b"/" + b"a/" * 500: 0,
        b"/folder/" + b"../folder/" * 100 + b"../hello.txt": 1, b"/" + b"./" * 1000 + b"hello.txt": 1,
        b"/" + b"/" * 3000 + b"hello.txt": 1,
    }
    for target, is_there in found.items():
        yield good(f"path {target.decode()[:50]} of {len(target)}", "3986 5.2.4" if b".." in target else "3986 6.2.2",
                   request(target),
                   HELLO if is_there else None, 200 if is_there else 404)
    for target in (b"/..", b"/../", b"/../hello.txt", b"/../../hello.txt", b"/../etc/passwd",
                   b"/folder/../../etc/passwd", b"/%2e%2e",
                   b"/%2e%2e/etc/passwd", b"/%2E%2E/", b"/.%2e/etc/passwd", b"/folder/%2e%2e/%2e%2e/etc/passwd",
                   b"/./../", b"//../etc/passwd",
                   b"/hello.txt/../..", b"/a/b/c/../../../..", b"/..//etc/passwd", b"/../.hidden"):
        yield good(f"above the root: {target.decode()}", "3986 5.2.4", request(target), None, 400)
    for target in (b"/%", b"/%a", b"/%%", b"/%zz", b"/%2", b"/%2x", b"/%x2", b"/hello%", b"/hello.txt%", b"/%g0",
                   b"/%-1", b"/%+1", b"/%u0041"):
        yield good(f"escape {target.decode()}", "3986 2.1", request(target), None, 400)
    for target in (b"/%2fhello.txt", b"/%2Fhello.txt", b"/folder%2findex.html", b"/folder%2Findex.html",
                   b"/..%2fhello.txt", b"/..%2f..%2fetc/passwd",
                   b"/folder/..%2f..%2f", b"/hello.txt%2f", b"/hello.txt%00", b"/%00", b"/hello.txt%00.png",
                   b"/%00hello.txt", b"/folder/%00"):
        yield good(f"an escaped slash or NUL: {target.decode()}", "3986 2.2", request(target), None, 400)
    for text in (b"%c0%af", b"%c0%ae", b"%C0%AE%C0%AE", b"%e0%80%af", b"%e0%80%ae", b"%f0%80%80%af", b"%c1%9c",
                 b"%c0%80", b"%e0%9f%bf",
                 b"%f0%8f%bf%bf", b"%c1%bf"):
        yield good(f"overlong {text.decode()}", "3629 3", request(b"/folder/" + text + b"/hello.txt"), None, 400)
        yield good(f"overlong {text.decode()} in a name", "3629 3", request(b"/hello" + text), None, 400)


def folders():
    for target, location in {
            b"/folder": "/folder/", b"/folder?": "/folder/?", b"/folder?a=b": "/folder/?a=b", b"//folder": "/folder/",
            b"///folder": "/folder/",
            b"/folder/../folder": "/folder/", b"/./folder": "/folder/", b"/%66older": "/folder/",
            b"http://evil.example/folder": "/folder/",
            b"/folder/deep": "/folder/deep/", b"/folder//deep": "/folder/deep/", b"/list": "/list/",
            b"/~user": "/~user/",
            b"//evil.example/..//folder": "/folder/", b"/folder?//evil.example": "/folder/?//evil.example",
            b"/folder?%0d%0aX:y": "/folder/?%0d%0aX:y", b"/.well-known": "/.well-known/"}.items():
        yield good(f"redirect of {target.decode()}", "9110 10.2.2", request(target), b"", 301, location=location)
    for target in (b"/folder/", b"//folder//", b"/folder/.", b"/folder/deep/..", b"/folder/deep/../", b"/folder/?x",
                   b"/folder/%2e",
                   b"/folder/index.html", b"/folder/./index.html"):
        yield good(f"index by {target.decode()}", "9110 9.3.1", request(target), INDEX)
    for target in (b"//evil.example", b"//evil.example/", b"///evil.example/..", b"//evil.example/%2e%2e",
                   b"/\\evil.example", b"/%5cevil.example"):
        known = {b"///evil.example/..": 200, b"//evil.example/%2e%2e": 200}.get(target, 404)
        yield good(f"no way to another host: {target.decode()}", "9110 17.11", request(target), None, known,
                   location=None)
    for target in (b"/nowhere", b"/nowhere/", b"/nowhere/deeper", b"/folder/nowhere", b"/favicon.ico", b"/robots.txt",
                   b"/cgi-bin/a.sh", b"/index.php"):
        yield good(f"not there: {target.decode()}", "9110 15.5.5", request(target), None, 404,
                   **{"content-type": "text/plain; charset=utf-8"})


CASES = [*hosts(), *forms(), *names(), *paths(), *folders()]
