"""A running `sluice serve` under test."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from support.ports import lease_port
from support.waiting import wait_until

START_SECONDS = 20
STOP_SECONDS = 20
RELOAD = signal.SIGHUP
SANITIZER_MARKS = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", "runtime error:")


def _children(pid):
    try:
        found = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(child) for child in found]


def _descriptors(pid):
    found = {}
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(entry.name)] = os.readlink(entry)
        except FileNotFoundError:
            pass
    return found


def _is_serve(pid):
    """Not a prefix of ours, nor a `serve --check` on the way."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:2] == [b"serve"] and b"--check" not in words


class Server:
    """Started by the constructor, which returns when it serves.

    folder: None leaves it to a configuration file among the options;
    host, port: where (host is None for a unix socket: see unix_path); process: the
    one that was started and gets signals; pid: of the serving process beneath it;
    stdout_path, stderr_path: files with all it has written; tls: an ssl.SSLContext for
    raw.connect(), where the options have it speak HTTPS."""

    def __init__(self, binary, folder, log_folder, options=(), host="127.0.0.1", unix_path=None,
                 prefix=(), environment=None, pass_fds=(), method=None, tls=None):
        self.host = None if unix_path else host
        self.unix_path = unix_path
        self.tls = tls
        self.tls_http2 = None  # the same for a client of HTTP/2, which says so
        self.folder = pathlib.Path(folder) if folder else None
        self._lease = lease_port()
        self.port = self._lease.port
        self.expect_exit = 0
        self.asked_to_stop = False
        self.stdout_path = pathlib.Path(log_folder) / f"server-{self.port}.out"
        self.stderr_path = pathlib.Path(log_folder) / f"server-{self.port}.err"
        bind = f"unix:{unix_path}" if unix_path else host
        command = [*prefix, str(binary), "serve", *([str(folder)] if folder else []), "-p", str(self.port), "-b", bind]
        if method:
            command += ["--method", method]
        self.command = command + [str(option) for option in options]
        # Told as a manager is: who connects earlier waits, but who counts what it holds, or kills
        # it, must not come earlier. Gone thereafter, so that nobody is told whom nobody reads.
        with (tempfile.TemporaryDirectory() as folder_of_ready,
              socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready):
            ready_path = pathlib.Path(folder_of_ready) / "ready"
            ready.bind(str(ready_path))
            ready.setblocking(False)
            # Some tests have nobody(7) serve.
            for path in (folder_of_ready, ready_path):
                os.chmod(path, 0o777)
            with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                    env={**os.environ, "NOTIFY_SOCKET": str(ready_path), **(environment or {})}, pass_fds=pass_fds)
            try:
                self._wait_until_it_serves(None if "NOTIFY_SOCKET" in (environment or {}) else ready)
                self.pid = self.serving_pids()[-1]
            except BaseException:
                self.kill()
                raise

    def _wait_until_it_serves(self, ready):
        deadline = time.monotonic() + START_SECONDS
        while not self._listens() or not self.serving_pids() or not (ready is None or self._is_told(ready)):
            if self.process.poll() is not None:
                raise AssertionError(f"{self.command} ended with {self.process.returncode}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.command} does not serve:\n{self.output()}")
            time.sleep(0.005)

    @staticmethod
    def _is_told(ready):
        try:
            return b"READY=1" in ready.recv(4096)
        except BlockingIOError:
            return False

    def _listens(self):
        # Asked of the kernel: a connection made to find out would be logged.
        if self.unix_path:
            lines = pathlib.Path("/proc/net/unix").read_text().splitlines()
            return any(line.endswith(" " + str(self.unix_path)) for line in lines)
        ending = f":{self.port:04X}"
        for table in ("tcp", "tcp6"):
            try:
                lines = pathlib.Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()
            except OSError:  # it has ended, or there is no IPv6
                continue
            for line in lines[1:]:
                fields = line.split()
                if fields[1].endswith(ending) and fields[3] == "0A":
                    return True
        return False

    def keeper_pid(self):
        """The process that was started, beneath a prefix such as strace."""
        pid = self.process.pid
        while (children := _children(pid)) and not _is_serve(pid):
            pid = children[0]
        return pid

    def serving_pids(self):
        """Processes that serve, the newest last; more than one after a reload."""
        return [pid for pid in _children(self.keeper_pid()) if _is_serve(pid)]

    @property
    def url(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def output(self):
        """What it wrote so far, stdout then stderr."""
        return self.stdout_path.read_text(errors="replace") + self.stderr_path.read_text(errors="replace")

    def log_lines(self):
        return self.output().splitlines()

    def wait_for_log(self, *parts, seconds=5):
        """The first line with all parts in it, waited for."""
        def found():
            return [line for line in self.log_lines() if all(part in line for part in parts)]

        return wait_until(found, seconds, lambda: f"no line with {parts} in:\n{self.output()}")[0]

    def fds(self):
        """Open descriptors, by number: what each is."""
        return _descriptors(self.pid)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        self.asked_to_stop = self.asked_to_stop or number in (signal.SIGTERM, signal.SIGINT)
        self.process.send_signal(number)

    def reload(self, number=RELOAD, seconds=START_SECONDS):
        """Has another process serve, which is self.pid then; the former ones take nobody any
        more. Not for a quiet server."""
        banners = self._wait_for_banners(1, seconds)
        before = self.serving_pids()
        self.process.send_signal(number)
        # Only then: on the way a --check looks like one that serves.
        self._wait_for_banners(banners + 1, seconds)
        others = wait_until(lambda: [pid for pid in self.serving_pids() if pid not in before], seconds,
                            lambda: "nobody but the former process is there")
        self.pid = others[-1]
        wait_until(lambda: not any(self._accepts(pid) for pid in before), seconds,
                   lambda: "the former process still takes clients")
        return self.pid

    def banners(self):
        return self.output().count("Ctrl-C stops")

    def _wait_for_banners(self, wanted, seconds):
        wait_until(lambda: self.banners() >= wanted, seconds, lambda: f"no other process serves:\n{self.output()}")
        return self.banners()

    def _accepts(self, pid):
        try:
            held = set(_descriptors(pid).values())
        except (FileNotFoundError, ProcessLookupError):
            return False  # it has ended
        lines = [line.split() for table in ("tcp", "tcp6", "unix")
                 for line in pathlib.Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()[1:]]
        # In the tables of TCP 0A is LISTEN, in the one of unix sockets 00010000 is SO_ACCEPTCON.
        inodes = [line[9] for line in lines if line[3] == "0A"] + [line[6] for line in lines if line[3] == "00010000"]
        return any(f"socket:[{inode}]" in held for inode in inodes)

    def wait(self, seconds=STOP_SECONDS):
        """Its exit status, waited for."""
        return self.process.wait(timeout=seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._lease:
            self._lease.release()

    def stop(self):
        """Ends it with SIGTERM and asserts that it ends well. Later calls do nothing."""
        if self._lease is None:
            return
        try:
            # A second one would mean: at once.
            if self.process.poll() is None and not self.asked_to_stop:
                self.signal(signal.SIGTERM)
            try:
                status = self.wait()
            except subprocess.TimeoutExpired:
                raise AssertionError(f"no end {STOP_SECONDS} s after SIGTERM:\n{self.output()}") from None
        finally:
            self.kill()
            self._lease = None
        assert status == self.expect_exit, f"exit status {status}:\n{self.output()}"
        errors = self.stderr_path.read_text(errors="replace")
        assert not any(mark in errors for mark in SANITIZER_MARKS), errors
