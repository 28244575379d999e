"""What `meson install` leaves is all that a program needs: the header, the
library, sluice.pc and the manual."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import run_example

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", ROOT / "build"))
EXAMPLES = sorted(ROOT.glob("examples/*.c"))


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True, text=True, timeout=300, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def build_option(name):
    options = json.loads(run("meson", "introspect", "--buildoptions", BUILD))
    return next(o["value"] for o in options if o["name"] == name)


def public_functions():
    text = (ROOT / "include/sluice.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return sorted(set(re.findall(r"\b(sluice_\w+)\(", text)))


@pytest.fixture(scope="module", name="installed")
def fixture_installed(tmp_path_factory):
    """The folder that stands for / of the machine installed on."""
    root = tmp_path_factory.mktemp("root")
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
    return root


def find(installed, pattern):
    found = sorted(installed.rglob(pattern))
    assert found, f"{pattern} is not installed"
    return found[0]


@pytest.fixture(scope="module", name="flags")
def fixture_flags(installed):
    config = find(installed, "sluice.pc")
    environment = dict(
        os.environ,
        PKG_CONFIG_PATH=str(config.parent), PKG_CONFIG_SYSROOT_DIR=str(installed))
    flags = run("pkg-config", "--cflags", "--libs", "sluice", env=environment).split()
    sanitize = build_option("b_sanitize")
    if sanitize and sanitize != "none":
        flags.append(f"-fsanitize={sanitize}")
    return flags


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.stem)
def test_example_builds_and_runs_against_the_installed_library(
        source, installed, flags, tmp_path, monkeypatch):
    program = tmp_path / source.stem
    run("cc", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", source, "-o", program, *flags)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(find(installed, "libsluice.so").parent))
    run_example.run(program)


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES} == set(run_example.EXAMPLES)


@pytest.mark.parametrize("compiler, standard", [
    ("cc", "-std=c99"), ("cc", "-std=c17"), ("g++", "-std=c++11"), ("g++", "-std=c++20")])
def test_header_stands_alone(compiler, standard, flags, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    source = tmp_path / ("it.c" if compiler == "cc" else "it.cc")
    source.write_text("#include <sluice.h>\nint main() { return sluice_method_at(0) == 0; }\n")
    run(compiler, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", source,
        "-o", tmp_path / "it", *flags)


def test_only_the_header_s_functions_are_exported(installed):
    lines = run("nm", "-D", "--defined-only", find(installed, "libsluice.so")).splitlines()
    exported = sorted(line.split()[-1].split("@")[0] for line in lines if " A " not in line)
    assert exported == public_functions()


def test_only_one_header_is_installed(installed):
    assert [path.name for path in installed.rglob("*.h")] == ["sluice.h"]


@pytest.mark.parametrize("function", public_functions())
def test_man_finds_a_page(function, installed):
    page = find(installed, f"{function}.3*")
    assert page.exists(), f"{page} points to nothing"
    assert f".Nm {function}\n" in page.read_text().replace(" ,\n", "\n")


@pytest.mark.parametrize("name", [
    "sluice.1", "sluice-serve.1", "sluice-doctor.1", "libsluice.3", "sluice-methods.7",
    "bash-completion/completions/sluice", "zsh/site-functions/_sluice",
    "fish/vendor_completions.d/sluice.fish"])
def test_program_s_pages_and_completions_are_installed(name, installed):
    assert find(installed, f"share/**/{name}").stat().st_size > 0
