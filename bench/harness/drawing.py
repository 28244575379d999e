"""Plots as SVG, by hand: horizontal bars with their spread."""

import math
from html import escape

ROW = 26
LEFT = 128
WIDTH = 760
RIGHT = 190
LOGARITHMIC_FROM = 100


def kind_of(server):
    """The class that colours a server's bar."""
    if server.startswith("sluice"):
        return "ours"
    return "bare" if server.startswith(("bare", "bulk")) else "rival"


def placement(summaries):
    """A function from values to x: linear from zero, or by powers of ten when one is more than
    a hundred times another; and whether it is the latter."""
    room = WIDTH - LEFT - RIGHT
    largest = max(summary["max"] for summary in summaries) or 1
    least = min(summary["min"] for summary in summaries)
    if least <= 0 or largest / least <= LOGARITHMIC_FROM:
        return (lambda value: LEFT + max(0, value) / largest * room), False
    bottom = math.log10(least) - 0.3
    span = math.log10(largest) - bottom
    return (lambda value: LEFT + (math.log10(value) - bottom) / span * room), True


def bar_row(index, server, summary, place, text):
    y = index * ROW + 8
    x = place(summary["median"])
    low, high = place(summary["min"]), place(summary["max"])
    first, third = place(summary["quartile_low"]), place(summary["quartile_high"])
    middle = y + 8
    label_x = max(x, high) + 8
    return (
        f'<text class="name" x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{escape(server)}</text>'
        f'<rect class="{kind_of(server)}" x="{LEFT}" y="{y}" width="{max(1, x - LEFT):.1f}" '
        f'height="16" rx="2"/>'
        f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<rect class="middle" x="{first:.1f}" y="{middle - 3}" '
        f'width="{max(1, third - first):.1f}" height="6"/>'
        f'<text class="value" x="{label_x:.1f}" y="{y + 12}">{escape(text)}</text>')


def bars(title, rows):
    """rows: (server, summary, text). Box: quartiles; line: all samples."""
    place, logarithmic = placement([summary for _, summary, _ in rows])
    height = len(rows) * ROW + (28 if logarithmic else 10)
    body = "".join(bar_row(index, server, summary, place, text)
                   for index, (server, summary, text) in enumerate(rows))
    if logarithmic:
        body += f'<text class="value" x="{LEFT}" y="{height - 6}">logarithmic scale</text>'
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
            f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="2" y2="{height - 4}"/>{body}</svg>')
