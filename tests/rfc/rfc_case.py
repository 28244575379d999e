"""A case of the black-box suite: some bytes of a request, and what an RFC says must come back."""

from dataclasses import dataclass, field

# Replaced, when the case is run, by what the server says of /file.bin.
ETAG, MODIFIED = b"@ETAG@", b"@MODIFIED@"

OLDER, NEWER = b"Wed, 01 Jan 2014 00:00:00 GMT", b"Wed, 01 Jan 2025 00:00:00 GMT"
MODIFIED_S = 1_577_836_800  # of all files: 2020-01-01

HELLO, FILE, STYLE = b"hello, world\n", bytes(i * 7 % 256 for i in range(1000)), b"p { color: red }\n" * 30
FILES = {
    "hello.txt": HELLO, "file.bin": FILE, "empty.txt": b"", "one.txt": b"x", "probe.txt": b"probe",
    "big.bin": bytes(i % 251 for i in range(300_000)), "folder/index.html": b"<p>index</p>",
    "folder/deep/er/file.txt": b"deep", "list/a.txt": b"a", "style.css": STYLE, "style.css.br": b"by brotli",
    "style.css.zst": b"by zstd!", "style.css.gz": b"by gzip..", "alone.css": STYLE, "picture.png": b"png",
    "with space.txt": b"with space", "\u00e4.txt": b"umlaut", "per%cent.txt": b"percent", "plus+.txt": b"plus",
    "semi;colon.txt": b"semicolon", "back\\slash.txt": b"backslash", "question?.txt": b"question",
    "hash#.txt": b"hash", "colon:.txt": b"colon", "at@.txt": b"at", "a&b=c.txt": b"and", "quote'.txt": b"quote",
    "dots..txt": b"dots", "tilde~.txt": b"tilde", "~user/a.txt": b"user", "brackets[].txt": b"brackets",
    "pipe|.txt": b"pipe", "a,b.txt": b"comma", "(a).txt": b"round", "star*.txt": b"star", "dollar$.txt": b"dollar",
    "bang!.txt": b"bang", "caret^.txt": b"caret", "grave`.txt": b"grave", "quotes\".txt": b"quotes",
    "less<more>.txt": b"lessmore", "brace{}.txt": b"brace", ".hidden": b"secret", ".git/config": b"secret",
    "folder/.env": b"secret", ".well-known/security.txt": b"wellknown", "%2e%2e.txt": b"escapes",
    "CASE.TXT": b"upper", "case.txt": b"lower", "old.html": b"old", "bell\x07.txt": b"bell", "tab\t.txt": b"tab",
    "newline\n.txt": b"newline", "\udce4.txt": b"latin", "\u65e5\u672c.txt": b"japan", "\U0001f600.txt": b"emoji",
}


@dataclass(frozen=True)
class Answer:
    """body: all of it, or None: not looked at. fields: by lower-case name; a text is the value, None: not there,
    a function: of the value. parts: a multipart body's ranges. method: of the request."""

    status: int
    body: bytes = None
    fields: dict = field(default_factory=dict)
    method: str = "GET"
    parts: tuple = None


@dataclass(frozen=True)
class Case:
    """section: "9112 3.2" is section 3.2 of RFC 9112. closes: the connection ends behind the last answer, and no
    byte behind the request is taken for another one; "unsaid": without a word of it in the last answer's head."""

    name: str
    section: str
    request: bytes
    answers: tuple
    closes: object = False

    @property
    def title(self):
        return f"{self.section} {self.name}"


def octets(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def request(target=b"/hello.txt", *lines, method=b"GET", version=b"HTTP/1.1", host=b"Host: a", body=b""):
    """The bytes of a request; lines: fields without CRLF."""
    head = [octets(method) + b" " + octets(target) + b" " + octets(version)]
    head += [host] if host is not None else []
    return b"\r\n".join(head + [octets(line) for line in lines]) + b"\r\n\r\n" + body


def good(name, section, data, body=HELLO, status=200, **fields):
    """One request, answered; the connection stays."""
    return Case(name, section, data, (Answer(status, body, fields),))


def bad(name, section, data, status=400):
    """Refused; nothing behind it is read."""
    return Case(name, section, data, (Answer(status),), closes=True)
