"""What all tests share. SLUICE_BUILD_DIR (absolute) says which build is tested."""

import os

import pytest

from support import files, raw, turnstile
from support.build import ROOT, build_dir
from support.certificates import Authority
from support.server import Server

# A bug found while a test ran must end the program, and be seen.
os.environ.setdefault("ASAN_OPTIONS", "halt_on_error=1:abort_on_error=0:detect_leaks=1:strict_string_checks=1:allocator_may_return_null=1")
os.environ.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")


@pytest.fixture(scope="session")
def project_root():
    return ROOT


@pytest.fixture(scope="session", name="build_dir")
def build_dir_fixture():
    return build_dir()


@pytest.fixture(scope="session")
def sluice_binary():
    """The program; without it, a failure: `make test` builds it first."""
    binary = build_dir() / "sluice"
    assert binary.exists(), f"{binary} is not there: run make build"
    return binary


@pytest.fixture(scope="session")
def has_sanitizers():
    """Whether the build under test has AddressSanitizer: slower, and more memory."""
    library = build_dir() / "build.ninja"
    return "-fsanitize=address" in library.read_text()


@pytest.fixture
def server(sluice_binary, tmp_path_factory):
    """Makes servers: server(folder, options=["--workers", "1"], method="sendfile", host="::1",
    unix_path=..., prefix=["prlimit", ...]). Each is stopped at the test's end, which fails when it
    does not exit 0 on SIGTERM or when a sanitizer spoke."""
    servers = []

    def start(folder, **arguments):
        started = Server(sluice_binary, folder, tmp_path_factory.mktemp("log"), **arguments)
        servers.append(started)
        return started

    yield start
    problems = []
    for started in servers:
        try:
            started.stop()
        except AssertionError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Signs certificates, which its client_context() trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def localhost_pair(authority):
    return authority.sign("DNS:localhost", "IP:127.0.0.1")


@pytest.fixture
def secure_server(server, authority, localhost_pair):
    """As server, over TLS, with a certificate for localhost."""

    def start(folder, options=(), **arguments):
        arguments.setdefault("tls", authority.client_context())
        return server(folder, options=[*localhost_pair.options(), *options], **arguments)

    return start


@pytest.fixture
def site(tmp_path):
    """An empty folder to serve."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def random_file(site):
    """Makes files below site: random_file("a/b.bin", 4096) -> (path, sha256)."""

    def make(name, size, seed=None):
        path = site / name
        return path, files.write_random(path, size, seed)

    return make


@pytest.fixture
def raw_request():
    return raw.raw_request


@pytest.fixture
def parse_response():
    return raw.parse_response


def pytest_collection_modifyitems(items):
    """The longest first, and last those at whose gate the others would wait."""

    def turn(item):
        limit = item.get_closest_marker("timeout")
        return bool(item.get_closest_marker("alone")), -(limit.args[0] if limit else 0)

    items.sort(key=turn)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    # Outermost, so that a test's timeout does not count the time it waits here.
    if not hasattr(item.config, "workerinput"):
        yield
        return
    with turnstile.passed(build_dir(), bool(item.get_closest_marker("alone"))):
        yield
