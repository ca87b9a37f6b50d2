"""Which windows of real clips are measured: as many of each class, spread over its clips and over time."""

import torch
from torch import Tensor

from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips


def class_windows(clips: ShardedClips, label: int, num_windows: int, phase: float = 0.0) -> list[tuple[int, int]]:
    """(clip index, start) of `num_windows` windows of a class, evenly over its clips, then over their length.

    `phase` in [0, 1) shifts the starts by a part of their spacing: two phases give two interleaved sets.
    Where a class has fewer distinct windows than asked for, some come more than once. Raises ValueError for
    a class without clips.
    """
    members = [index for index, its_label in enumerate(clips.labels) if its_label == label]
    if not members:
        raise ValueError(
            f"The {clips.split} split has no clip of {clips.class_names[label]!r} that is long enough: the "
            "figures need one of each class."
        )
    windows = []
    for place, index in enumerate(members):
        share = (num_windows - place + len(members) - 1) // len(members)
        windows += [(index, int((step + phase) / share * clips.num_starts(index))) for step in range(share)]
    return windows


def windows_of_class(clips: ShardedClips, label: int, num_windows: int, phase: float = 0.0) -> Tensor:
    """The windows that `class_windows` names -> (N, T, 3, H, W) float32 in [-1, 1]."""
    picked = [clips.clip(*window)["frames"] for window in class_windows(clips, label, num_windows, phase)]
    return from_uint8(torch.stack(picked))
