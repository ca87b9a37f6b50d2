"""Curves as small SVG pictures inside the page: sharp at any width, in the colours of day and night."""

import html
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 8, 20
STYLES = ("chart-real", "chart-drawn")

Points = Sequence[tuple[float, float]]


def line_chart(
    title: str,
    lines: Mapping[str, Points],
    x_label: str,
    marks: Sequence[float] = (),
    first: float = 0,
    last: float | None = None,
) -> str:
    """At most two named lines over a common axis from `first` to `last` (their own end by default), as a <figure>;
    `marks` are places of thin upright lines.

    A line is named in the legend by its colour and its dashes, and told in words, first and last value, to those who
    cannot see it.
    """
    points = [point for line in lines.values() for point in line]
    marks = [mark for mark in marks if mark > first]
    last = max(max(x for x, _ in points), *marks, first + 1) if last is None else last
    low, high = min(y for _, y in points), max(y for _, y in points)
    low, high = (low - 0.5, high + 0.5) if high - low < 1e-9 else (low, high)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - first) / (last - first) * (WIDTH - LEFT - RIGHT),
            TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    shapes = [_rule(*place(first, y), *place(last, y)) for y in (low, high)]
    shapes += [_rule(*place(x, low), *place(x, high)) for x in marks]
    shapes += [_words(LEFT - 4, place(first, y)[1] + 4, f"{y:.3g}", "end") for y in (low, high)]
    shapes += [
        _words(LEFT, HEIGHT - 4, f"{first:,.0f}", "start"),
        _words(WIDTH - RIGHT, HEIGHT - 4, f"{last:,.0f} {x_label}", "end"),
    ]
    for style, line in zip(STYLES, lines.values(), strict=False):
        path = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in line)
        shapes.append(f'<polyline class="{style}" points="{path}"/>')
    told = "; ".join(f"{name}: {line[0][1]:.3g} → {line[-1][1]:.3g}" for name, line in lines.items())
    legend = " ".join(
        f'<span class="{style}">{html.escape(name)}</span>' for style, name in zip(STYLES, lines, strict=False)
    )
    return (
        f'<figure class="chart"><figcaption>{html.escape(title)} {legend}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(f"{title}. {told}")}">'
        f"{''.join(shapes)}</svg></figure>"
    )


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="chart-rule" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _words(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


CSS = """
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 0.5rem 1rem; }
.chart { margin: 0; }
.chart figcaption { font-size: 0.8rem; color: var(--body-text-color); }
.chart figcaption span { padding: 0 0.2rem; border-bottom: 3px solid; }
.chart figcaption .chart-real { border-color: rgb(13 148 136); }
.chart figcaption .chart-drawn { border-color: rgb(217 119 6); border-bottom-style: dashed; }
.chart svg { width: 100%; height: auto; display: block; }
.chart text { font-size: 10px; fill: var(--body-text-color-subdued); }
.chart polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.chart polyline.chart-real { stroke: rgb(13 148 136); }
.chart polyline.chart-drawn { stroke: rgb(217 119 6); stroke-dasharray: 5 3; }
.chart-rule { stroke: #8888; stroke-width: 1; }
"""
