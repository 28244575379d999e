"""docs/PERFORMANCE.md, written from a kept run."""

from harness.bars import WORKERS_NOTE
from harness.digest import NOTES, figure_text, ratio_text
from harness.metrics import METRICS
from harness.report_text import bound_text
from harness.servers import KINDS

HEAD = """\
# Performance

Written by `bench/run --write-docs` from a run of `make bench`; do not edit by hand.

Measured {at} on {processor}, {cores} cores, Linux {kernel}: server on core {server_core}, client
on core {client_core}, loopback in a network namespace of its own, congestion control
{congestion}, one worker, up to {rounds} interleaved rounds. Load average of the machine when the
run ended: {load:.1f} (the bench itself makes about 1.5; more means that others were working). Every body's status and length were
checked, every byte of a first full pass and of a sample of the rest compared.{distance}
"""

DISTANCE = " A cache line took\n{} to {} ns from the server's core to the client's and back."

REPEAT = """\
## Repeat it

```
sudo make bench                          # everything; takes a while
sudo bench/run --quick                   # a tenth of it, for a first look
sudo bench/run --workloads small-1k,bulk-1g --servers sluice,nginx --rounds 9
bench/run --list                         # workloads and servers
```

Each run leaves a JSON with every sample and a page with plots in `bench/results/`. Root is needed
for the network namespace (nginx and lighttpd cannot choose a congestion control) and for the
throttled disk.
"""


def row_text(cells):
    return "| " + " | ".join(cells) + " |"


def table_text(table):
    lines = [f"### {table['workload']}: {table['meaning']}", "",
             row_text(["server", *(METRICS[m].label for m in table["metrics"]),
                       f"x {table['against']}"]),
             "|" + "---|" * (len(table["metrics"]) + 2)]
    for row in table["rows"]:
        cells = [figure_text(m, row["figures"][m]) if m in row["figures"] else ""
                 for m in table["metrics"]]
        lines.append(row_text([row["server"], *cells, ratio_text(row["ratio"])]))
    return "\n".join(lines) + "\n"


def bars_text(bars):
    lines = ["## The bars", "", row_text(["issue", "what", "measured", "must", "", "aim", ""]),
             "|---|---|---|---|---|---|---|"]
    for bar in bars:
        lines.append(row_text([
            str(bar["issue"]), bar["text"], ratio_text(bar["measured"]) or "-",
            bound_text(bar["must"], bar["at_least"]), bar["verdict"],
            bound_text(bar["aim"], bar["at_least"]), bar["aim_verdict"]]))
    return "\n".join(lines) + f"\n\n{WORKERS_NOTE[0].upper()}{WORKERS_NOTE[1:]}\n"


def servers_text(digest):
    used = {row["server"] for table in digest["tables"] for row in table["rows"]}
    lines = ["## The servers", ""]
    lines += [f"- **{kind.name}**: {kind.meaning}" for kind in KINDS.values() if kind.name in used]
    return "\n".join(lines) + "\n"


def document(digest):
    distance = DISTANCE.format(*digest["distance_ns"]) if digest["distance_ns"] else ""
    parts = [HEAD.format(at=digest["at"][:10], rounds=digest["rounds"], distance=distance,
                         **digest["host"]),
             bars_text(digest["bars"]), "## The figures\n"]
    parts += [table_text(table) for table in digest["tables"]]
    parts += [servers_text(digest), "## How to read them\n", "\n\n".join(NOTES) + "\n", REPEAT]
    return "\n".join(parts)
