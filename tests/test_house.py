"""The house's own rules, and that what checks them can say no."""

import re
import shutil
import subprocess

import pytest


def check_layers(root):
    return subprocess.run([root / "scripts" / "check_layers", root], capture_output=True, text=True, check=False)


@pytest.fixture
def planted(project_root, tmp_path):
    """A copy of what check_layers reads, to plant faults in."""
    shutil.copytree(project_root / "src", tmp_path / "src")
    (tmp_path / "docs").mkdir()
    shutil.copy(project_root / "docs" / "ARCHITECTURE.md", tmp_path / "docs")
    (tmp_path / "scripts").mkdir()
    shutil.copy(project_root / "scripts" / "check_layers", tmp_path / "scripts")
    return tmp_path


def test_layers_are_kept(project_root):
    result = check_layers(project_root)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("file,line,complaint", [
    ("src/base/planted.h", '#include "http/status.h"', "base may not include"),
    ("src/http/planted.c", '#include "sluice.h"', "http may not include"),
    ("src/transfer/methods/planted.c", '# include "serve/server.h"', "transfer may not include"),
    ("src/net/planted.c", '#include "files/root.h"', "net may not include"),
    ("src/base/planted.c", '#include "clock.h"', "does not begin with a layer's name"),
    ("src/attic/planted.c", "int x;", "is no layer"),
])
def test_planted_include_is_found(planted, file, line, complaint):
    path = planted / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(line + "\n")
    result = check_layers(planted)
    assert result.returncode == 1
    assert f"{file}:1: " in result.stdout and complaint in result.stdout


def test_long_function_file_and_header_are_found(planted):
    (planted / "src/base/planted.c").write_text("void f(void)\n{\n" + "        ;\n" * 69 + "}\n")
    (planted / "src/base/long.c").write_text("int x;\n" * 401)
    (planted / "src/base/long.h").write_text("int x;\n" * 121)
    result = check_layers(planted)
    assert result.returncode == 1
    assert "planted.c:2: a function of 71 lines" in result.stdout
    assert "long.c:400: 401 lines" in result.stdout
    assert "long.h:120: 121 lines" in result.stdout


def test_a_reasoned_exception_is_accepted_and_a_stale_one_is_not(planted):
    (planted / "src/base/long.h").write_text("int x;\n" * 121)
    page = planted / "docs/ARCHITECTURE.md"
    row = "| `src/base/long.h` | 130 | it is planted |\n"
    head = "| file | lines at most | why |\n|---|---|---|\n"
    text = page.read_text()
    assert head in text
    page.write_text(text.replace(head, head + row))
    assert "long.h" not in check_layers(planted).stdout
    (planted / "src/base/long.h").unlink()
    assert "exception for a file that is not there" in check_layers(planted).stdout


def test_the_documented_commands_are_targets_of_the_makefile(project_root):
    targets = set(re.findall(r"^([a-z-]+):", (project_root / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"`make ([a-z-]+)", (project_root / page).read_text())
        named += re.findall(r"^(?:\$ )?make ([a-z-]+)", (project_root / page).read_text(), re.MULTILINE)
        assert named, page
        assert set(named) <= targets, page


def test_links_between_the_pages_lead_somewhere(project_root):
    pages = [*project_root.glob("*.md"), *project_root.glob("docs/**/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        for target in re.findall(r'src="([^":]+)"', page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_setup_has_nothing_to_do_and_says_nothing(project_root):
    result = subprocess.run([project_root / "scripts" / "setup", "build", "test"],
                            capture_output=True, text=True, check=False, timeout=10)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_setup_refuses_an_unknown_set(project_root):
    result = subprocess.run([project_root / "scripts" / "setup", "everything"],
                            capture_output=True, text=True, check=False, timeout=10)
    assert result.returncode == 2 and "usage:" in result.stderr


def test_every_method_of_the_table_has_its_file(project_root):
    table = (project_root / "src/transfer/methods.def").read_text()
    for name in re.findall(r"^METHOD\((\w+)\)", table, re.MULTILINE):
        assert (project_root / f"src/transfer/methods/{name}.c").exists()
