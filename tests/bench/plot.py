"""``docs/benchmarks.svg``: how long each program takes, on a logarithmic scale, for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .measure import Measurement
from .references import PARSE
from .table import seconds, times

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 210, 130, 16, 7, 34

STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .value { fill: #59636e } .tick { fill: #59636e; font-size: 11px }
.grid { stroke: #d1d9e0 } .base { stroke: #9a6700; stroke-dasharray: 4 3; opacity: 0.6 }
.ours { fill: #0969da } .reference { fill: #bf8700 } .peer { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .value, .tick { fill: #9198a1 } .grid { stroke: #3d444d } .base { stroke: #d29922 }
  .ours { fill: #4493f8 } .reference { fill: #d29922 } .peer { fill: #656c76 }
}
"""


def draw(groups: Sequence[tuple[str, Sequence[Measurement]]]) -> str:
    """Return the drawing: one group of bars for each titled list of measurements that have samples."""
    shown = [(title, sorted(_sampled(rows), key=lambda one: one.wall)) for title, rows in groups]
    shown = [(title, rows) for title, rows in shown if rows]
    parts: list[str] = []
    y = 8
    for title, rows in shown:
        parts += _group(title, rows, y)
        y += TOP + len(rows) * (BAR + GAP) + 34
    about = "Wall time, logarithmic scale; ×: times what yaml.CSafeLoader takes to parse the same bytes"
    box = f'viewBox="0 0 {WIDTH} {y + 10}" width="{WIDTH}" height="{y + 10}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{about}">',
        f"<title>{about}</title>",
        f"<style>\n{STYLE}</style>",
        *parts,
        f'<text class="tick" x="8" y="{y}">{about}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _sampled(rows: Sequence[Measurement]) -> list[Measurement]:
    return [one for one in rows if one.counts]


def _group(title: str, rows: Sequence[Measurement], y: int) -> list[str]:
    """Return the bars of one corpus, with the grid of its powers of ten below them."""
    low = math.floor(math.log10(rows[0].wall))
    high = max(low + 1, math.ceil(math.log10(rows[-1].wall)))

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(value) - low) / (high - low)

    top, bottom = y + TOP - 6, y + TOP + len(rows) * (BAR + GAP)
    parts = [f'<text class="title" x="8" y="{y + 14}">{escape(title)}</text>']
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(f'<line class="grid" x1="{at:.1f}" y1="{top}" x2="{at:.1f}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{at:.1f}" y="{bottom + 13}" text-anchor="middle">{_power(power)}</text>')
    base = next((one for one in rows if one.runner == PARSE), None)
    if base:
        parts.append(f'<line class="base" x1="{x(base.wall):.1f}" y1="{top}" x2="{x(base.wall):.1f}" y2="{bottom}"/>')
    for number, one in enumerate(rows):
        at = y + TOP + number * (BAR + GAP)
        end = x(one.wall)
        parts += [
            f'<text x="{LEFT - 8}" y="{at + 12}" text-anchor="end">{escape(one.runner)}</text>',
            f'<rect class="{one.kind}" x="{LEFT}" y="{at}" width="{max(1.0, end - LEFT):.1f}" height="{BAR}" rx="2"/>',
            f'<text class="value" x="{end + 6:.1f}" y="{at + 12}">{escape(_value(one, rows))}</text>',
        ]
    return parts


def _value(one: Measurement, rows: Sequence[Measurement]) -> str:
    base = next((other for other in rows if other.runner == PARSE), None)
    return seconds(one.wall) + (f", {times(one.wall / base.wall)}×" if base and base is not one else "")


def _power(power: int) -> str:
    return f"{10**power} s" if power >= 0 else f"{10 ** (power + 3)} ms" if power >= -3 else f"{10.0 ** (power + 3)} ms"
