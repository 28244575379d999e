"""Folders as pages and as JSON: order, hostile names, and what a browser may run."""

import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import urllib.parse

import pytest

from support.raw import get

HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "javascript:alert(1)",
    "a&amp;b", "</title><script>alert(1)<", "new\nline", "tab\there", "%2e%2e", "?json", "#x", "back\\slash", "{}\";",
    "</script><script>alert(1)", "\u202egnp.exe", "a b", "\u00e4\u00f6", "..x", "[1]", "http:", "*", "&lt;b&gt;",
]


class Page(html.parser.HTMLParser):
    """Links, tags and the text of scripts and styles, as a browser would read them."""

    def __init__(self, text):
        super().__init__()
        self.links, self.tags, self.inline, self.handlers = [], [], {}, []
        self._inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._inside = tag if tag in ("script", "style") else self._inside
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self._inside = None if tag == self._inside else self._inside

    def handle_data(self, data):
        if self._inside:
            self.inline[self._inside] = self.inline.get(self._inside, "") + data

    def entries(self):
        """Names, percent-decoded, without those of columns and of the folder above."""
        return [urllib.parse.unquote_to_bytes(link.removeprefix("./")) for link in self.links
                if not link.startswith(("?", "../"))]


def page_of(server, target, *lines):
    return Page(get(server, target, *lines).body.decode("utf-8", "surrogateescape"))


@pytest.fixture(name="sorted_site")
def fixture_sorted_site(site, server):
    for name, size, when in [("b.txt", 30, 3000), ("A.txt", 10, 2000), ("c.txt", 20, 1000), ("d.txt", 20, 4000)]:
        (site / name).write_bytes(b"x" * size)
        os.utime(site / name, (when, when))
    for name, when in [("zoo", 9000), ("ape", 8000)]:
        (site / name).mkdir()
        os.utime(site / name, (when, when))
    return server(site)


@pytest.mark.parametrize("query,order", [
    ("", "ape/ zoo/ A.txt b.txt c.txt d.txt"), ("?sort=name", "ape/ zoo/ A.txt b.txt c.txt d.txt"),
    ("?sort=name&order=desc", "zoo/ ape/ d.txt c.txt b.txt A.txt"),
    ("?sort=size", "ape/ zoo/ A.txt c.txt d.txt b.txt"), ("?order=desc&sort=size", "zoo/ ape/ b.txt d.txt c.txt A.txt"),
    ("?sort=modified&order=asc", "ape/ zoo/ c.txt A.txt b.txt d.txt"),
    ("?sort=modified&order=desc", "zoo/ ape/ d.txt b.txt A.txt c.txt"),
    ("?sort=nonsense&order=%3Cscript%3E", "ape/ zoo/ A.txt b.txt c.txt d.txt"),
])
def test_order(sorted_site, query, order):
    assert [name.decode() for name in page_of(sorted_site, "/" + query).entries()] == order.split()
    join = "&" if query else "?"
    listed = json.loads(get(sorted_site, f"/{query}{join}json").body)["entries"]
    assert [entry["name"] + ("/" if entry["type"] == "directory" else "") for entry in listed] == order.split()


def test_columns_lead_to_the_other_order(sorted_site):
    assert "?sort=size&order=asc" in page_of(sorted_site, "/").links
    assert "?sort=name&order=desc" in page_of(sorted_site, "/").links
    assert "?sort=size&order=desc" in page_of(sorted_site, "/?sort=size").links
    assert b'aria-sort="descending"' in get(sorted_site, "/?sort=size&order=desc").body


def test_json(site, server):
    (site / "folder" / "sub").mkdir(parents=True)
    (site / "folder" / "a.txt").write_bytes(b"12345")
    os.utime(site / "folder" / "a.txt", (86400, 86400))
    served = server(site)
    for target, *lines in [("/folder/?json",), ("/folder/?json=1",), ("/folder/", "Accept: application/json"),
                           ("/folder/", "Accept: text/html;q=0.5, application/json")]:
        response = get(served, target, *lines)
        assert response.headers["content-type"] == "application/json" and response.headers["vary"] == "Accept"
        listed = json.loads(response.body)
        assert listed["path"] == "/folder/" and listed["truncated"] is False
        folder, file = listed["entries"]
        assert folder["name"] == "sub" and folder["type"] == "directory" and "size" not in folder
        assert file == {"name": "a.txt", "href": "./a.txt", "type": "file", "size": 5, "modified": "1970-01-02T00:00:00Z"}
    assert json.loads(get(served, "/?json").body)["path"] == "/"
    assert json.loads(get(served, "/folder/sub/?json").body)["entries"] == []
    for accept in ("*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/*"):
        assert get(served, "/folder/", f"Accept: {accept}").headers["content-type"].startswith("text/html")


