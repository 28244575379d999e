"""A run of the bench: rounds, one sample of every server in each, in changing order."""

import random
import sys
import time

from harness import files, reference
from harness.client import WrongBytes
from harness.servers import KINDS, ServerFailed

ATTEMPTS = 3


class Session:
    def __init__(self, places, rounds, quick):
        self.places = places
        self.rounds = rounds
        self.quick = quick
        self.samples = []
        self.skipped = []
        self.failures = []

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def servers_for(self, workload, wanted):
        chosen = []
        for name in workload.servers:
            if wanted and name not in wanted:
                continue
            why = KINDS[name].missing(self.places)
            if why:
                self.skip(workload, name, why)
            else:
                chosen.append(name)
        return chosen

    def skip(self, workload, server, why):
        self.skipped.append({"workload": workload.name, "server": server, "why": why})
        self.say(f"  {workload.name}: {server} left out: {why}")

    def fail(self, workload, server, error):
        self.failures.append({"workload": workload.name, "server": server, "error": str(error)})
        self.say(f"  {workload.name}: {server} FAILED: {error}")

    def run(self, workload, wanted):
        why = workload.missing()
        if why:
            self.skip(workload, "all", why)
            return
        servers = self.servers_for(workload, wanted)
        if not servers:
            return
        self.say(f"{workload.name}: {workload.meaning}")
        files.make(self.places, workload.file_sets)
        servers = [name for name in servers if self.verified(workload, name)]
        for number in range(self.rounds):
            random.Random(number * 7919 + len(workload.name)).shuffle(servers)
            for name in list(servers):
                if not self.measure(workload, name, number):
                    servers.remove(name)
            self.say(f"  round {number + 1} of {self.rounds}")

    def verified(self, workload, server):
        try:
            workload.verify(self.places, server)
            return True
        except (WrongBytes, ServerFailed) as error:
            self.fail(workload, server, error)
            return False

    def measure(self, workload, server, number):
        """One sample, done again when the machine's speed changed meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            before = reference.measure(self.places)
            try:
                metrics = workload.sample(self.places, server, self.quick)
            except (WrongBytes, ServerFailed, ZeroDivisionError) as error:
                self.fail(workload, server, error)
                return False
            bracket = reference.bracket(before, reference.measure(self.places))
            if not bracket["drifted"]:
                break
        self.samples.append({
            "workload": workload.name,
            "server": server,
            "round": number,
            "at": time.time(),
            "attempts": attempt,
            "reference": bracket,
            "metrics": metrics,
        })
        return True
