"""The servers, each set up as its own manual advises for static files."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from harness import certificate, host, policy, processes, rivals

PORT_FIRST = 18000


class ServerFailed(Exception):
    """It did not start, or did not answer."""


class Kind:
    """A way to start a server: name, what it is, and its command for (places, port)."""

    def __init__(self, name, meaning, command, needs=None):
        self.name = name
        self.meaning = meaning
        self.command = command
        self.needs = needs or (lambda places: None)

    def missing(self, places):
        """Why it cannot run here, or None."""
        return self.needs(places)


def needs_program(name):
    def check(_places):
        found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        return None if found else f"{name} is not installed"
    return check


def needs_lighttpd_openssl(places):
    if not Path("/usr/lib/lighttpd/mod_openssl.so").exists():
        return "lighttpd-mod-openssl is not installed"
    return needs_program("lighttpd")(places)


def needs_built(name):
    return lambda places: None if places.program(name).exists() else f"{name} is not built"


def needs_sluice(places):
    return None if places.sluice.exists() else f"{places.sluice} is not built"


def sluice(*extra):
    return lambda places, port: [
        places.sluice, "serve", places.root, "-p", str(port), "-b", "127.0.0.1",
        "--workers", "1", "--congestion", "cubic", "-q", *extra]


def sluice_tls(places, port):
    chain, key, _ = certificate.paths(places)
    return sluice("--tls-cert", chain, "--tls-key", key)(places, port)


def bare_epoll(how):
    return lambda places, port: [places.program("bare_epoll"), how, places.root, str(port)]


def bare_bulk(how):
    return lambda places, port: [places.program("bare_bulk"), how, places.root, str(port)]


KINDS = {kind.name: kind for kind in (
    Kind("sluice", "sluice serve, nothing set but one worker and cubic", sluice(), needs_sluice),
    Kind("sluice-copy", "the same with --method copy", sluice("--method", "copy"), needs_sluice),
    Kind("sluice-sendfile", "the same with --method sendfile",
         sluice("--method", "sendfile"), needs_sluice),
    Kind("sluice-memory", "the same with small files from memory up to 16 MiB",
         sluice("--small-file", "16M", "--cache-size", "1G"), needs_sluice),
    Kind("sluice-believing", "the same, believing for an hour that files are unchanged",
         sluice("--cache-valid", "1h"), needs_sluice),
    Kind("sluice-file", "the same with nothing from memory", sluice("--small-file", "0"),
         needs_sluice),
    Kind("sluice-policy", "the same with the policy that sluice lab policy wrote here",
         lambda places, port: sluice("--policy", policy.path(places))(places, port), needs_sluice),
    Kind("sluice-open", "the same with --sandbox off", sluice("--sandbox", "off"), needs_sluice),
    Kind("sluice-logged", "the same with an access log, combined, in a file",
         lambda places, port: sluice("--access-log", places.work / "access.log", "--log-format",
                                     "combined")(places, port), needs_sluice),
    Kind("nginx", "tuned: sendfile, tcp_nopush, open_file_cache, no access log",
         rivals.nginx("sendfile"), needs_program("nginx")),
    Kind("nginx-nodelay", "the same with tcp_nopush off", rivals.nginx("nodelay"),
         needs_program("nginx")),
    Kind("nginx-aio", "the same with aio threads", rivals.nginx("threads"),
         needs_program("nginx")),
    Kind("nginx-directio", "the same with aio threads, directio 8m, output_buffers",
         rivals.nginx("directio"), needs_program("nginx")),
    Kind("lighttpd", "as it comes, keep-alive limits raised, no access log",
         rivals.lighttpd, needs_program("lighttpd")),
    Kind("sluice-tls", "as sluice, with a certificate", sluice_tls, needs_sluice),
    Kind("nginx-tls", "tuned as nginx; ssl_session_cache, http2", rivals.nginx("secure"),
         needs_program("nginx")),
    Kind("lighttpd-tls", "as lighttpd, with mod_openssl", rivals.lighttpd_tls,
         needs_lighttpd_openssl),
    Kind("bare-sendfile", "our bare epoll loop: send(head, MSG_MORE), sendfile",
         bare_epoll("sendfile")),
    Kind("bare-memory", "our bare epoll loop: one send from memory", bare_epoll("memory")),
    Kind("bare-uring", "our bare io_uring loop: one send from memory",
         lambda places, port: [places.program("bare_uring"), places.root, str(port)],
         needs_built("bare_uring")),
    Kind("bulk-copy", "a blocking loop of read and send, 64 KiB", bare_bulk("copy")),
    Kind("bulk-mmap", "a blocking loop of send from a map", bare_bulk("mmap")),
    Kind("bulk-sendfile", "a blocking loop of sendfile", bare_bulk("sendfile")),
)}


class Server:
    """A running server; a context manager that ends it."""

    port_next = PORT_FIRST

    def __init__(self, places, name, before_exec=None, wait=True):
        self.name = name
        self.places = places
        self.port = Server.port_next
        Server.port_next += 1
        self.before_exec = before_exec
        self.wait = wait
        self.process = None

    def start(self):
        command = [str(part) for part in KINDS[self.name].command(self.places, self.port)]
        log = open(self.places.work / f"{self.name}.log", "wb")

        def prepare():
            host.settle(host.SERVER_CORE)
            if self.before_exec:
                self.before_exec()

        with log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=prepare)
        if self.wait:
            self.wait_for_listener()

    def wait_for_listener(self, patience_s=20):
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise ServerFailed(f"{self.name} does not listen; see {self.places.work / self.name}.log")

    @property
    def pid(self):
        return self.process.pid

    def cpu_ns(self):
        return processes.cpu_ns(self.pid)

    def memory(self):
        return processes.memory(self.pid)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            processes.end(self.process)
            raise
        return self

    def __exit__(self, *_):
        processes.end(self.process)
