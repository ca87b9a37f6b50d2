"""DVD-GAN's two critics: one looks at single frames, one at motion (paper section 3.1).

Legend: B clips, T frames, K drawn frames, C channels, H and W pixels, N folded frames.
This file's path is written into published checkpoints and must not change.
"""

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from dvd_gan.models.blocks import DiscriminatorBlock
from dvd_gan.models.normalization import SNEmbedding, SNLinear
from dvd_gan.video import fold_time, pool_space, unfold_time

# The first number is the first block's output width, in units of base_width.
PAPER_MULTIPLIERS = {64: [2, 4, 8, 16, 16], 128: [1, 2, 4, 8, 16, 16], 256: [1, 2, 4, 8, 8, 16, 16]}


class ProjectionHead(nn.Module):
    """A linear score plus the inner product with the class embedding (Miyato & Koyama 2018)."""

    def __init__(self, channels: int, num_classes: int):
        super().__init__()
        self.linear = SNLinear(channels, 1)
        self.class_embedding = SNEmbedding(num_classes, channels)

    def forward(self, features_BTC: Tensor, class_ids_B: Tensor) -> Tensor:
        """(B, T, C) float32, (B,) int64 -> (B, T) float32 scores."""
        with torch.autocast(features_BTC.device.type, enabled=False):
            projections_BT = (self.class_embedding(class_ids_B)[:, None] * features_BTC).sum(2)
            return self.linear(features_BTC).squeeze(2) + projections_BT


def sum_over_space(x_NCHW: Tensor) -> Tensor:
    """ReLU, then the sum over all positions: (N, C, H, W) -> (N, C) float32."""
    return F.relu(x_NCHW).float().sum(dim=(2, 3))


def make_blocks(input_resolution: int, widths: list[int], num_3d_blocks: int, in_channels: int = 3) -> nn.ModuleDict:
    """Blocks that halve the resolution, the last one keeping it, keyed by the resolution they read."""
    blocks, channels, resolution = {}, in_channels, input_resolution
    for i, width in enumerate(widths):
        num_dims = 3 if i < num_3d_blocks else 2
        downsample = i < len(widths) - 1
        blocks[f"from_{resolution}px"] = DiscriminatorBlock(channels, width, num_dims, downsample, first=i == 0)
        channels, resolution = width, resolution // 2 if downsample else resolution
    return nn.ModuleDict(blocks)


class SpatialDiscriminator(ModelMixin, ConfigMixin):
    """Scores K single frames at full resolution and sums the scores.

    Args:
        resolution: side of a frame in pixels.
        num_classes: size of the class table.
        base_width: the paper's ch.
        channel_multipliers: output width of each block in units of `base_width`; None takes the paper's list.
        num_frames: K, how many frames of a clip are drawn for it in training (paper: 8).
    """

    @register_to_config
    def __init__(
        self,
        resolution: int = 64,
        num_classes: int = 600,
        base_width: int = 128,
        channel_multipliers: list[int] | None = None,
        num_frames: int = 8,
    ):
        super().__init__()
        widths = [m * base_width for m in channel_multipliers or PAPER_MULTIPLIERS[resolution]]
        self.blocks = make_blocks(resolution, widths, num_3d_blocks=0)
        self.head = ProjectionHead(widths[-1], num_classes)

    def features(self, frames_BKCHW: Tensor) -> Tensor:
        """(B, K, 3, H, W) in [-1, 1] -> (B, K, C) float32: what the head scores, whatever the class."""
        x = fold_time(frames_BKCHW).contiguous(memory_format=torch.channels_last)
        for block in self.blocks.values():
            x = block(x)
        return unfold_time(sum_over_space(x), frames_BKCHW.shape[1])

    def frame_scores(self, frames_BKCHW: Tensor, class_ids_B: Tensor) -> Tensor:
        """(B, K, 3, H, W) in [-1, 1], (B,) int64 -> (B, K) float32, one score a frame, higher is more real."""
        return self.head(self.features(frames_BKCHW), class_ids_B)

    def forward(self, frames_BKCHW: Tensor, class_ids_B: Tensor) -> Tensor:
        """(B, K, 3, H, W), (B,) -> (B,) float32: the frame scores, summed before any hinge."""
        return self.frame_scores(frames_BKCHW, class_ids_B).sum(1)


class TemporalDiscriminator(ModelMixin, ConfigMixin):
    """Scores a 2x2-pooled clip: two 3-D blocks that also halve time, then 2-D blocks; scores summed over steps.

    Args:
        resolution: side of a full frame in pixels; the network sees half of it.
        num_classes: size of the class table.
        base_width: the paper's ch.
        channel_multipliers: output width of each block in units of `base_width`; None takes the paper's list.
        motion_gain: the network also reads each frame's difference from the one before, times this; 0, as in the
            paper, reads the frames only. Moving limbs are a small part of a picture: without it small critics score a
            frozen clip like the clip itself, and nothing learns to move (training/LOG.md, lesson 13).
    """

    NUM_3D_BLOCKS = 2
    MIN_FRAMES = 2**NUM_3D_BLOCKS

    @register_to_config
    def __init__(
        self,
        resolution: int = 64,
        num_classes: int = 600,
        base_width: int = 128,
        channel_multipliers: list[int] | None = None,
        motion_gain: float = 0.0,
    ):
        super().__init__()
        widths = [m * base_width for m in channel_multipliers or PAPER_MULTIPLIERS[resolution]]
        self.blocks = make_blocks(resolution // 2, widths, self.NUM_3D_BLOCKS, 3 if motion_gain == 0 else 6)
        self.head = ProjectionHead(widths[-1], num_classes)

    def features(self, video_BTCHW: Tensor) -> Tensor:
        """(B, T, 3, H, W) in [-1, 1] at full resolution -> (B, T // 4, C) float32: what the head scores.

        Raises ValueError for clips shorter than 4 frames.
        """
        if video_BTCHW.shape[1] < self.MIN_FRAMES:
            raise ValueError(f"The temporal discriminator needs {self.MIN_FRAMES} frames, got {video_BTCHW.shape[1]}.")
        small_BTCHW = pool_space(video_BTCHW)
        if self.config.motion_gain != 0:
            changes_BTCHW = torch.diff(small_BTCHW, dim=1, prepend=small_BTCHW[:, :1])
            small_BTCHW = torch.cat([small_BTCHW, self.config.motion_gain * changes_BTCHW], dim=2)
        x = small_BTCHW.transpose(1, 2).contiguous(memory_format=torch.channels_last_3d)
        num_steps = 1
        for i, block in enumerate(self.blocks.values()):
            if i == self.NUM_3D_BLOCKS:
                num_steps = x.shape[2]
                x = fold_time(x.transpose(1, 2))
            x = block(x)
        return unfold_time(sum_over_space(x), num_steps)

    def step_scores(self, video_BTCHW: Tensor, class_ids_B: Tensor) -> Tensor:
        """(B, T, 3, H, W) in [-1, 1] at full resolution, (B,) int64 -> (B, T // 4) float32, one score a step."""
        return self.head(self.features(video_BTCHW), class_ids_B)

    def forward(self, video_BTCHW: Tensor, class_ids_B: Tensor) -> Tensor:
        """(B, T, 3, H, W), (B,) -> (B,) float32: the step scores, summed before any hinge."""
        return self.step_scores(video_BTCHW, class_ids_B).sum(1)
