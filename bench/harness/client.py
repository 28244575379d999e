"""Runs bench_client and reads what it says."""

import json
import subprocess

from harness import files, host


class WrongBytes(Exception):
    """A server sent what it must not."""


class Client:
    """bench_client, connected and warm once the constructor returns. first: before all others
    on the core they share."""

    def __init__(self, places, server, file_set, first=False, **options):
        command = [str(places.program("bench_client")), "--port", str(server.port),
                   "--list", str(files.list_path(places, file_set)),
                   "--cpu", str(host.CLIENT_CORE)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is True:
                command.append(flag)
            elif value not in (False, None):
                command += [flag, str(value)]
        self.name = f"{server.name}, {file_set}"
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: self.settle(first))
        if self.process.stdout.readline().strip() != "ready":
            self.process.wait()
            raise WrongBytes(f"{self.name}: the client could not begin")

    @staticmethod
    def settle(first):
        host.settle(host.CLIENT_CORE)
        if first:
            host.go_first()

    def begin(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self, may_be_wrong=False):
        """What came of it. Raises WrongBytes when an answer was not right."""
        output, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise WrongBytes(f"{self.name}: the client failed")
        result = json.loads(output)
        if result["wrong"] and not may_be_wrong:
            raise WrongBytes(f"{self.name}: {result['wrong']} wrong answers: "
                             f"{result['first_wrong']}")
        return result

    def abandon(self):
        self.process.kill()
        self.process.communicate()


def run(places, server, file_set, **options):
    client = Client(places, server, file_set, **options)
    client.begin()
    return client.end()
