"""--help, the manual and the completions say the same, as one table makes them;
the README and the other documents name no option that is not there."""

import pathlib
import re
import shutil
import subprocess

import pytest

COMMANDS = ["serve", "compress", "doctor", "lab",
            "lab compare", "lab explain", "lab policy", "lab receive", "lab report", "lab rerun"]


def run(*words, **options):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True, text=True, timeout=60, check=False, **options)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@pytest.fixture(name="help_of")
def fixture_help_of(sluice_binary):
    """help_of("serve"): {"--port": "8080", ...}, the defaults; None where there is none."""
    def parse(command):
        options = {}
        for block in re.split(r"\n(?=  -\w, --|      --)", run(sluice_binary, *command.split(), "--help", "all"))[1:]:
            words = " ".join(block.split())
            default = re.search(r"\(default: (\S+)\)", words)
            options[re.search(r"--[\w-]+", words)[0]] = default[1] if default else None
        return options
    return parse


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen_and_is_part_of_all(sluice_binary, help_of, command):
    text = run(sluice_binary, *command.split(), "--help")
    lines = text.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    shown = re.findall(r"^ +(?:-\w, )?(--[\w-]+)", text, re.MULTILINE)
    assert set(shown) <= set(help_of(command))


def test_help_of_a_command_by_another_name(sluice_binary):
    assert run(sluice_binary, "help") == run(sluice_binary, "--help")
    assert run(sluice_binary, "help", "lab", "policy") == run(sluice_binary, "lab", "policy", "--help")
    assert run(sluice_binary, "version") == run(sluice_binary, "--version")
    meant = subprocess.run([sluice_binary, "serv"], capture_output=True, text=True, check=False, timeout=30)
    assert meant.returncode == 2 and "did you mean 'serve'?" in meant.stderr


@pytest.mark.parametrize("words", [["--version"], ["serve", "--help"], ["serve", "--print-config"], ["doctor"],
                                   ["compress", "-n", "."]])
def test_what_cannot_be_printed_is_an_error(sluice_binary, tmp_path, words):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([sluice_binary, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                              cwd=tmp_path, timeout=60)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr


def test_what_is_no_value_is_refused_in_words(sluice_binary, tmp_path):
    text = run(sluice_binary, "serve", "--help", "all")
    refused = 0
    for option in re.findall(r"^ +(?:-\w, )?(--[\w-]+) [A-Z]", text, re.MULTILINE):
        words = [sluice_binary, "serve", "--check", option, "\x01"]
        result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
        assert "(null)" not in result.stderr, option
        refused += result.returncode == 2
    assert refused > 20


def test_configuration_page_has_every_key(build_dir, sluice_binary):
    page = (build_dir / "man/sluice.conf.5").read_text()
    keys = re.findall(r"^\.It Cm (\S+) No =", page, re.MULTILINE)
    printed = re.findall(r"^(?:# )?([a-z0-9-]+) =", run(sluice_binary, "serve", "--print-config"), re.MULTILINE)
    assert sorted(keys) == sorted(printed) and "path" in keys
    assert all(f".Ev SLUICE_{key.upper().replace('-', '_')} ." in page for key in keys)


def manual_page(build_dir, command):
    return (build_dir / f"man/sluice-{command.replace(' ', '-')}.1").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_has_the_options_and_defaults_of_help(build_dir, help_of, command):
    options = {}
    for item in manual_page(build_dir, command).split("\n.It ")[1:]:
        head, _, body = item.partition("\n")
        name = re.search(r"Fl -([\w-]+)", head)
        if not name:
            continue
        default = re.search(r"The default is\n\.Cm (\S+) \.", body)
        options[f"--{name[1]}"] = default[1] if default else None
    assert options == help_of(command)
    assert "--help" in options


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_has_no_place_left_open(build_dir, command):
    page = manual_page(build_dir, command)
    assert not re.findall(r"@[A-Z]+@", page)


def test_manual_names_the_methods(build_dir, sluice_binary):
    methods = re.findall(r'"name": "method_(\w+)"', run(sluice_binary, "doctor", "--json", "/"))
    assert methods
    described = manual_page(build_dir, "serve").split("Fl -method Ar METHOD\n")[-1]
    choices = re.search(r"One of((?:.*\n)+?)The default", described)[1]
    assert re.findall(r"\.Cm (\w+)", choices) == ["auto", *methods]


# ---- Completions ----

def bash_proposes(build_dir, *words):
    script = f"""
        source {build_dir}/src/cli/sluice
        COMP_WORDS=({' '.join(f"'{word}'" for word in words)})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _sluice
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run("bash", "-c", script).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_proposes_the_options_of_help(build_dir, help_of, command):
    assert set(bash_proposes(build_dir, "sluice", *command.split(), "-")) == set(help_of(command))


def test_bash_proposes_commands_values_and_files(build_dir, tmp_path):
    assert bash_proposes(build_dir, "sluice", "d") == ["doctor"]
    assert bash_proposes(build_dir, "sluice", "serve", "--method", "send") == ["sendfile"]
    assert bash_proposes(build_dir, "sluice", "serve", "--method", "=", "send") == ["sendfile"]
    assert bash_proposes(build_dir, "sluice", "serve", "--port", "") == []
    assert bash_proposes(build_dir, "sluice", "doctor", "--me") == []
    assert bash_proposes(build_dir, "sluice", "lab", "expl") == ["explain"]
    (tmp_path / "films").mkdir()
    assert bash_proposes(build_dir, "sluice", "serve", f"{tmp_path}/f") == [f"{tmp_path}/films"]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
@pytest.mark.parametrize("command", COMMANDS)
def test_fish_proposes_the_options_of_help(build_dir, help_of, command):
    script = f"source {build_dir}/src/cli/sluice.fish; complete -C 'sluice {command} --'"
    proposed = {line.split("\t")[0] for line in run("fish", "--no-config", "-c", script).splitlines()}
    assert {word for word in proposed if word.startswith("--")} == set(help_of(command))


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh_can_read_the_completion(build_dir, help_of):
    path = build_dir / "src/cli/_sluice"
    run("zsh", "-n", path)
    text = path.read_text()
    for command in COMMANDS:
        for option in help_of(command):
            assert option in text


# ---- Prose ----

def test_documents_name_only_options_that_are_there(project_root, help_of):
    known = {command: set(help_of(command)) for command in COMMANDS}
    documents = [*project_root.glob("*.md"), *project_root.glob("docs/**/*.md"),
                 *project_root.glob("man/*.[0-9]*")]
    wrong = []
    for path in documents:
        text = pathlib.Path(path).read_text()
        for command, rest in re.findall(r"sluice (lab explain|lab report|serve|doctor)\b([^`\n]*)", text):
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", rest):
                if option not in known[command]:
                    wrong.append(f"{path.name}: sluice {command} {option}")
    assert not wrong
