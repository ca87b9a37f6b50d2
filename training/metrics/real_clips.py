"""Which windows of real clips the figures are measured on: as many of each class, spread over clips and time."""

import torch
from torch import Tensor

from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips


def class_windows(
    clips: ShardedClips, label: int, num_windows: int, phase: float = 0.0
) -> list[tuple[int, int]]:
    """`num_windows` (clip index, start) pairs of one class, evenly over its clips and then over each clip's length.

    `phase` in [0, 1) shifts the starts: two calls with different phases give interleaved windows. A class with
    fewer distinct windows than asked for gives each of them at least once. Raises ValueError for an absent class.
    """
    members = [index for index, its_label in enumerate(clips.labels) if its_label == label]
    if not members:
        raise ValueError(
            f"The {clips.split} split has no clip of {clips.class_names[label]!r}: a figure by class needs one."
        )
    windows = []
    for place, index in enumerate(members):
        share = (num_windows - place + len(members) - 1) // len(members)
        last = clips.num_starts(index) - 1
        windows += [
            (index, round(last * (step + phase) / max(share - 1 + phase, 1))) for step in range(share)
        ]
    return windows


def balanced_windows(
    clips: ShardedClips, windows_per_class: int, phase: float = 0.0
) -> tuple[Tensor, Tensor]:
    """As many windows of every class -> (N, T, 3, H, W) float32 in [-1, 1] and (N,) int64 labels, by class."""
    picked = [
        clips.clip(index, start)
        for label in range(len(clips.class_names))
        for index, start in class_windows(clips, label, windows_per_class, phase)
    ]
    frames = torch.stack([window["frames"] for window in picked])
    return from_uint8(frames), torch.tensor([window["label"] for window in picked])
