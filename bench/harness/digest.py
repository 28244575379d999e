"""From samples to the rows that all reports show. Pure."""

from harness import bars, figures
from harness.metrics import METRICS, comparable, set_speeds, values
from harness.servers import KINDS
from harness.workloads import WORKLOADS


def workload_rows(samples, workload):
    """A row a server: {"server", "figures": {metric: summary}, "ratio": {...} or None}."""
    first = workload.metrics[0]
    present = [name for name in KINDS if values(samples, workload.name, name, first)]
    rows = []
    for name in present:
        summaries = {}
        for metric in workload.metrics:
            found = values(samples, workload.name, name, metric)
            if found:
                summaries[metric] = figures.summary(list(found.values()))
        ratio = None
        if name != workload.against and workload.against in present:
            ratio = figures.ratio(*comparable(samples, workload.name, name, workload.against, first))
        rows.append({"server": name, "figures": summaries, "ratio": ratio})
    return rows


def extent(values):
    return (min(values), max(values)) if values else None


def merge(records):
    """One record of several runs: a later one's workloads replace an earlier one's."""
    merged = dict(records[-1])
    for part in ("samples", "failures", "skipped"):
        merged[part] = []
        for record in records:
            run = {sample["workload"] for sample in record["samples"]}
            merged[part] = [entry for entry in merged[part] if entry["workload"] not in run]
            merged[part] += record[part]
    merged["rounds"] = max(record["rounds"] for record in records)
    merged["comparable"] = all(record["comparable"] for record in records)
    return merged


def digest(record):
    """record: what a run kept. Everything a report says, computed from its samples."""
    samples = record["samples"]
    set_speeds(samples)
    tables = []
    for workload in WORKLOADS.values():
        rows = workload_rows(samples, workload)
        if rows:
            tables.append({
                "workload": workload.name,
                "meaning": workload.meaning,
                "metrics": workload.metrics,
                "against": workload.against,
                "rows": rows,
            })
    return {
        "host": record["host"],
        "at": record["at"],
        "rounds": record["rounds"],
        "quick": record["quick"],
        "comparable": record["comparable"],
        "tables": tables,
        "bars": bars.judge(samples),
        "distance_ns": extent([s["reference"]["distance_ns"] for s in samples
                               if "distance_ns" in s["reference"]]),
        "drifted": sum(s["reference"]["drifted"] for s in samples),
        "samples": len(samples),
        "failures": record["failures"],
        "skipped": record["skipped"],
    }


def ratio_text(ratio):
    """"0.58 (0.55-0.61)", with "~" in front when it is too noisy to trust."""
    if ratio is None:
        return ""
    mark = "~" if ratio["noisy"] else ""
    return f"{mark}{ratio['value']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})"


def figure_text(metric, summary):
    """"6.02 [5.98-6.10]": the median and the quartiles."""
    text = METRICS[metric].text
    if summary["samples"] < 2:
        return text(summary["median"])
    return (f"{text(summary['median'])} "
            f"[{text(summary['quartile_low'])}-{text(summary['quartile_high'])}]")


NOTES = (
    "CPU is the scheduler's own count (schedstat) of all threads of the server, normalised by a "
    "fixed piece of work before and after each sample. Over loopback a part of receiving is done "
    "in the context of who sends: the server's figure has some of the client's work in it, and "
    "the client's some of the server's, the same for every server; it pulls ratios towards 1.",
    "Two cores of a virtual machine may be two threads of one real core, neighbours, or far apart, "
    "and change: before and after each sample the time of a cache line to the client's core and back "
    "is taken, and only samples of one placement are compared.",
    "Medians [quartiles]; ratios are of medians, with a 95 % bootstrap interval over whole "
    "rounds. ~ marks those too noisy to trust: fewer than three rounds, or an interval wider "
    "than 15 %.",
)