def test_hostile_names(site, server):
    (site / "x").mkdir()
    names = [name for name in HOSTILE if "/" not in name] + [b"raw \xff\xfe bytes"]
    for name in names:
        path = os.fsencode(site / "x") + b"/" + os.fsencode(name)
        with open(path, "wb") as file:
            file.write(os.fsencode(name))
    hidden = sum(os.fsencode(name).startswith(b".") for name in names)
    served = server(site)
    page = page_of(served, "/x/")
    assert sorted(page.entries()) == sorted(os.fsencode(name) for name in names if not os.fsencode(name).startswith(b"."))
    assert page.tags.count("script") == 1 and "img" not in page.tags and not page.handlers and "b" not in page.tags
    for link in page.links:
        assert link.startswith(("./", "../", "?"))
        if link.startswith("./"):
            assert get(served, "/x/" + link[2:]).body == urllib.parse.unquote_to_bytes(link[2:])
    listed = json.loads(get(served, "/x/?json").body.decode())["entries"]
    assert len(listed) == len(names) - hidden
    assert {name for name in names if isinstance(name, str) and not name.startswith(".")} <= {
        entry["name"] for entry in listed}


def test_every_name_can_be_fetched_by_its_href(site, server):
    names = [b"raw \xff\xfe bytes", b"a:b", b"#?%", "\u00e4".encode()]
    for name in names:
        with open(os.fsencode(site) + b"/" + name, "wb") as file:
            file.write(name)
    (site / "x:y").mkdir()
    served = server(site)
    entries = json.loads(get(served, "/?json").body)["entries"]
    assert entries[0]["href"] == "./x:y/"
    assert sorted(get(served, "/" + entry["href"].removeprefix("./")).body for entry in entries[1:]) == sorted(names)


@pytest.mark.parametrize("name,shown", [
    ("\u202egpj.exe", "[U+202E]gpj.exe"), ("a\u2066b\u2069", "a[U+2066]b[U+2069]"), ("x\u200fy", "x[U+200F]y"),
    ("new\nline", "new[U+000A]line"), ("c1\u0085", "c1[U+0085]"), (b"raw\xff", "raw[0xFF]"),
    ("\u05e2\u05d1", "\u05e2\u05d1"), ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
])
def test_no_name_looks_like_another(site, server, name, shown):
    (site / "in").mkdir()
    with open(os.fsencode(site / "in") + b"/" + os.fsencode(name), "wb"):
        pass
    assert f"<bdi>{shown}</bdi>" in get(server(site), "/in/").body.decode()


def test_numbers_are_ordered_as_people_count(site, server):
    names = ["f1", "f2", "F02b", "f10", "f10a", "f100", "g", "x9.txt", "x10.txt", "99", "100", "v1.2.9", "v1.2.10"]
    for name in names:
        (site / name).write_bytes(b"")
    listed = [entry["name"] for entry in json.loads(get(server(site), "/?json").body)["entries"]]
    assert listed == ["99", "100", "f1", "f2", "F02b", "f10", "f10a", "f100", "g", "v1.2.9", "v1.2.10", "x9.txt",
                      "x10.txt"]


def test_the_way_to_a_folder(site, server):
    (site / "one" / "two & three" / "four").mkdir(parents=True)
    served = server(site)
    head = get(served, "/one/two%20&%20three/four/").body.decode().split("<h1>")[1].split("</h1>")[0]
    steps = re.findall(r'<a href="([^"]*)"><bdi>([^<]*)</bdi></a>/', head)
    assert steps == [("../../../", site.name), ("../../", "one"), ("../", "two &amp; three")]
    assert head.endswith("<bdi>four</bdi>/")
    for link, name in steps:
        assert "<h1>" in get(served, urllib.parse.urljoin("/one/two%20&%20three/four/", link)).body.decode()
    assert get(served, "/").body.decode().split("<h1>")[1].startswith(f"<bdi>{site.name}</bdi>/</h1>")


def test_a_phone_has_room_for_names(site, server):
    """The rule that is for narrow windows puts a name on a line of its own."""
    (site / "a").write_bytes(b"")
    style = page_of(server(site), "/").inline["style"]
    assert "@media(max-width:40rem)" in style and "td:first-child{width:100%" in style


def test_hostile_folder_name(site, server):
    name = "<h1><script>alert(1)<\"'&"
    (site / name).mkdir()
    served = server(site)
    target = "/" + urllib.parse.quote(name) + "/"
    page = page_of(served, target)
    assert page.tags.count("script") == 1 and page.tags.count("h1") == 1
    assert json.loads(get(served, target + "?json").body)["path"] == f"/{name}/"


def test_policy_allows_the_pages_own_and_nothing_else(site, server):
    (site / "a").write_bytes(b"")
    response = get(server(site), "/")
    page = Page(response.body.decode())
    hashes = {kind: base64.b64encode(hashlib.sha256(page.inline[kind].encode()).digest()).decode()
              for kind in ("style", "script")}
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'"), hashes
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "color-scheme:light dark" in page.inline["style"] and not page.handlers


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
def test_browser_runs_the_pages_script_and_no_other(site, server):
    for name in HOSTILE:
        if "/" not in name:
            (site / name).write_bytes(b"x")
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={site}.chromium", "--dump-dom",
         server(site).url + "/"], capture_output=True, text=True, timeout=60, check=True)
    assert 'type="search"' in done.stdout  # the box that only the script makes
    assert done.stdout.count("<script>") == 1 and "<img" not in done.stdout
