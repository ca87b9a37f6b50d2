"""The only place that knows the layout and the range of clips.

Legend: B clips, T frames, C channels, H and W pixels, Z any per-clip feature.
Clips are (B, T, C, H, W) float in [-1, 1] everywhere; time folds into the batch with the frames of one clip adjacent.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from dvd_gan import clips


def fold_time(video_BTCHW: Tensor) -> Tensor:
    """(B, T, ...) -> (B*T, ...). Frames of one clip stay adjacent."""
    return video_BTCHW.flatten(0, 1)


def unfold_time(frames_NCHW: Tensor, num_frames: int) -> Tensor:
    """(B*T, ...) -> (B, T, ...), the inverse of `fold_time`."""
    return frames_NCHW.unflatten(0, (-1, num_frames))


def per_frame(condition_BZ: Tensor, num_frames: int) -> Tensor:
    """(B, Z) -> (B*T, Z) in the order of `fold_time`, so that each frame meets its own clip's condition."""
    return condition_BZ.repeat_interleave(num_frames, dim=0)


def to_uint8(video_BTCHW: Tensor) -> Tensor:
    """Float clips in [-1, 1], any float dtype -> (B, T, H, W, C) uint8. Rounds; values outside are clamped."""
    scaled = (video_BTCHW.float() + 1).mul(127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).movedim(-3, -1).contiguous()


def from_uint8(frames_BTHWC: Tensor) -> Tensor:
    """(..., H, W, C) uint8 -> (..., C, H, W) float32 in [-1, 1]; `to_uint8` gives the same bytes back."""
    return frames_BTHWC.movedim(-1, -3).float().div(127.5).sub(1)


def pick_frames(video_BTCHW: Tensor, frame_ids_BK: Tensor) -> Tensor:
    """(B, T, C, H, W) and (B, K) int64 frame numbers, one row a clip -> (B, K, C, H, W)."""
    clip_ids_B1 = torch.arange(video_BTCHW.shape[0], device=video_BTCHW.device)[:, None]
    return video_BTCHW[clip_ids_B1, frame_ids_BK]


def draw_frame_ids(num_clips: int, num_frames: int, k: int, generator: torch.Generator | None = None) -> Tensor:
    """(B, min(k, T)) int64: distinct frames, drawn uniformly and anew for each clip (paper section 3.1)."""
    scores_BT = torch.rand(num_clips, num_frames, generator=generator)
    return scores_BT.argsort(dim=1)[:, : min(k, num_frames)].sort(dim=1).values


def pool_space(video_BTCHW: Tensor) -> Tensor:
    """2x2 average pooling of every frame: phi, what the temporal discriminator sees (paper section 3.1)."""
    num_frames = video_BTCHW.shape[1]
    return unfold_time(F.avg_pool2d(fold_time(video_BTCHW), 2), num_frames)


def as_given(frames: np.ndarray | Tensor | Sequence[Image.Image], needed: int, side: int) -> Tensor:
    """The last `needed` frames as a model is given them, (1, F, 3, H, W) float32 in [-1, 1], their middle squares
    `side` pixels wide. Takes what `clips.as_uint8` takes, and (T, 3, H, W) tensors; ValueError for fewer frames."""
    if isinstance(frames, Tensor):
        frames = frames.detach().movedim(-3, -1).cpu().numpy()
    frames_THWC = clips.as_uint8(frames)
    if len(frames_THWC) < needed:
        raise ValueError(f"This checkpoint continues {needed} frames or more; {len(frames_THWC)} were given.")
    return from_uint8(torch.from_numpy(clips.fit_square(frames_THWC[-needed:], side)))[None]
