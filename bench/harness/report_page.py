"""The report as one HTML page with its plots in it."""

from html import escape

from harness import drawing
from harness.bars import WORKERS_NOTE
from harness.digest import NOTES, figure_text, ratio_text
from harness.metrics import METRICS
from harness.report_text import bound_text

STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6875; --paper: #fbfaf7; --line: #d9d5cb;
  --ours: #1f7a8c; --rival: #b9772e; --bare: #9aa3ab; --met: #2c7a3f; --missed: #b3372f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --soft: #98a4b0; --paper: #14191f;
  --line: #333c46; --ours: #46b1c6; --rival: #d99a52; --bare: #6b7680; --met: #68bf7b;
  --missed: #ea7a70; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; }
p.soft, .note { color: var(--soft); margin: .2rem 0 .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
svg { width: 100%; height: auto; margin: .3rem 0 .6rem; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .value { fill: var(--soft); }
.ours { fill: var(--ours); } .rival { fill: var(--rival); } .bare { fill: var(--bare); }
.axis { stroke: var(--line); } .range { stroke: var(--ink); stroke-width: 1; opacity: .7; }
.middle { fill: var(--ink); opacity: .55; }
.met { color: var(--met); } .missed { color: var(--missed); font-weight: 600; }
.legend span { margin-right: 1.2rem; } .legend i { display: inline-block; width: .8em; height: .8em;
  border-radius: 2px; margin-right: .4em; }
"""


def row(cells, tag="td"):
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def table(rows):
    head, *body = rows
    return ('<div class="scroll"><table>' + row(head, "th") + "".join(row(r) for r in body) +
            "</table></div>")


def verdict(text):
    kind = {"met": "met", "missed": "missed"}.get(text, "note")
    return f'<span class="{kind}">{escape(text)}</span>' if text else ""


def bars_section(bars):
    rows = [["issue", "what", "measured", "must", "", "aim", ""]]
    for bar in bars:
        rows.append([bar["issue"], escape(bar["text"]), escape(ratio_text(bar["measured"]) or "-"),
                     escape(bound_text(bar["must"], bar["at_least"])), verdict(bar["verdict"]),
                     escape(bound_text(bar["aim"], bar["at_least"])),
                     verdict(bar["aim_verdict"])])
    return f'<h2>The bars</h2>{table(rows)}<p class="note">{escape(WORKERS_NOTE)}</p>'


def workload_section(entry):
    first = entry["metrics"][0]
    plotted = [(r["server"], r["figures"][first], figure_text(first, r["figures"][first]))
               for r in entry["rows"]]
    rows = [["", *(escape(METRICS[m].label) for m in entry["metrics"]), f"x {entry['against']}"]]
    for r in entry["rows"]:
        cells = [escape(figure_text(m, r["figures"][m])) if m in r["figures"] else ""
                 for m in entry["metrics"]]
        rows.append([r["server"], *cells, escape(ratio_text(r["ratio"]))])
    better = "more" if METRICS[first].more_is_better else "less"
    return (f"<h2>{escape(entry['workload'])}</h2><p class=soft>{escape(entry['meaning'])}. "
            f"{escape(METRICS[first].label)}; {better} is better.</p>"
            f"{drawing.bars(entry['workload'], plotted)}{table(rows)}")


def page(digest):
    machine = digest["host"]
    about = (f"{digest['at']}, {machine['processor']}, {machine['cores']} cores, Linux "
             f"{machine['kernel']}, {machine['congestion']}, {digest['rounds']} rounds")
    legend = "".join(f'<span><i style="background:var(--{kind})"></i>{name}</span>'
                     for kind, name in (("ours", "sluice"), ("rival", "other servers"),
                                        ("bare", "bare loops")))
    sections = [bars_section(digest["bars"])] if digest["comparable"] else []
    sections += [workload_section(entry) for entry in digest["tables"]]
    sections += [f'<p class="note">{escape(note)}</p>' for note in NOTES]
    return ("<!doctype html><html lang=en><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width">'
            f"<title>sluice: the bench</title><style>{STYLE}</style>"
            f"<h1>The bench</h1><p class=soft>{escape(about)}</p>"
            f'<p class="legend">{legend}</p>{"".join(sections)}</html>\n')
