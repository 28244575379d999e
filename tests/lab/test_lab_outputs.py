"""Where a run's results go: checked before it, written whole or not at all, kept when it is interrupted."""

import json
import os
import signal
import stat
import subprocess
import time

import pytest

WORDS = ("-m", "sendfile,copy:4K", "-s", "1M", "--runs", "6")


@pytest.fixture(name="results", scope="module")
def fixture_results(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "results.json"
    lab(*WORDS, "--export-json", path)
    return path


def changed(results, path, change):
    made = json.loads(results.read_text())
    change(made)
    path.write_text(json.dumps(made))
    return path


# ---- Before anything is measured ----

@pytest.mark.parametrize("option", ["--export-json", "--export-csv", "--export-markdown", "--report"])
@pytest.mark.parametrize("command", ["lab", "rerun"])
def test_what_cannot_be_written_is_told_at_once(lab, tmp_path, results, option, command):
    words = ["rerun", results] if command == "rerun" else ["--full"]
    began = time.monotonic()
    said = lab(*words, option, tmp_path / "nowhere/file", code=1)
    assert time.monotonic() - began < 5
    assert "nowhere/file: No such file or directory" in said.stderr and said.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_policy_that_cannot_be_written_is_told_at_once(lab, tmp_path):
    began = time.monotonic()
    said = lab("policy", "--output", tmp_path / "nowhere/policy", code=1)
    assert time.monotonic() - began < 5 and "No such file or directory" in said.stderr


def test_a_folder_is_no_file(lab, tmp_path):
    assert "Is a directory" in lab(*WORDS, "--export-csv", tmp_path, code=1).stderr


@pytest.mark.parametrize("style", ["auto", "none"])
def test_a_baseline_is_read_first(lab, tmp_path, style):
    output = tmp_path / "results.json"
    said = lab(*WORDS, "--style", style, "--baseline", tmp_path / "nowhere", "--export-json", output, code=1)
    assert "No such file" in said.stderr and not output.exists()


def test_two_outputs_are_two_files(lab, tmp_path):
    path = tmp_path / "results"
    assert "two files at once" in lab(*WORDS, "--export-json", path, "--export-csv", path, code=2).stderr


# ---- Writing ----

def test_one_that_fails_leaves_the_others(lab, tmp_path):
    csv = tmp_path / "results.csv"
    said = lab(*WORDS, "--export-json", "/dev/full", "--export-csv", csv, "--report", tmp_path / "report", code=1)
    assert "cannot write /dev/full: No space left on device" in said.stderr
    assert csv.read_text().count("\n") == 13 and (tmp_path / "report/index.html").exists()
    assert "Case 2: " in said.stdout


def test_a_file_is_replaced_whole_and_keeps_its_mode(lab, tmp_path):
    path = tmp_path / "results.json"
    path.write_text("before")
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with open(path) as held:
        lab(*WORDS, "--export-json", link)
        assert held.read() == "before"
    assert link.is_symlink() and json.loads(path.read_text())["cases"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.json", "results.json"]


def test_a_new_file_has_the_usual_mode(results):
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(results.stat().st_mode) == 0o666 & ~mask


def test_results_may_go_to_standard_output(lab):
    said = lab(*WORDS, "--export-json", "-")
    assert len(json.loads(said.stdout)["cases"]) == 2
    assert "Case 2: " in said.stderr


def test_what_is_open_already_is_not_replaced(sluice_binary, tmp_path):
    path = tmp_path / "redirected"
    with open(path, "w+") as output:
        subprocess.run([sluice_binary, "lab", tmp_path, *WORDS, "--style", "none", "--export-json", "/dev/stdout"],
                       stdout=output, check=True, timeout=60)
        output.seek(0)
        assert len(json.load(output)["cases"]) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_baseline_may_be_the_file_that_is_written(lab, tmp_path, results):
    def slow(made):
        for sample in made["cases"][0]["samples"]:
            sample["wall_seconds"] *= 1000
    path = changed(results, tmp_path / "results.json", slow)
    said = lab(*WORDS, "--baseline", path, "--export-json", path)
    assert said.stdout.split("Compared with ")[1].count("  better\n") == 1


# ---- Interrupted ----

def interrupt(words, count, seconds, **options):
    """What a run says that gets so many SIGINT, as Ctrl-C sends them: to all its processes."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options) as process:
        for _ in range(count):
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGINT)
        output, error = process.communicate(timeout=60)
        return process.returncode, output, error


def test_an_interrupted_run_keeps_what_it_has(sluice_binary, lab, tmp_path):
    path = tmp_path / "results.json"
    code, output, error = interrupt(
        [sluice_binary, "lab", tmp_path, "-m", "sendfile,copy:4K", "-s", "1M", "--runs", "100000", "--export-json",
         path], 1, 4)
    assert code == 130
    assert "ending with what was measured; once more ends at once" in error
    assert "Case 2: " in output and "Interrupted: " in output and "Summary" in output
    made = json.loads(path.read_text())
    assert made["interrupted"] is True
    assert all(0 < len(case["samples"]) < 100000 for case in made["cases"])
    assert "Warning: now, the run was interrupted." in lab("compare", path, path).stdout


def test_a_second_interruption_ends_at_once(sluice_binary, tmp_path):
    path = tmp_path / "results.json"
    # A cold giant, of which a sample takes its time; in any case both come within one.
    code, _, _ = interrupt([sluice_binary, "lab", tmp_path, "-m", "sendfile,copy:4K", "-s", "512M", "--cache", "cold",
                            "--runs", "100000", "--export-json", path], 2, .05)
    assert code in (-signal.SIGINT, 130)
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_policy_of_an_interrupted_run(sluice_binary, tmp_path):
    path = tmp_path / "policy"
    code, output, error = interrupt(
        [sluice_binary, "lab", "policy", tmp_path, "--runs", "10000", "--output", path], 1, 4)
    assert code == 130 and output == "" and not path.exists()
    assert "too few runs for a policy" in error


def test_a_policy_needs_runs_enough(lab):
    assert "a number from 6 to" in lab("policy", "--runs", 5, code=2).stderr


# ---- Files that others wrote ----

@pytest.mark.parametrize("member, value", [("size_bytes", 0), ("size_bytes", 1 << 41), ("connections", 0),
                                           ("connections", 1_000_000_000), ("buffer_bytes", 1 << 40)])
def test_what_the_options_refuse_is_refused_in_a_file(lab, tmp_path, results, member, value):
    path = changed(results, tmp_path / "results.json", lambda made: made["cases"][0].update({member: value}))
    assert f"'{member}' is missing or out of range" in lab("rerun", path, code=1).stderr


def test_a_method_of_another_version_is_skipped(lab, tmp_path, results):
    path = changed(results, tmp_path / "results.json", lambda made: made["cases"][0].update({"method": "teleport"}))
    assert "this sluice has no such method" in lab("rerun", path).stdout


def test_another_machine_must_be_named(lab, tmp_path, results):
    path = changed(results, tmp_path / "results.json", lambda made: made["cases"][0].update({"path": "remote"}))
    assert "nobody said which machine receives" in lab("rerun", path).stdout


def test_a_strangers_file_steers_no_terminal(lab, tmp_path, results):
    def steer(made):
        made["environment"]["kernel"] = "Linux \033]0;title\007\u009b31m äöü"
        made["cases"][0]["note"] = "a\rb"
        made["skipped"] = [{**made["cases"][0], "reason": "\033[2J"}]
    path = changed(results, tmp_path / "results.json", steer)
    said = lab("compare", results, path).stdout
    assert "now Linux ?]0;title???31m äöü\n" in said
    path.write_text("\033[2J")
    assert "\033" not in lab("compare", results, path, code=1).stderr


def test_errors_name_the_file_and_the_schema(lab, tmp_path, results):
    path = changed(results, tmp_path / "results.json", lambda made: made.update({"schema": "sluice-lab/9"}))
    for command in (["report"], ["rerun"], ["compare", results]):
        said = lab(*command, path, code=1).stderr
        assert f"{path}: its schema is 'sluice-lab/9', and this sluice reads sluice-lab/1 only" in said
