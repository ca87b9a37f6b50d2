"""How much moves from one frame to the next."""

import torch
from torch import Tensor


def motion_energy(video_BTCHW: Tensor) -> Tensor:
    """(B, T >= 2, C, H, W) in [-1, 1] -> (B,) float64: mean absolute change from frame to frame, 0 to 2."""
    if video_BTCHW.shape[1] < 2:
        raise ValueError(f"Motion needs clips of at least 2 frames; these have {video_BTCHW.shape[1]}.")
    return video_BTCHW.double().diff(dim=1).abs().mean((1, 2, 3, 4))


def freeze(video_BTCHW: Tensor) -> Tensor:
    """Each clip's first frame repeated: the baseline that a figure about motion must tell from a clip."""
    return video_BTCHW[:, :1].expand_as(video_BTCHW)


def shuffle(video_BTCHW: Tensor) -> Tensor:
    """Each clip's frames in another order, the same for all: the baseline that looks right and moves wrongly."""
    order = torch.randperm(video_BTCHW.shape[1], generator=torch.Generator().manual_seed(0))
    return video_BTCHW[:, order]
