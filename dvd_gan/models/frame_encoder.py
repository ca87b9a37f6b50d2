"""DVD-GAN-FP's encoder: a few given frames in, the first state of every recurrent unit out (paper section 4).

Legend: B clips, F given frames, C channels, H and W pixels.
This file's path is written into published checkpoints and must not change.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from dvd_gan.models.blocks import DiscriminatorBlock
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.normalization import SNConv
from dvd_gan.video import fold_time, unfold_time

STATE_RESOLUTION = 4


@dataclass(frozen=True)
class Reading:
    """What an encoder tells a generator of given frames."""

    states: list[Tensor | None]
    """One a stage, (B, C_i, 4 * 2**i, 4 * 2**i), or None where there is no recurrent unit; then the last given frame,
    (B, 3, H, W), if the generator keeps parts of it."""
    class_embeddings_BE: Tensor
    """Those of all classes, mixed by how likely each is; that of class 0 from an encoder that reads no classes."""
    class_logits_BK: Tensor | None
    """float32, the logarithms of how likely each class is up to a constant a clip; None where no classes are read."""


class FrameEncoder(ModelMixin, ConfigMixin):
    """Residual blocks of the discriminators' kind read each given frame by itself; after every block the frames'
    features are stacked on channels, and a 3x3 convolution and a ReLU make of them the state of the recurrent unit of
    that resolution.

    Args:
        resolution: side of a frame in pixels.
        num_frames: F, how many frames must be given.
        state_channels: channels of the generator's states, from its first stage (4x4) to its last; 0 for a stage
            without a recurrent unit.
        base_width: the paper's ch.
        block_multipliers: output width of each block, from full resolution down, in units of `base_width`; as many
            as there are stages.
        num_classes: of how many classes the encoder says how likely each is, for a generator that knows several; None,
            as in the paper, for none. States fade over a clip; the class is told to the generator at every step.
        passes_last_frame: whether the last given frame follows the states, for a generator with `compositing`.

    Raises ValueError where the numbers of stages, blocks and halvings disagree.
    """

    @register_to_config
    def __init__(
        self,
        resolution: int = 64,
        num_frames: int = 5,
        state_channels: list[int] | None = None,
        base_width: int = 128,
        block_multipliers: list[int] | None = None,
        num_classes: int | None = None,
        passes_last_frame: bool = False,
    ):
        super().__init__()
        state_channels = state_channels or [1024, 1024, 1024, 512]
        block_multipliers = block_multipliers or [2, 4, 8, 16]
        num_stages = len(state_channels)
        if resolution != STATE_RESOLUTION * 2**num_stages or len(block_multipliers) != num_stages:
            raise ValueError(
                f"{resolution} px, {num_stages} states and {len(block_multipliers)} blocks do not fit: every block "
                f"halves the picture, and the last one gives {STATE_RESOLUTION} x {STATE_RESOLUTION}."
            )
        self.blocks, self.merges = nn.ModuleList(), nn.ModuleList()
        channels = 3
        for i, (multiplier, state) in enumerate(zip(block_multipliers, reversed(state_channels), strict=True)):
            width = multiplier * base_width
            self.blocks.append(DiscriminatorBlock(channels, width, first=i == 0))
            self.merges.append(SNConv(num_frames * width, state, 3) if state else nn.Identity())
            channels = width
        self.class_head = nn.Linear(state_channels[0] * STATE_RESOLUTION**2, num_classes) if num_classes else None

    def forward(self, frames_BFCHW: Tensor) -> list[Tensor | None]:
        """(B, F, 3, H, W) in [-1, 1] -> one state a stage, (B, C_i, 4 * 2**i, 4 * 2**i), none below 0; None for a
        stage without a recurrent unit. With `passes_last_frame` the last given frame, (B, 3, H, W), comes after them.

        Raises ValueError unless exactly `num_frames` frames are given.
        """
        num_frames = self.config.num_frames
        if frames_BFCHW.shape[1] != num_frames:
            raise ValueError(f"This model continues {num_frames} frames, and {frames_BFCHW.shape[1]} were given.")
        x = fold_time(frames_BFCHW).contiguous(memory_format=torch.channels_last)
        states: list[Tensor | None] = []
        for block, merge in zip(self.blocks, self.merges, strict=True):
            x = block(x)
            stacked = unfold_time(x, num_frames).flatten(1, 2).contiguous(memory_format=torch.channels_last)
            states.append(F.relu(merge(stacked)) if isinstance(merge, SNConv) else None)
        return states[::-1] + ([frames_BFCHW[:, -1]] if self.config.passes_last_frame else [])

    def read(self, generator: DVDGANGenerator, frames_BFCHW: Tensor) -> Reading:
        """All that a generator is told of given frames, (B, F, 3, H, W) in [-1, 1]; raises what `forward` raises.

        No gradient leads from the embeddings to the encoder: it is to read the class that is there, not the one that
        pleases the critics.
        """
        states = self(frames_BFCHW)
        if self.class_head is None:
            class_ids_B = torch.zeros(len(frames_BFCHW), dtype=torch.int64, device=frames_BFCHW.device)
            return Reading(states, generator.embed(class_ids_B), None)
        logits_BK = self.class_head(states[0].flatten(1)).float()
        shares_BK = logits_BK.detach().softmax(1)
        return Reading(states, shares_BK @ generator.class_embedding.weight, logits_BK)
