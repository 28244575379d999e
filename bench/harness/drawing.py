"""Plots as SVG, by hand: horizontal bars with their spread."""

from html import escape

ROW = 26
LEFT = 128
WIDTH = 760
RIGHT = 150


def kind_of(server):
    """The class that colours a server's bar."""
    if server.startswith("sluice"):
        return "ours"
    return "bare" if server.startswith(("bare", "bulk")) else "rival"


def bar_row(index, server, summary, scale, text):
    y = index * ROW + 8
    x = LEFT + summary["median"] * scale
    low, high = LEFT + summary["min"] * scale, LEFT + summary["max"] * scale
    first, third = LEFT + summary["quartile_low"] * scale, LEFT + summary["quartile_high"] * scale
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
    """rows: (server, summary, text). Bars from zero; box: quartiles; line: all samples."""
    largest = max(summary["max"] for _, summary, _ in rows) or 1
    scale = (WIDTH - LEFT - RIGHT) / largest
    height = len(rows) * ROW + 10
    body = "".join(bar_row(index, server, summary, scale, text)
                   for index, (server, summary, text) in enumerate(rows))
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
            f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="2" y2="{height - 4}"/>{body}</svg>')
