"""Is a generated clip a copy of a training clip? Its nearest neighbour, as a figure and as a picture of pairs.

Distances are those of `pose_distances` at 16 pixels a side: blind to tint, brightness and contrast.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from dvd_gan.video import fold_time, from_uint8, to_uint8, unfold_time
from training.data.shards import ShardedClips
from training.metrics.diversity import normalised_luma
from training.samples import sheet

SIDE = 16
START_EVERY = 2
SHOWN_PAIRS = 8


def nearest_training_clips(video_NTCHW: Tensor, train: ShardedClips) -> tuple[Tensor, list[tuple[int, int]]]:
    """For each clip its distance to the nearest window of the training clips, (N,) float64, and that window's (clip
    index, start). Every second start of every clip is compared."""
    signals = _signals(video_NTCHW)
    best = torch.full((len(signals),), float("inf"), dtype=torch.float64)
    where: list[tuple[int, int]] = [(0, 0)] * len(signals)
    for index in range(len(train)):
        starts = range(0, train.num_starts(index), START_EVERY)
        windows = torch.stack([train.clip(index, start)["frames"] for start in starts])
        distances_NW = torch.cdist(signals, _signals(from_uint8(windows))) / signals.shape[1] ** 0.5
        nearest, at = distances_NW.min(1)
        for n in (nearest < best).nonzero().flatten().tolist():
            where[n] = (index, starts[int(at[n])])
        best = torch.minimum(best, nearest)
    return best, where


def measure_memorisation(video_NTCHW: Tensor, train: ShardedClips, held_out_NTCHW: Tensor) -> dict[str, float]:
    """Mean distance of generated clips to their nearest training windows, that of held-out real clips to theirs, and
    the ratio: near 0 for copies, about 1 for clips as new as those of people whom nobody trained on."""
    both = nearest_training_clips(torch.cat([video_NTCHW, held_out_NTCHW]), train)[0]
    generated, held_out = both[: len(video_NTCHW)], both[len(video_NTCHW) :]
    return {
        "nearest_distance": generated.mean().item(),
        "nearest_distance_of_held_out": held_out.mean().item(),
        "nearest_distance_over_held_out": (generated.mean() / held_out.mean()).item(),
        "closest_pair": generated.min().item(),
    }


def draw_nearest(video_NTCHW: Tensor, train: ShardedClips, path: Path) -> None:
    """A picture of the first eight clips, each above its nearest training window. It shows training clips: keep it to
    yourself where these may not be handed on."""
    shown = video_NTCHW[:SHOWN_PAIRS]
    _, where = nearest_training_clips(shown, train)
    real = torch.stack([train.clip(*window)["frames"] for window in where])
    pairs = torch.stack([to_uint8(shown), real], dim=1).flatten(0, 1)
    Image.fromarray(sheet(pairs)).save(path)


def _signals(video_NTCHW: Tensor) -> Tensor:
    small = F.adaptive_avg_pool2d(fold_time(video_NTCHW.float()), SIDE)
    return normalised_luma(unfold_time(small, video_NTCHW.shape[1])).flatten(1)
