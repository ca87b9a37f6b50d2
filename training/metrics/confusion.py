"""What a judge takes for what: the confusion matrix, as counts and as a picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from training.data.shards import ShardedClips
from training.metrics.judge import Judge, features_of, probabilities_of
from training.metrics.real_clips import windows_of_class

MOST_NAMED = 40


def confusion_matrix(judge: Judge, clips: ShardedClips, windows_per_class: int) -> Tensor:
    """Counts (N, N) int64: row, the class a window is of; column, the class the judge names.

    `windows_per_class` windows of each class, spread evenly over its clips. Raises ValueError for a class without
    clips.
    """
    num_classes = len(clips.class_names)
    rows = []
    for label in range(num_classes):
        video = windows_of_class(clips, label, windows_per_class)
        named = probabilities_of(judge, features_of(judge, video.split(16))).argmax(1)
        rows.append(torch.bincount(named, minlength=num_classes))
    return torch.stack(rows)


def accuracy_by_class(confusion_NN: Tensor) -> Tensor:
    """Share of each row that lies on the diagonal, (N,) float64 in [0, 1]."""
    return confusion_NN.diagonal().double() / confusion_NN.sum(1)


def draw_confusion(panels: dict[str, Sequence[Sequence[int]]], class_names: Sequence[str], path: Path) -> None:
    """Write matrices side by side as a PNG, each under its title.

    Shown are percentages of each row, darker for more, 0 left blank; with more than 40 classes the colours alone.
    """
    few = len(class_names) <= MOST_NAMED
    side = 2 + 0.42 * min(len(class_names), MOST_NAMED)
    figure = Figure(figsize=(side * len(panels), side), layout="constrained")
    for axes, (title, confusion) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        counts = np.asarray(confusion, dtype=float)
        shares = 100 * counts / counts.sum(1, keepdims=True)
        axes.imshow(shares, cmap=matplotlib.colormaps["Blues"], vmin=0, vmax=100)
        axes.set(xlabel="named by the judge", ylabel="class")
        axes.set_title(title, fontsize=10)
        if few:
            axes.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right", rotation_mode="anchor")
            axes.set_yticks(range(len(class_names)), class_names)
            for row, column in np.argwhere(shares > 0):
                share = shares[row, column]
                colour = "white" if share > 50 else "black"
                axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=colour, fontsize=8)
    figure.savefig(path, dpi=110)
