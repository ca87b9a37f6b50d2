"""BENCHMARKS.md and its plot: each section is replaced by a newer measurement of the same name, the others stay."""

import re
from pathlib import Path

import matplotlib.pyplot as plt

from training.bench.measure import Group

HEAD = """# Benchmarks

Written by `python -m training.bench` (and `python -m tests.browser.page_latency`); every section says on what machine.
Times are medians of rounds in which all rows of a table were run in turn, so that other load slows them alike: trust
the ratios more than the times. Within a round, what takes less than half a second is run several times in a row, and
the median counts. "of conv" is the achieved rate over that of a plain 3x3 convolution (128 channels, 8
maps of 32 px, channels last) of the same dtype in the same run.
"""


def facts_line(facts: dict[str, str]) -> str:
    """The machine in one line."""
    return "; ".join(f"{name}: {value}" for name, value in facts.items()) + "."


def table(group: Group) -> str:
    """A group as a Markdown table under its title."""
    lines = [
        f"### {group.title}",
        "",
        f"{group.note}\n",
        f"| | GFLOP | ms | {group.unit} | GFLOP/s | of conv |{''.join(f' times {name} |' for name in group.baselines)}",
        "| --- " * (6 + len(group.baselines)) + "|",
    ]
    for row in group.rows:
        gflop = "" if row.gflop is None else f"{row.gflop:.2f}"
        rate = "" if row.rate_gflops is None else f"{row.rate_gflops:.0f}"
        share = "" if row.share_of_conv is None else f"{row.share_of_conv:.0%}"
        lines.append(
            f"| {row.name} | {gflop} | {row.seconds * 1000:.1f} | {row.units_per_second:.1f} | {rate} | {share} "
            f"|{''.join(f' {speedup:.2f} |' for speedup in row.speedups)}"
        )
    return "\n".join(lines) + "\n"


def replace_section(path: Path, title: str, body: str) -> None:
    """Write `## title` with this body into the file, in the place of an older section of that title or at the end."""
    text = path.read_text() if path.exists() else HEAD
    section = f"## {title}\n\n{body.strip()}\n"
    old = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    replaced, found = old.subn(lambda _: section + "\n", text, count=1)
    text = replaced if found else text.rstrip() + "\n\n" + section
    path.write_text(text.rstrip() + "\n")


def cost_table(curves: dict[str, list[tuple[int, Group]]]) -> str:
    """Milliseconds of every point of the plot, and of the last form how many times the first's speed."""
    lines = ["| | form | ms | frames/s | of conv | times plain |", "| --- | --- | --- | --- | --- | --- |"]
    for axis, points in curves.items():
        for x, group in points:
            for row in group.rows:
                lines.append(
                    f"| {x} {axis} | {row.name} | {row.seconds * 1000:.1f} | {row.units_per_second:.0f} "
                    f"| {row.share_of_conv:.0%} | {row.speedups[0]:.2f} |"
                )
    return "\n".join(lines) + "\n"


def plot_cost(curves: dict[str, list[tuple[int, Group]]], path: Path) -> None:
    """Milliseconds against length, size and batch, one panel each, on logarithmic axes: slope 1 is linear."""
    figure, panels = plt.subplots(1, len(curves), figsize=(4 * len(curves), 3.4), constrained_layout=True)
    for panel, (axis, points) in zip(panels, curves.items(), strict=True):
        xs = [x for x, _ in points]
        names = [row.name for row in points[0][1].rows]
        for i, name in enumerate(names):
            rows = [next((row for row in group.rows if row.name == name), None) for _, group in points]
            kept = [(x, 1000 * row.seconds) for x, row in zip(xs, rows, strict=True) if row is not None]
            panel.plot(*zip(*kept, strict=True), "o-", color=f"C{i}", label=name)
        panel.set(xscale="log", yscale="log", xlabel=axis, ylabel="ms", xticks=xs)
        panel.set_xticks(xs, [str(x) for x in xs])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def slopes(curves: dict[str, list[tuple[int, Group]]]) -> str:
    """How the time of the last row of each panel grows with length, pixels and clips, in one sentence."""
    parts = []
    for axis, points in curves.items():
        (x0, first), (x1, last) = points[0], points[-1]
        ratio = last.rows[-1].seconds / first.rows[-1].seconds
        amount = (x1 / x0) ** 2 if axis.startswith("side") else x1 / x0
        parts.append(f"{ratio:.1f} times the time for {amount:.0f} times the {'pixels' if 'side' in axis else axis}")
    return "The inference form takes " + ", ".join(parts) + "."
