"""Where options come from: command line > environment > file > defaults; what is
said of wrong ones."""

import os
import re
import subprocess

import pytest


@pytest.fixture
def sluice(sluice_binary, tmp_path):
    """sluice("--port", "1", text="port = 2", SLUICE_PORT="3")"""
    def run(*options, text=None, **environment):
        words = [sluice_binary, "serve", *map(str, options)]
        if text is not None:
            (tmp_path / "sluice.conf").write_text(text)
            words += ["-c", "sluice.conf"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False,
                              env={**os.environ, **environment})
    return run


def values(result):
    """The settings that --print-config prints, those from a default too."""
    assert result.returncode == 0, result.stderr
    found = {}
    for key, value in re.findall(r"^(?:# )?([a-z0-9-]+) =(?: (.*))?$", result.stdout, re.MULTILINE):
        found.setdefault(key, []).append(value)
    return {key: value[0] if len(value) == 1 else value for key, value in found.items()}


def test_each_source_outweighs_the_next(sluice):
    text = "port = 2\nworkers = 2\ngrace = 2s\n"
    result = sluice("--print-config", "--port", "4", text=text, SLUICE_PORT="3", SLUICE_WORKERS="3")
    found = values(result)
    assert (found["port"], found["workers"], found["grace"], found["idle-timeout"]) == ("4", "3", "2s", "60s")
    sections = re.findall(r"^# ([a-z ]+):$", result.stdout, re.MULTILINE)
    assert sections == ["command line", "environment", "file", "default"]


def test_what_is_printed_is_a_file_that_says_the_same(sluice):
    first = sluice("--print-config", "-b", "::1", "-b", "127.0.0.1", "-q", "--port", "81", SLUICE_USER="nobody")
    second = sluice("--print-config", text=first.stdout)
    assert values(first) == values(second)
    assert "# file:" in second.stdout


def test_what_a_file_cannot_say_is_printed_as_a_comment(sluice):
    printed = sluice("--print-config", "--header", "X: a ; b", "--header", "Y: a; b").stdout
    assert "\n# (not for a file) header = X: a ; b\nheader = Y: a; b\n" in printed
    assert "\nhtpasswd =;x\n" in sluice("--print-config", text="htpasswd =;x").stdout


def test_a_list_replaces_that_of_a_lesser_source(sluice):
    text = "bind = 127.0.0.1\nbind = ::1\n"
    assert values(sluice("--print-config", text=text))["bind"] == ["127.0.0.1", "::1"]
    assert values(sluice("--print-config", "-b", "127.0.0.2", text=text))["bind"] == "127.0.0.2"


def test_flags(sluice):
    assert values(sluice("--print-config"))["quiet"] == "no"
    assert values(sluice("--print-config", text="quiet = yes"))["quiet"] == "yes"
    assert values(sluice("--print-config", text="quiet = yes", SLUICE_QUIET="no"))["quiet"] == "no"
    assert values(sluice("--print-config", "-q", SLUICE_QUIET="no"))["quiet"] == "yes"


@pytest.mark.parametrize("words, cors, path", [
    (["--cors"], "*", "."), (["--cors", "/srv"], "*", "/srv"), (["/srv", "--cors"], "*", "/srv"),
    (["--cors", "https://a.test", "/srv"], "https://a.test", "/srv"), (["--cors=https://a.test", "/srv"], "https://a.test", "/srv"),
    (["--cors", "*", "/srv"], "*", "/srv"), (["--cors", "--quiet", "/srv"], "*", "/srv"), (["--cors", "--", "/srv"], "*", "/srv")])
def test_cors_needs_no_origin(sluice, words, cors, path):
    found = values(sluice("--print-config", *words))
    assert (found["cors"], found["path"]) == (cors, path)


def test_a_wrong_origin_is_told(sluice):
    result = sluice("--check", "--cors=nonsense")
    assert result.returncode == 2 and "--cors: 'nonsense' is not '*' or an origin" in result.stderr


def test_comments_and_blanks(sluice):
    text = "; one\n# two\n\n  port   =   82   ; three\n\tworkers = 3\n"
    found = values(sluice("--print-config", text=text))
    assert (found["port"], found["workers"]) == ("82", "3")


@pytest.mark.parametrize("behind, before", [("", ""), ("  ", "\t "), (" ; and more", " "), ("\t;", ""), ("\r", "")])
def test_a_long_value_is_read_like_a_short_one(sluice, behind, before):
    for length in (20, 180, 190, 200, 1000, 8000):
        field = f"X-Long: {'a; b=c ' * (length // 7)}end".replace(" ;", ";")
        found = values(sluice("--print-config", text=f"header ={before}{field}{behind}\nport = 81\n"))
        assert (found["header"], found["port"]) == (field, "81")


