"""What the tests in a virtual machine share."""

import pytest

from support import machine


@pytest.fixture(scope="session")
def debian_kernel(build_dir, has_sanitizers):
    """debian_kernel("linux-image-..."): the unpacked package of a kernel."""
    if machine.missing():
        pytest.skip(f"NOT TESTED IN A VIRTUAL MACHINE: {machine.missing()}")
    if has_sanitizers:
        pytest.skip("the machine has not the memory for it")

    def fetch(meta_package):
        try:
            return machine.fetch_kernel(meta_package, build_dir / "vm")
        except OSError as problem:
            pytest.skip(f"NOT TESTED IN A VIRTUAL MACHINE: {problem}")
    return fetch
