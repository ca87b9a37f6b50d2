"""Curves of what a run logged, as pictures."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from training.watch import DIVERSITY, SINGULAR

GROUPS: list[tuple[str, Callable[[str], bool]]] = [
    ("Losses", lambda name: name.endswith(("_loss", "_shortfall"))),
    ("Critics' scores", lambda name: name.endswith(("_real", "_fake", "_mislabelled")) and "over" not in name),
    ("Error of redrawn clips", lambda name: name == "redrawing_error"),
    ("What noise tells of a clip, in nats", lambda name: name == "noise_nats"),
    ("Gradient norms", lambda name: name.endswith("_gradient_norm")),
    ("Largest singular values", lambda name: name.startswith(SINGULAR)),
    ("Diversity of samples over real", lambda name: name == DIVERSITY),
    ("Class accuracy by the judge", lambda name: name == "judged_class_accuracy"),
    ("Frechet distance by the judge", lambda name: name.startswith("judged_frechet")),
    ("Judged ratios to real clips", lambda name: name.startswith("judged_") and name.endswith("over_real")),
    ("Clips a second", lambda name: name == "clips_per_second"),
]
LOGARITHMIC = {"Gradient norms", "Largest singular values"}


def draw_curves(series: dict[str, tuple[list[int], list[float]]]) -> Iterator[tuple[str, bytes]]:
    """One picture for each group of measurements that the run has: its title and its SVG."""
    for title, belongs in GROUPS:
        names = [name for name in series if belongs(name)]
        if names:
            yield title, _draw(title, {name: series[name] for name in names})


def draw_progress(curves: dict[str, list[list[float]]], path: Path) -> bool:
    """A PNG of what the judge said along a run, from the curves that training.history keeps of it; False, and nothing
    written, where the run had no judge."""
    names = {"class accuracy": "judged_class_accuracy", "Frechet distance to held-out": "judged_frechet_to_held_out"}
    if not all(name in curves for name in names.values()):
        return False
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    for axes, (title, name) in zip(figure.subplots(1, 2), names.items(), strict=True):
        axes.plot(*zip(*curves[name], strict=True), marker=".")
        axes.set(title=title, xlabel="clips seen in this run", ylim=(0, None))
        axes.grid(alpha=0.3)
    figure.savefig(path)
    return True


def _draw(title: str, series: dict[str, tuple[list[int], list[float]]]) -> bytes:
    figure = Figure(figsize=(5.6, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for name, (videos, values) in series.items():
        axes.plot(videos, values, label=name, linewidth=1.2, marker="." if len(values) < 20 else "")
    if title in LOGARITHMIC:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.6)))
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("clips seen", fontsize=8)
    axes.tick_params(which="both", labelsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    return file.getvalue()