def test_a_byte_order_mark_is_no_part_of_the_first_line(sluice):
    assert values(sluice("--print-config", text="\ufeffport = 81\n"))["port"] == "81"


@pytest.mark.parametrize("text, said", [
    ("port = http", "sluice.conf:1: port: 'http' is not a number from 0 to 65535"),
    ("\n\nport = 70000", "sluice.conf:3: port: '70000' is not a number from 0 to 65535"),
    ("grace = long", "sluice.conf:1: grace: 'long' is not a time such as"),
    ("send-timeout = 0", "sluice.conf:1: send-timeout: '0' is not a time such as 250ms, 10s or 5m from 1ms"),
    ("quiet = perhaps", "sluice.conf:1: quiet: 'perhaps' is not yes or no"),
    ("sandbox = maybe", "sluice.conf:1: sandbox: 'maybe' is not on, off or required"),
    ("port = 1\nprot = 2", "sluice.conf:2: prot: unknown key: did you mean 'port'?"),
    ("frobnicate = 2", "sluice.conf:1: frobnicate: unknown key: see sluice.conf(5)"),
    ("config = other", "sluice.conf:1: config: unknown key"),
    ("port", "sluice.conf:1: is not 'key = value'"),
    ("port = 1\npath = " + "x" * 9000, "sluice.conf:2: the line is too long"),
    ("port = 1\n" + "x" * 300, "sluice.conf:2: the line is too long"),
    ("port = 1\0\npath = .", "sluice.conf:1: has a NUL in it"),
    ("[part]\nport = 1", "sluice.conf:1: [part]: no such section"),
    ("port = 1\n[part", "sluice.conf:2: is not '[section]'"),
    ("[part] 1", "sluice.conf:1: is not '[section]'"),
    ("bind = 127.0.0.1\n" * 17, "sluice.conf:17: bind: may be given 16 times at most"),
])
def test_a_fault_is_named_with_its_place(sluice, text, said):
    result = sluice("--check", text=text)
    assert result.returncode == 2
    assert said in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_fault_in_the_environment(sluice):
    result = sluice("--check", SLUICE_IDLE_TIMEOUT="soon")
    assert result.returncode == 2 and "SLUICE_IDLE_TIMEOUT: 'soon' is not a time" in result.stderr


@pytest.mark.parametrize("option, nearest", [
    ("--prot", "--port"), ("--worker-s", "--workers"), ("--idel-timeout=3s", "--idle-timeout")])
def test_an_unknown_option_suggests_the_nearest(sluice, option, nearest):
    result = sluice(option, "1")
    assert result.returncode == 2 and f"did you mean '{nearest}'?" in result.stderr


def test_an_option_like_no_other_suggests_nothing(sluice):
    assert "did you mean" not in sluice("--frobnicate").stderr


def test_no_such_file(sluice):
    result = sluice("--check", "-c", "nowhere.conf")
    assert result.returncode == 2 and "nowhere.conf" in result.stderr


def test_check_opens_no_address_but_looks_at_the_folder(sluice, tmp_path):
    result = sluice("--check", "-p", "1", "-b", "192.0.2.1")
    assert (result.returncode, result.stderr) == (0, "")
    result = sluice("--check", text=f"path = {tmp_path}/nowhere")
    assert result.returncode == 1 and "nowhere" in result.stderr


@pytest.mark.parametrize("options, said", [
    (["--access-log", "nowhere/access.log"], "cannot open the log 'nowhere/access.log': No such file or directory"),
    (["--error-log", "."], "cannot open the log '.': Is a directory"),
    (["--access-log", "fifo"], "cannot open the log 'fifo': nobody reads this FIFO"),
    (["--congestion", "pigeon"], "the kernel has no congestion control 'pigeon'"),
    (["-b", "127.0.0.1", "-b", "127.0.0.1:8080"], "'127.0.0.1:8080' is given twice with --bind"),
])
def test_what_would_fail_at_the_start_fails_the_check(sluice, tmp_path, options, said):
    os.mkfifo(tmp_path / "fifo")
    result = sluice("--check", *options)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith(f"sluice: {said}") and result.stderr.count("\n") == 1


def test_the_check_makes_no_log(sluice, tmp_path):
    result = sluice("--check", "--access-log", "new.log")
    assert (result.returncode, result.stderr) == (0, "") and not (tmp_path / "new.log").exists()


def test_a_log_that_nobody_reads_is_an_error_at_once(sluice, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    result = sluice("-p", "0", "--access-log", "fifo")
    assert result.returncode == 1 and "cannot open the log 'fifo': nobody reads this FIFO" in result.stderr


def test_a_server_by_its_file_alone(site, server, tmp_path):
    (site / "a.txt").write_bytes(b"a")
    (tmp_path / "sluice.conf").write_text("quiet = yes\nworkers = 1\n")
    running = server(site, options=["-c", tmp_path / "sluice.conf"])
    assert running.output() == ""
