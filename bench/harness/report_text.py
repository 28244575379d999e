"""The report on a terminal."""

from harness.bars import WORKERS_NOTE
from harness.digest import NOTES, figure_text, ratio_text
from harness.metrics import METRICS


def columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)


def table_text(table):
    head = ["", *(METRICS[m].label for m in table["metrics"]), f"x {table['against']}"]
    rows = [head]
    for row in table["rows"]:
        cells = [figure_text(m, row["figures"][m]) if m in row["figures"] else ""
                 for m in table["metrics"]]
        rows.append([row["server"], *cells, ratio_text(row["ratio"])])
    return f"{table['workload']}: {table['meaning']}\n{columns(rows)}\n"


def bound_text(value, at_least):
    return "" if value is None else f"{'>=' if at_least else '<='} {value:g}"


def bars_text(bars):
    rows = [["issue", "bar", "measured", "must", "", "aim", ""]]
    for bar in bars:
        rows.append([str(bar["issue"]), bar["text"], ratio_text(bar["measured"]) or "-",
                     bound_text(bar["must"], bar["at_least"]), bar["verdict"],
                     bound_text(bar["aim"], bar["at_least"]), bar["aim_verdict"]])
    return "The bars\n" + columns(rows) + "\n\n" + WORKERS_NOTE + "\n"


def text(digest):
    parts = [table_text(table) for table in digest["tables"]]
    if digest["comparable"]:
        parts.append(bars_text(digest["bars"]))
    else:
        parts.append(f"The system's congestion control is {digest['host']['congestion']} and only "
                     "root can give the bench a network of its own: ratios would lie, and none "
                     "are shown.\n")
    if digest["drifted"]:
        parts.append(f"{digest['drifted']} of {digest['samples']} samples: the machine's speed "
                     "changed by more than 15 % while they were taken, three times over.\n")
    for failure in digest["failures"]:
        parts.append(f"FAILED {failure['workload']} {failure['server']}: {failure['error']}\n")
    return "\n".join(parts + list(NOTES))
