"""Is a generated clip a copy of a training clip? Its nearest neighbour, as a figure and as a picture of pairs.

Distances are those of `pose_distances` at 16 pixels a side: blind to tint, brightness and contrast. Every clip of the
training split is decoded once; of a set with more than `MOST_CLIPS`, so many are taken, evenly spaced.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.video import fold_time, from_uint8, to_uint8, unfold_time
from training.data.shards import ShardedClips
from training.metrics.diversity import normalised_luma
from training.pictures import caption, save_picture, tile
from training.samples import sheet

PICTURE = "nearest.png"
"""In a run's folder, where a release was measured: not in the release, since many sets forbid to hand clips on."""
SIDE = 16
START_EVERY = 2
MOST_CLIPS = 4000
FRAMES_AT_ONCE = 128  # at full size, as floats
SHOWN_PAIRS = 8


def nearest_training_clips(video_NTCHW: Tensor, train: ShardedClips) -> tuple[Tensor, list[tuple[int, int]]]:
    """For each clip its distance to the nearest window of the training clips, (N,) float64, and that window's (clip
    index, start). Every second start of every compared clip counts."""
    signals = _signals(_small(video_NTCHW))
    best = torch.full((len(signals),), float("inf"), dtype=torch.float64)
    where: list[tuple[int, int]] = [(0, 0)] * len(signals)
    in_window = torch.arange(0, train.span_frames, train.frame_stride)
    for index in compared_clips(train):
        starts = torch.arange(0, train.num_starts(index), START_EVERY)
        parts = train.whole(index).split(FRAMES_AT_ONCE)
        frames_LCHW = torch.cat([_small(from_uint8(part)[None])[0] for part in parts])
        windows = _signals(frames_LCHW[starts[:, None] + in_window])
        nearest, at = (torch.cdist(signals, windows) / signals.shape[1] ** 0.5).min(1)
        for n in (nearest < best).nonzero().flatten().tolist():
            where[n] = (index, int(starts[at[n]]))
        best = torch.minimum(best, nearest)
    return best, where


def compared_clips(train: ShardedClips) -> list[int]:
    """The indices of the training clips that others are compared with."""
    return np.linspace(0, len(train) - 1, min(len(train), MOST_CLIPS)).round().astype(int).tolist()


def measure_memorisation(
    video_NTCHW: Tensor, train: ShardedClips, held_out_NTCHW: Tensor, picture: Path | None = None
) -> dict[str, float]:
    """Mean distance of generated clips to their nearest training windows, that of held-out real clips to theirs, and
    the ratio: near 0 for copies, about 1 for clips as new as those of people whom nobody trained on.

    `picture` is where to draw the first eight clips, each above its nearest training window. It shows training clips:
    keep it to yourself where these may not be handed on.
    """
    both, where = nearest_training_clips(torch.cat([video_NTCHW, held_out_NTCHW]), train)
    generated, held_out = both[: len(video_NTCHW)], both[len(video_NTCHW) :]
    if picture is not None:
        blocks = []
        for clip, window, distance in list(zip(video_NTCHW, where, generated.tolist(), strict=False))[:SHOWN_PAIRS]:
            pair = sheet(torch.stack([to_uint8(clip), train.clip(*window)["frames"]]))
            text = (
                f"generated, above its nearest training clip at {distance:.2f} (held-out clips: {held_out.mean():.2f})"
            )
            blocks.append(np.concatenate([caption(text, pair.shape[1], 16), pair]))
        save_picture(tile(blocks, columns=2), picture)
    return {
        "nearest_distance": generated.mean().item(),
        "nearest_distance_of_held_out": held_out.mean().item(),
        "nearest_distance_over_held_out": (generated.mean() / held_out.mean()).item(),
        "closest_pair": generated.min().item(),
        "compared_training_clips": len(compared_clips(train)),
    }


def _small(video_NTCHW: Tensor) -> Tensor:
    """(N, T, 3, 16, 16)."""
    return unfold_time(F.adaptive_avg_pool2d(fold_time(video_NTCHW.float()), SIDE), video_NTCHW.shape[1])


def _signals(small_NTCHW: Tensor) -> Tensor:
    return normalised_luma(small_NTCHW).flatten(1)
