"""`sluice lab --tls`: encrypted cases beside the plain ones, and what they show."""

import csv
import errno
import json
import socket
import ssl
import struct
import subprocess
import threading

import pytest

HELLO = struct.Struct("<12sI")
JOB = struct.Struct("<IIQIIII")
RESULT = struct.Struct("<iIQQQQ")
CONTROL, DATA = 1, 2
TCP_ULP = 31  # linux/tcp.h


@pytest.fixture(name="run", scope="module")
def fixture_run(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    lab("--tls", "-m", "copy:64K,direct,sendfile", "-s", "64K,4M", "-c", "1,4", "--runs", 3, "--seed", 5,
        "--export-json", folder / "results.json", "--export-csv", folder / "results.csv", "--report", folder / "page")
    return folder


@pytest.fixture(name="results")
def fixture_results(run):
    return json.loads((run / "results.json").read_text())


def cases(results, method, tls):
    return [case for case in results["cases"] if (case["method"], case["tls"]) == (method, tls)]


def reasons(results, method, tls):
    return {one["reason"] for one in results["skipped"] if (one["method"], one["tls"]) == (method, tls)}


def why_not_by_kernel():
    """What the kernel says to TCP_ULP on a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            socket.create_connection(listener.getsockname()) as connection:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
        except OSError as error:
            return error.errno
    return 0


def test_encrypted_and_plain_cases_stand_beside_each_other(results):
    for method, tls in (("copy", "none"), ("copy", "user"), ("direct", "user"), ("sendfile", "none")):
        found = cases(results, method, tls)
        assert len(found) == 4 or reasons(results, method, tls), (method, tls)
        for case in found:
            for sample in case["samples"]:
                assert sample["counters"]["bytes_sent"] == case["size_bytes"] * sample["transfers"]
    assert len(cases(results, "copy", "user")) == 4


def test_every_call_is_counted(results):
    """Those as well by which TLS sends: a body of 64 KiB leaves by one at the least."""
    check = results["environment"]["count_check"]
    assert check.startswith(("equal to the kernel's", "not checked"))
    for case in cases(results, "copy", "user"):
        for sample in case["samples"]:
            assert sample["calls"]["sendto"] >= sample["transfers"]
            assert sample["counters"]["system_calls"] == sum(sample["calls"].values())


def test_what_cannot_be_is_listed_with_the_reason(results):
    assert reasons(results, "sendfile", "user") == {"the kernel hands over pages, and OpenSSL wants bytes"}
    for method in ("copy", "sendfile"):
        why = reasons(results, method, "kernel")
        assert bool(why) != bool(cases(results, method, "kernel"))
        if why_not_by_kernel() == errno.ENOENT:
            assert why == {"the tls module is not loaded"}


def test_discarding_and_a_unix_socket_s_kernel_make_no_sense(lab, tmp_path):
    path = tmp_path / "results.json"
    said = lab("--tls", "-m", "copy", "-s", "64K", "--receiver", "discard", "--runs", 1, "--export-json", path)
    assert "copy+tls (64.0 KiB, warm, 1 connection, loopback, discarded): " in said.stdout
    assert [case["tls"] for case in json.loads(path.read_text())["cases"]] == ["none"]
    assert "encrypted bytes away" in lab("rerun", path, "--folder", tmp_path).stdout
    lab("--tls", "-m", "copy", "-s", "64K", "--path", "unix", "--runs", 1, "--export-json", path)
    results = json.loads(path.read_text())
    assert [case["tls"] for case in results["cases"]] == ["none", "user"]
    assert reasons(results, "copy", "kernel") == {"the kernel encrypts what TCP carries only"}
    assert "what TCP carries only" in lab("rerun", path, "--folder", tmp_path).stdout


def test_encryption_is_held_against_the_plain_loop(lab, run):
    said = lab("--tls", "-m", "copy", "-s", "4M", "--runs", 6).stdout
    assert "copy+tls took " in said and " of copy's CPU" in said
    with open(run / "results.csv", newline="") as file:
        assert {line["tls"] for line in csv.DictReader(file)} >= {"none", "user"}
    page = (run / "page" / "index.html").read_text()
    assert "copy+tls 64K" in page
    drawing = (run / "page" / "path-copy-tls-64k-warm-loopback.svg").read_text()
    assert "TLS records" in drawing and ">encrypted<" in drawing


def test_rerun_and_compare_know_it(lab, run, results, tmp_path):
    path = tmp_path / "again.json"
    lab("rerun", run / "results.json", "--folder", tmp_path, "--export-json", path)
    again = json.loads(path.read_text())
    for kind in ("cases", "skipped"):
        assert sorted((case["method"], case["tls"], case["size_bytes"]) for case in again[kind]) == \
            sorted((case["method"], case["tls"], case["size_bytes"]) for case in results[kind])
    said = lab("compare", run / "results.json", path).stdout
    assert said.count("copy+tls 64K (") == len(cases(results, "copy", "user"))
    assert "before only" not in said and "now only" not in said


def test_results_from_before_it_are_plain(lab, run, results, tmp_path):
    results["cases"] = cases(results, "copy", "none")
    results["skipped"] = []
    for case in results["cases"]:
        del case["tls"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(results))
    said = lab("compare", path, run / "results.json").stdout
    assert said.count("copy 64K (") == 4
    results["cases"][0]["tls"] = "rot13"
    path.write_text(json.dumps(results))
    assert "'tls' is missing or out of range" in lab("compare", path, path, code=1).stderr


# ---- What goes over the wire ----

class Client(threading.Thread):
    """A receiver elsewhere that takes one job: plain ones by their bytes, others by TLS."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.spoken = None
        self.received = b""

    def take(self, role):
        connection, _ = self.listener.accept()
        connection.settimeout(20)
        assert HELLO.unpack(connection.recv(HELLO.size, socket.MSG_WAITALL)) == (b"sluice-lab/2", role)
        return connection

    def run(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        with self.take(CONTROL) as control:
            while job := control.recv(JOB.size, socket.MSG_WAITALL):
                _, transfers, size, _, _, tls, _ = JOB.unpack(job)
                with self.take(DATA) as data:
                    if tls:
                        data = trusting.wrap_socket(data)
                        self.spoken = (data.version(), data.cipher()[0], data.getpeercert(binary_form=True))
                    received = b""
                    for _ in range(transfers):
                        data.sendall(struct.pack("<Q", size))
                        received += self.read(data, size)
                self.received = received
                # The digest it cannot know: the run ends here.
                control.sendall(RESULT.pack(0, transfers, 10**9, 10**6, len(received), 0))

    @staticmethod
    def read(data, length):
        received = bytearray()
        while len(received) < length:
            piece = data.recv(length - len(received))
            assert piece
            received += piece
        return bytes(received)


def test_it_is_tls_1_3_with_aes_and_a_new_key_each_time(sluice_binary, tmp_path):
    """A plain case would come first, and end the run as its digest is not known here: so
    this reruns a file that has only the encrypted one."""
    certificates = set()
    plan = tmp_path / "plan.json"
    subprocess.run([sluice_binary, "lab", tmp_path, "--tls", "-m", "copy", "-s", "64K", "--runs", "1", "--style", "none",
                    "--export-json", plan], check=True, timeout=60)
    results = json.loads(plan.read_text())
    results["cases"], results["skipped"] = cases(results, "copy", "user"), []
    for _ in range(2):
        client = Client()
        client.start()
        results["environment"]["to"] = f"127.0.0.1:{client.port}"
        results["cases"][0]["path"] = "remote"
        plan.write_text(json.dumps(results))
        done = subprocess.run([sluice_binary, "lab", "rerun", plan, "--folder", tmp_path], capture_output=True, text=True,
                              timeout=60, check=False)
        assert "the receiver got other bytes than were sent" in done.stderr
        client.join(10)
        assert client.spoken[:2] == ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
        assert len(client.received) == 4 << 20
        certificates.add(client.spoken[2])
    assert len(certificates) == 2
