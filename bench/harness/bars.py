"""The bars of issues 2, 3, 5 and 6, and how a run stands against them."""

from harness import figures
from harness.metrics import METRICS, comparable, values


class Bar:
    """subject's metric in a workload, over another server's (against) or as it is (None)."""

    def __init__(self, issue, workload, metric, must, aim=None, against=None, subject="sluice",
                 at_least=False):
        self.issue = issue
        self.workload = workload
        self.metric = metric
        self.must = must
        self.aim = aim
        self.against = against
        self.subject = subject
        self.at_least = at_least

    @property
    def text(self):
        over = f" over {self.against}'s" if self.against else ""
        return f"{self.workload}: {self.subject}'s {METRICS[self.metric].label}{over}"


def small(workload, must, aim):
    return (Bar(3, workload, "cpu_us_per_request", must, aim, "nginx"),
            Bar(3, workload, "cpu_us_per_request", None, 1.10, "bare-memory"))


def over_tls(workload, metric, must, aim=None):
    return (Bar(6, workload, metric, must, aim, "nginx-tls", "sluice-tls"),)


def guarded(workload, metric):
    return (Bar(5, workload, metric, 1.03, None, "sluice-open"),
            Bar(5, workload, metric, 1.05, None, "sluice-open", "sluice-logged"))


BARS = (
    Bar(2, "bulk-1g", "cpu_s_per_gib", 1.05, None, "bare-sendfile"),
    Bar(2, "bulk-1g", "cpu_s_per_gib", 2.5, None, "sluice-sendfile", "sluice-copy",
        at_least=True),
    Bar(2, "small-1k", "cpu_us_per_request", 1.00, None, "nginx"),
    *small("small-1k", 0.60, 0.50),
    *small("small-4k", 0.60, 0.50),
    *small("small-16k", 0.60, 0.50),
    Bar(3, "many-4k", "cpu_us_per_request", 0.65, 0.50, "nginx"),
    Bar(3, "bulk-1g", "cpu_s_per_gib", 1.03, 1.00, "bare-sendfile"),
    Bar(3, "bulk-128x8m", "cpu_s_per_gib", 1.03, 1.00, "bare-sendfile"),
    Bar(3, "ranges-64k", "cpu_us_per_request", 0.75, 0.65, "nginx"),
    Bar(3, "cold-1", "hot_p99_ms", 1.00, None, "nginx-aio"),
    Bar(3, "cold-1", "hot_p99_over_quiet", 2.0, 1.2),
    Bar(3, "cold-32", "hot_p99_ms", 1.00, None, "nginx-aio"),
    Bar(3, "cold-32", "hot_p99_over_quiet", 2.0, 1.2),
    Bar(3, "cold-alone", "cold_over_disk", 0.95, 0.98, at_least=True),
    Bar(3, "idle-5000", "bytes_per_connection", 512, 384),
    Bar(3, "slow-500", "cpu_percent", 4.5, 3.8),
    # The same on a machine of any speed: 4.5 and 3.8 over the bare loop's 3.7.
    Bar(3, "slow-500", "cpu_percent", 1.22, 1.03, "bare-sendfile"),
    Bar(3, "slow-500", "memory_mib", 4.0),
    Bar(3, "start", "first_byte_ms", 10, 5),
    Bar(3, "start", "memory_mib", 3.0, 1.5),
    *guarded("guarded-1k", "cpu_us_per_request"),
    *guarded("guarded-16k", "cpu_us_per_request"),
    *guarded("guarded-1g", "cpu_s_per_gib"),
    *over_tls("https-1k", "cpu_us_per_request", 0.75, 0.65),
    *over_tls("https-256m", "cpu_s_per_gib", 0.85),
    *over_tls("handshakes", "cpu_us_per_handshake", 0.90, 0.70),
    *over_tls("h2-1k", "cpu_us_per_request", 0.45),
    Bar(6, "h2-1k", "cpu_us_per_request", None, 1.00, "lighttpd-tls", "sluice-tls"),
    *over_tls("h2-16m", "cpu_s_per_gib", 0.75),
)

# A bar that this bench cannot show on two cores, and why.
WORKERS_NOTE = (
    "two workers against one: not shown. Two workers and the client want three cores; with two, "
    "the client takes half of one worker's core, and the ratio would be the client's."
)


def measure(bar, samples):
    subject = values(samples, bar.workload, bar.subject, bar.metric)
    if not subject:
        return None
    if bar.against is None:
        return figures.level(subject)
    return figures.ratio(*comparable(samples, bar.workload, bar.subject, bar.against, bar.metric))


def judge(samples):
    """One row for every bar whose workload was run: {"issue", "text", "must", "aim", "measured", "verdict", "aim_verdict"}."""
    rows = []
    run = {sample["workload"] for sample in samples}
    for bar in BARS:
        if bar.workload not in run:
            continue
        measured = measure(bar, samples)
        rows.append({
            "issue": bar.issue,
            "text": bar.text,
            "workload": bar.workload,
            "at_least": bar.at_least,
            "must": bar.must,
            "aim": bar.aim,
            "measured": measured,
            "verdict": "" if bar.must is None
                       else figures.verdict(measured, bar.must, bar.at_least),
            "aim_verdict": "" if bar.aim is None
                           else figures.verdict(measured, bar.aim, bar.at_least),
        })
    return rows
