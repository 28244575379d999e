"""Boots one of Debian's kernels in a virtual machine under software emulation
and runs a shell script in it, as the first process, with programs of this one.

Needs qemu-system-x86_64, busybox (static) and mke2fs: scripts/setup vm. The kernel is
fetched with apt-get and unpacked, not installed."""

import lzma
import os
import pathlib
import re
import shutil
import subprocess

from support import libraries

SECONDS = 180
FOLDERS = (
    "bin", "dev", "disk", "etc", "lib", "lib/x86_64-linux-gnu", "lib64", "modules", "proc", "srv", "sys", "tmp")

PROLOGUE = """#!/bin/busybox sh
busybox() { /bin/busybox "$@"; }
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox mount -t tmpfs srv /srv
busybox ln -s /proc/self/fd /dev/fd
busybox ip link set lo up
# A module without its dependencies is an error that shall be seen.
modules() { for name in "$@"; do busybox insmod /modules/$name.ko || exit 1; done; }
"""


def missing():
    """Why no machine can be booted here; None when one can."""
    for program in ("qemu-system-x86_64", "busybox", "apt-get", "dpkg-deb", "mke2fs"):
        if not shutil.which(program):
            return f"no {program} (scripts/setup vm)"
    return None


def fetch_kernel(meta_package, folder):
    """The root of the unpacked package, kept in folder from then on. OSError
    when it cannot be fetched."""
    root = folder / meta_package
    if root.exists():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    show = subprocess.run(
        ["apt-cache", "depends", meta_package], capture_output=True, text=True, check=False).stdout
    package = re.search(r"Depends: (linux-image-\S+)", show)
    if not package:
        raise OSError(f"apt knows no {meta_package}")
    fetched = subprocess.run(
        ["apt-get", "-q", "download", package[1]], cwd=folder, capture_output=True, text=True,
        timeout=SECONDS, check=False)
    archives = list(folder.glob(f"{package[1]}_*.deb"))
    if not archives:
        raise OSError(f"{package[1]} cannot be fetched: {fetched.stderr}")
    half = folder / f"{meta_package}.part"
    subprocess.run(["dpkg-deb", "-x", archives[0], half], check=True, timeout=SECONDS)
    archives[0].unlink()
    half.rename(root)
    return root


def cpio(files):
    """An archive in the format newc (initramfs-buffer-format) of {path: bytes};
    None stands for a folder."""
    archive = bytearray()
    entries = [*files.items(), ("TRAILER!!!", b"")]
    for number, (path, content) in enumerate(entries, 1):
        mode = 0o040755 if content is None else 0o100755
        name = path.encode() + b"\0"
        fields = [number, mode, 0, 0, 1, 0, len(content or b""), 0, 0, 0, 0, len(name), 0]
        archive += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        archive += b"\0" * (-len(archive) % 4) + (content or b"")
        archive += b"\0" * (-len(archive) % 4)
    return bytes(archive)


def with_libraries(program):
    """What the program is linked with and what it opens, and what these are linked with, by path."""
    opened = [libraries.path_of(soname) for soname in libraries.on_demand(program)]
    paths = set(opened)
    for file in [program, *opened]:
        listed = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
        paths.update(re.findall(r"(/\S+) \(0x", listed))
    return {path.lstrip("/"): pathlib.Path(path).read_bytes() for path in paths}


def disk_image(path, size):
    """An empty ext4 file system: boot()'s disk, /dev/vda in the machine."""
    with open(path, "wb") as image:
        image.truncate(size)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path], check=True, timeout=SECONDS)
    return path


def initramfs(kernel, script, programs, modules, more):
    """The first file system of a machine, as boot() describes it."""
    files = {name: None for name in FOLDERS}
    files["bin/busybox"] = pathlib.Path(shutil.which("busybox")).read_bytes()
    for program in programs:
        files[f"bin/{program.name}"] = program.read_bytes()
        files.update(with_libraries(program))
    for name in modules:
        found = next(kernel.rglob(f"{name}.ko*"))
        content = found.read_bytes()
        files[f"modules/{name}.ko"] = lzma.decompress(content) if found.suffix == ".xz" else content
    files.update(more or {})
    # Whatever ends the script must end the machine.
    files["script"] = (PROLOGUE + script).encode()
    files["init"] = b"#!/bin/busybox sh\n/bin/busybox sh /script\n/bin/busybox poweroff -f\n"
    return cpio(files)


def boot(kernel, script, programs, modules, folder, files=None, disk=None, seconds=SECONDS):
    """What script prints. programs: installed in /bin; modules: names, found
    in /modules for the script's function of that name; files: {path without
    its first slash: bytes}, in folders that are there; disk: an image; seconds: when
    it is ended at the latest; a machine alone needs a third."""
    first = folder / "initramfs"
    # One processor: the kernel changes its own code as it starts, and an emulator with a thread
    # for each of two lets one of them run the breakpoint that the other has taken away ("Oops: int3").
    first.write_bytes(initramfs(kernel, script, programs, modules, files))
    command = [
        "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "512",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", next(kernel.glob("boot/vmlinuz*")),
        "-initrd", first, "-append", "console=ttyS0 quiet loglevel=1 panic=-1"]
    if disk:
        command += ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
    try:
        printed = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False,
            env={**os.environ, "TMPDIR": str(folder)}).stdout
    except subprocess.TimeoutExpired as late:
        printed = (late.stdout or b"") + b"\n*** the machine did not end in time\n"
    return printed.decode(errors="replace").replace("\r", "")
