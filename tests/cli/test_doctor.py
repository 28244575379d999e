"""`sluice doctor` against what the kernel itself says, and in a process that
may not do everything."""

import ctypes
import errno
import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import socket
import struct
import subprocess
import termios

import pytest

KEYS = ["name", "title", "state", "value", "meaning", "remedy"]
NAMES = {
    "auto", "file_system", "openat2", "residency", "o_direct", "rwf_dontcache",
    "so_zerocopy", "ktls", "congestion_control", "tcp_wmem", "somaxconn",
    "io_uring", "landlock", "seccomp",
    "open_files", "locked_memory", "optmem_max", "pipe_pages",
    "library_tls", "library_passwords", "library_qrcode", "library_compress", "library_lab",
}
LANDLOCK_CREATE_RULESET = 444
CACHESTAT = 451

libc = ctypes.CDLL(None, use_errno=True)


class Report:
    def __init__(self, done):
        self.code = done.returncode
        self.error = done.stderr
        self.root = json.loads(done.stdout)
        self.checks = {check["name"]: check for check in self.root["checks"]}

    def __getitem__(self, name):
        return self.checks[name]

    def state(self, name):
        return self.checks[name]["state"]


@pytest.fixture(scope="module", name="command")
def fixture_command(sluice_binary):
    return [sluice_binary, "doctor"]


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    (tmp_path / "file").write_bytes(os.urandom(100_000))
    return tmp_path


