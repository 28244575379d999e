"""The numbers by which the kernel's count of system calls is read."""

import re
import subprocess

# What the kernel's file for machines without old calls (arm64 among them) leaves
# out, and what src/lab/kernel_count.c does about it.
NOT_APART = {"poll"}


def test_every_call_has_a_number_on_newer_machines(project_root):
    names = re.findall(r"^CALL\((\w+)\)", (project_root / "src/transfer/calls.def").read_text(), re.MULTILINE)
    # As arm64's <asm/unistd.h> does.
    source = "#define __ARCH_WANT_NEW_STAT\n#include <asm-generic/unistd.h>\n"
    done = subprocess.run(["cc", "-E", "-dM", "-"], input=source, capture_output=True, text=True, check=True)
    known = set(re.findall(r"#define __NR_(\w+) ", done.stdout))
    # Debian 12's headers are of Linux 6.1; the number is the same everywhere.
    assert set(names) - known - {"cachestat"} == NOT_APART
