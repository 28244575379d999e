"""The machine: a network namespace of our own, cores, and what to say about it.

Congestion control decides loopback throughput: bbr's pacing timers cut it to a
third. nginx and lighttpd cannot set it for a socket, so the whole bench moves
into a fresh network namespace whose routes ask for cubic.
"""

import ctypes
import fcntl
import os
import platform
import resource
import socket
import struct
import subprocess
import sys

SERVER_CORE = 0
CLIENT_CORE = 1
PLACE = "/tmp/sluice-bench.lock"
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
# The same advantage for everyone: less noise from whatever else runs here.
PRIORITY = -19


def read_text(path, default=""):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return default


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(probe, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def enter_namespace():
    """True when this process now has a loopback of its own under cubic."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET) != 0:
        return False
    loopback_up()
    # Only the first namespace may make cubic its default where bbr is the
    # system's (tcp_allowed_congestion_control); a route may name it anywhere.
    for network in ("127.0.0.0/8", "127.0.0.1"):
        subprocess.run(["ip", "route", "replace", "local", network, "dev", "lo", "table", "local",
                        "scope", "host", "src", "127.0.0.1", "congctl", "cubic"], check=True)
    return congestion() == "cubic"


def congestion():
    """What a server's accepted socket really has over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            accepted, _ = listener.accept()
            with accepted:
                name = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
            client.close()
    return name.rstrip(b"\0").decode("ascii")


def only_one():
    """Waits until no other run of the bench measures on this machine. Returns what holds the
    place until it is closed."""
    place = open(PLACE, "a", encoding="ascii")
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another run of the bench is measuring: waiting for it", file=sys.stderr, flush=True)
        fcntl.flock(place, fcntl.LOCK_EX)
    return place


def settle(core):
    """For a child, before exec: its core, its priority, enough descriptors."""
    os.sched_setaffinity(0, {core if core < os.cpu_count() else 0})
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        resource.setrlimit(resource.RLIMIT_NOFILE, (65536, 65536))
    except (PermissionError, ValueError):
        pass


def go_first():
    """For a child, before exec: what else runs on its core waits for it, as if it had one alone."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def describe():
    model = [line.split(":", 1)[1].strip()
             for line in read_text("/proc/cpuinfo").splitlines()
             if line.startswith("model name")]
    return {
        "kernel": platform.release(),
        "processor": model[0] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "congestion": congestion(),
        "load": os.getloadavg()[0],
        "server_core": SERVER_CORE,
        "client_core": CLIENT_CORE,
    }