def run(command, *arguments, prefix=(), **options):
    return subprocess.run(
        [str(word) for word in (*prefix, *command, *arguments)],
        capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.fixture(name="doctor")
def fixture_doctor(command):
    def examine(path, prefix=()):
        done = run(command, "--json", path, prefix=prefix)
        assert "Sanitizer" not in done.stderr, done.stderr
        return Report(done)
    return examine


@pytest.fixture(name="confined")
def fixture_confined(doctor, build_dir, folder):
    """confined("io_uring_setup=EPERM"): a report made where that call fails."""
    def examine(*rules, path=folder):
        return doctor(path, prefix=[build_dir / "tests/cli/confine", *rules, "--"])
    return examine


# ---- The report ----

def test_report_has_every_check_once_with_all_its_keys(doctor, folder):
    report = doctor(folder)
    assert report.code == 0, report.error
    names = [check["name"] for check in report.root["checks"]]
    assert len(names) == len(set(names))
    assert NAMES <= set(names)
    assert {"method_copy", "method_sendfile"} <= set(names)
    for check in report.root["checks"]:
        assert list(check) == KEYS
        assert check["state"] in ("ok", "missing", "note")
        assert check["value"] and check["meaning"] and check["title"]
        if check["state"] == "ok":
            assert check["remedy"] is None
        if check["state"] == "missing":
            assert check["remedy"] and "\n" not in check["remedy"]
    assert report.root["path"] == str(folder)
    assert report.root["kernel"] == os.uname().release


def test_text_says_the_same_without_colour(command, doctor, folder):
    report = doctor(folder)
    done = run(command, folder)
    assert done.returncode == 0 and done.stderr == ""
    assert "\033" not in done.stdout
    lines = done.stdout.splitlines()
    marker = {"ok": "OK", "missing": "missing", "note": "note"}
    for check in report.root["checks"]:
        if check["name"].startswith("method_") or check["name"] == "auto":
            continue
        wanted = f"  {marker[check['state']]:<8}{check['title']:<19} {check['value']} - "
        line = next(line for line in lines if line.startswith(wanted))
        assert line.endswith(check["meaning"])
        if check["remedy"]:
            assert lines[lines.index(line) + 1].strip() == f"-> {check['remedy']}"


def on_terminal(command, folder, environment, columns):
    """What it prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    with subprocess.Popen([*map(str, command), str(folder)], stdout=theirs, env=environment) as program:
        os.close(theirs)
        output = b""
        try:
            while chunk := os.read(ours, 65536):
                output += chunk
        except OSError:  # EIO: the other side is closed
            pass
        assert program.wait(60) == 0
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("no_color, coloured", [(None, True), ("1", False), ("", True)])
def test_colour_is_for_terminals(command, folder, no_color, coloured):
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    if no_color is not None:
        environment["NO_COLOR"] = no_color
    output = on_terminal(command, folder, environment, 200)
    assert ("\033[32mOK" in output) == coloured
    assert ("\033" in output) == coloured


@pytest.mark.parametrize("columns", [80, 120])
def test_lines_fit_the_terminal(command, folder, columns):
    output = on_terminal(command, folder, {**os.environ, "NO_COLOR": "1"}, columns)
    header, _, rest = output.partition("\n")
    assert str(folder) in header
    lines = [line for line in rest.splitlines() if not re.search(r"\S{30}", line)]
    assert lines and max(len(line) for line in lines) <= columns
    # The same words as on no terminal.
    done = run(command, folder)
    words = [word for word in done.stdout.split() if not word[0].isdigit()]
    assert [word for word in output.split() if not word[0].isdigit()] == words


def test_report_into_a_full_disk_fails(command, folder):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [*map(str, command), str(folder)], stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=60, check=False)
    assert done.returncode == 1
    assert "cannot print" in done.stderr


# ---- PATH ----

def test_path_that_is_not_there(command):
    done = run(command, "/not/there")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "sluice doctor: cannot serve /not/there: No such file or directory\n"


def test_fifo_and_device_do_not_hang(command, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, "/dev/null"):
        done = run(command, path)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1 and "regular file" in done.stderr


def test_folder_with_nothing_but_a_fifo(doctor, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    report = doctor(tmp_path)
    assert report.code == 0
    assert report.state("method_copy") == "ok"
    assert [path.name for path in tmp_path.iterdir()] == ["fifo"]


def test_single_file(doctor, folder):
    assert doctor(folder / "file").state("method_sendfile") == "ok"


# ---- Agreement with the kernel ----

def test_landlock_version_is_the_kernels(doctor, folder):
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    check = doctor(folder)["landlock"]
    if version > 0:
        assert (check["state"], check["value"]) == ("ok", f"ABI {version}")
    else:
        assert check["state"] == "missing"


@pytest.mark.parametrize("name, path", [
    ("optmem_max", "net/core/optmem_max"), ("somaxconn", "net/core/somaxconn"),
    ("tcp_wmem", "net/ipv4/tcp_wmem"), ("pipe_pages", "fs/pipe-user-pages-soft")])
def test_settings_are_the_kernels(doctor, folder, name, path):
    file = pathlib.Path("/proc/sys", path)
    value = doctor(folder)[name]["value"]
    if not file.exists():
        assert "not visible" in value
        return
    expected = file.read_text().split()[-1]
    assert value.split()[0] == ("unlimited" if (name, expected) == ("pipe_pages", "0") else expected)


def test_congestion_control_is_the_kernels(doctor, folder):
    chosen, available = (
        pathlib.Path(f"/proc/sys/net/ipv4/tcp_{name}").read_text().strip()
        for name in ("congestion_control", "available_congestion_control"))
    assert doctor(folder)["congestion_control"]["value"].startswith(
        f"{chosen} (available: {available})")


def test_file_system_is_the_mounts(doctor, folder):
    expected = subprocess.run(
        ["findmnt", "-n", "-o", "FSTYPE,TARGET", "-T", folder],
        capture_output=True, text=True, check=True).stdout.split()
    report = doctor(folder)
    assert report.root["file_system"] == expected[0]
    assert report["file_system"]["value"].startswith(f"{expected[0]}, mounted on {expected[1]}")


def test_cachestat_is_the_kernels(doctor, folder):
    question, answer = (ctypes.c_uint64 * 2)(0, 4096), (ctypes.c_uint64 * 5)()
    with open(folder / "file", "rb") as file:
        known = libc.syscall(CACHESTAT, file.fileno(), question, answer, 0) == 0
    assert (doctor(folder)["residency"]["value"] == "by cachestat") == known


def test_ktls_is_the_kernels(doctor, folder):
    TCP_ULP = 31
    with socket.create_server(("127.0.0.1", 0)) as server, \
            socket.create_connection(server.getsockname()) as client:
        try:
            client.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls\0")
            attached = 0
        except OSError as problem:
            attached = problem.errno
    check = doctor(folder)["ktls"]
    if attached == 0:
        assert "TLS 1.3 with" in check["value"] or "keys refused" in check["value"]
    else:
        assert check["state"] == "missing" and os.strerror(attached) in check["value"]
    if attached == errno.ENOENT:
        assert "modprobe tls" in check["remedy"]


# ---- Where not everything is allowed ----

def test_io_uring_forbidden_by_a_container(confined):
    report = confined("io_uring_setup=EPERM")
    assert report.code == 0
    assert report.state("io_uring") == "missing"
    assert report.state("method_uring") == "missing"
    assert report.state("auto") == "ok"
    assert os.strerror(errno.EPERM) in report["io_uring"]["value"]
    setting = pathlib.Path("/proc/sys/kernel/io_uring_disabled")
    if not setting.exists() or setting.read_text().strip() == "0":
        assert "seccomp" in report["io_uring"]["remedy"]


def test_io_uring_not_in_the_kernel(confined):
    report = confined("io_uring_setup=ENOSYS")
    assert report.state("io_uring") == "missing"
    assert "CONFIG_IO_URING" in report["io_uring"]["remedy"]


def test_residency_falls_back_without_cachestat(confined):
    report = confined(f"{CACHESTAT}=ENOSYS")
    assert report.code == 0
    assert report.state("residency") == "note"
    assert report["residency"]["value"].startswith("by RWF_NOWAIT")
    assert "6.5" in report["residency"]["remedy"]


def test_residency_unknown_without_either(confined):
    report = confined(f"{CACHESTAT}=EPERM", "preadv2=EOPNOTSUPP")
    assert report.state("residency") == "missing"
    assert report["residency"]["value"].startswith("unknown")
    assert report["residency"]["remedy"]


def test_auto_falls_back_without_sendfile(confined):
    report = confined("sendfile=ENOSYS")
    assert report.code == 0
    assert report.state("method_sendfile") == "missing"
    assert report.state("method_copy") == "ok"
    assert report.state("auto") == "note"
    assert "sendfile gives way" in report["auto"]["value"]


@pytest.mark.parametrize("rule, word", [
    ("landlock_create_ruleset=EOPNOTSUPP", "lsm="),
    ("landlock_create_ruleset=ENOSYS", "5.13"),
    ("landlock_create_ruleset=EPERM", "seccomp")])
def test_landlock_remedies(confined, rule, word):
    check = confined(rule)["landlock"]
    assert check["state"] == "missing" and word in check["remedy"]


def test_sockets_that_may_set_nothing(confined):
    report = confined("setsockopt=EPERM")
    assert report.code == 0
    for name in ("so_zerocopy", "ktls"):
        assert report.state(name) == "missing"
        assert "seccomp" in report[name]["remedy"]


def test_a_filter_is_seen(confined, doctor, folder):
    assert "already active" in confined("reboot=EPERM")["seccomp"]["value"]
    if "Seccomp:\t0" in pathlib.Path("/proc/self/status").read_text():
        assert doctor(folder)["seccomp"]["value"] == "available"


def test_nothing_is_served_without_openat2(confined):
    report = confined("openat2=ENOSYS")
    assert report.code == 1
    assert report.state("openat2") == "missing"
    assert re.fullmatch(r"sluice doctor: cannot serve .*: openat2 is missing\n", report.error)


def test_no_sockets_at_all(confined):
    report = confined("socket=EPERM")
    assert report.code == 0
    assert report.state("method_copy") == "note"
    assert "no connection" in report["ktls"]["value"]


@pytest.mark.parametrize("option, name, low", [
    ("--nofile=100:300", "open_files", 300), ("--memlock=65536:", "locked_memory", 65536)])
def test_low_limits(doctor, folder, option, name, low):
    check = doctor(folder, prefix=["prlimit", option])[name]
    assert check["state"] == "note" and check["value"].startswith(f"{low} ")
    assert "ulimit" in check["remedy"]


def test_the_hard_limit_of_files_counts(doctor, folder):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    check = doctor(folder, prefix=["prlimit", "--nofile=64:"])["open_files"]
    assert check["value"].split()[0] == str(hard)
