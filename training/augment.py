"""Augmentation for small data sets, differentiable, applied to real and generated clips alike (Zhao et al. 2020).

What a critic sees is augmented; the generator never learns to draw it. All frames of a clip move together.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.video import fold_time, unfold_time
from training.draws import Draws


def translate(video_BTCHW: Tensor, max_fraction: float, draws: Draws) -> Tensor:
    """Shift each clip by up to `max_fraction` of the side in both directions; edges are repeated."""
    num_frames, side = video_BTCHW.shape[1], video_BTCHW.shape[-1]
    margin = round(side * max_fraction)
    padded = F.pad(fold_time(video_BTCHW), [margin] * 4, mode="replicate")
    padded = unfold_time(padded, num_frames)
    offsets = draws.integers(0, 2 * margin + 1, video_BTCHW.shape[0], 2).tolist()
    return torch.stack([clip[..., y : y + side, x : x + side] for clip, (y, x) in zip(padded, offsets, strict=True)])


def flip(video_BTCHW: Tensor, draws: Draws) -> Tensor:
    """Mirror each clip left to right with probability one half."""
    mirrored_B = draws.uniform(video_BTCHW.shape[0]) < 0.5
    mirrored_B = mirrored_B.to(video_BTCHW.device)[:, None, None, None, None]
    return torch.where(mirrored_B, video_BTCHW.flip(-1), video_BTCHW)


def augment(video_BTCHW: Tensor, translation: float, mirror: bool, draws: Draws) -> Tensor:
    """(B, T, C, H, W) -> the same shape; `translation` is a fraction of the side, 0 for none."""
    if mirror:
        video_BTCHW = flip(video_BTCHW, draws)
    if translation > 0:
        video_BTCHW = translate(video_BTCHW, translation, draws)
    return video_BTCHW
