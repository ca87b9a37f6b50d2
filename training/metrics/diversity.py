"""How far apart the clips of one class are: in appearance, and in pose whatever the tint and the lighting."""

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)


def appearance_distances(video_BTCHW: Tensor) -> Tensor:
    """(B, T, C, H, W) in [-1, 1] -> (B*(B-1)/2,) float64: rms difference of each pair, 0 to 2."""
    return _rms_distances(video_BTCHW)


def pose_distances(video_BTCHW: Tensor) -> Tensor:
    """(B, T, 3, H, W) -> (B*(B-1)/2,) float64: the same on luminance of mean 0, deviation 1.

    Blind to tint, brightness and contrast; 0 for the same picture, about 1.4 for unrelated ones.
    """
    return _rms_distances(normalised_luma(video_BTCHW))


def normalised_luma(video_BTCHW: Tensor) -> Tensor:
    """(B, T, 3, H, W) -> (B, T, H, W) float64 luminance, each clip's of mean 0 and deviation 1."""
    luma = torch.einsum("btchw,c->bthw", video_BTCHW.double(), torch.tensor(LUMA, dtype=torch.float64))
    std, mean = torch.std_mean(luma, dim=(1, 2, 3), keepdim=True, correction=0)
    return (luma - mean) / std.clamp_min(1e-6)


def _rms_distances(signals: Tensor) -> Tensor:
    if len(signals) < 2:
        raise ValueError("Diversity compares pairs of clips: give at least 2.")
    flat = signals.flatten(1).double()
    return torch.nn.functional.pdist(flat) / flat.shape[1] ** 0.5
