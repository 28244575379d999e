"""What a path stands for: indexes, clean URLs, applications, pages for what is not there."""

import os

import pytest

from support.raw import get


def write(site, **files):
    for name, text in files.items():
        path = site / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def body(server, target, *headers):
    response = get(server, target, *headers)
    return response.status, response.body.decode()


def test_the_first_index_that_is_there(site, server):
    write(site, a__home_txt="home", a__index_html="index", b__index_html="index", c__x_txt="x")
    served = server(site, options=["--index", "home.txt", "--index", "index.html"])
    assert body(served, "/a/") == (200, "home")
    assert body(served, "/b/") == (200, "index")
    assert "x.txt" in body(served, "/c/")[1]
    assert body(server(site), "/a/") == (200, "index")
    assert body(server(site, options=["--index", "other"]), "/b/")[1].count("index.html") >= 1


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "../x"])
def test_index_that_is_no_name(sluice_binary, site, name):
    import subprocess
    result = subprocess.run([sluice_binary, "serve", site, "--index", name], capture_output=True, check=False)
    assert result.returncode == 2 and b"--index" in result.stderr


def test_no_listing(site, server):
    write(site, a__x_txt="x", b__index_html="index")
    served = server(site, options=["--no-listing"])
    assert get(served, "/a/").status == 404 and get(served, "/").status == 404
    assert body(served, "/a/x.txt") == (200, "x") and body(served, "/b/") == (200, "index")
    assert get(served, "/a").status == 301


def test_clean_urls(site, server):
    write(site, about_html="about", docs__index_html="docs", docs__page_html="page", both_html="both", both__x_txt="x")
    served = server(site, options=["--clean-urls"])
    assert body(served, "/about") == (200, "about")
    assert get(served, "/about").headers["content-type"].startswith("text/html")
    assert body(served, "/about.html") == (200, "about")
    assert body(served, "/docs/page") == (200, "page")
    assert body(served, "/both") == (200, "both")
    assert get(served, "/docs").status == 301
    assert get(served, "/about/").status == 404 and get(served, "/nowhere").status == 404
    assert get(server(site), "/about").status == 404


def test_spa(site, server):
    write(site, index_html="app", app_js="script", assets__a_css="css", assets__b__x_txt="x")
    served = server(site, options=["--spa"])
    for _ in range(2):
        for target in ("/", "/users", "/users/7", "/users/7/", "/a/b/c?x=y.z", "/app.js/users"):
            assert body(served, target) == (200, "app"), target
    for target in ("/nowhere.js", "/assets/b.css", "/.git", "/.git/config"):
        assert get(served, target).status == 404, target
    assert body(served, "/app.js") == (200, "script")
    assert get(served, "/assets/b/").status == 200  # a folder that is there stays one
    tag = get(served, "/users").headers["etag"]
    assert get(served, "/users", f"If-None-Match: {tag}").status == 304


def test_spa_without_an_index(site, server):
    assert get(server(site, options=["--spa"]), "/users").status == 404


def test_own_page_for_what_is_not_there(site, server):
    write(site, a_txt="a")
    (site / "404.html").write_text("<p>nothing here</p>")
    os.symlink("/etc/passwd", site / "out")
    served = server(site)
    for target in ("/nowhere", "/nowhere/", "/a.txt/x", "/.hidden", "/out"):
        response = get(served, target)
        assert (response.status, response.body) == (404, b"<p>nothing here</p>"), target
        assert response.headers["content-type"].startswith("text/html")
        assert "etag" not in response.headers and "last-modified" not in response.headers
    head = get(served, "/nowhere", method="HEAD")
    assert head.status == 404 and head.headers["content-length"] == "19"
    # Conditions and ranges are of what was asked for, which is not there.
    assert get(served, "/nowhere", "Range: bytes=0-1", "If-None-Match: *").status == 404
    assert get(served, "/404.html").status == 200


def test_large_page_for_what_is_not_there(site, server):
    (site / "404.html").write_bytes(b"x" * 3_000_000)
    assert len(get(server(site), "/nowhere").body) == 3_000_000


def test_page_that_is_no_file(site, server):
    (site / "404.html").mkdir()
    response = get(server(site), "/nowhere")
    assert response.status == 404 and response.body.startswith(b"404 Not Found")


def test_listing_of_many_entries(site, server):
    write(site, **{f"file{number}_txt": "x" for number in range(2000)})
    page = body(server(site), "/")[1]
    assert page.count("<tr>") >= 2000
