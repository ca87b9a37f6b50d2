"""The attention of the paper's first version: over all positions, and separable over height, width and time.

Legend: B clips, T frames, C channels, H and W pixels, S positions, G groups attended within separately.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.models.normalization import SNLinear


class SelfAttention(nn.Module):
    """Single-head attention among S positions, added to its input with a gain that starts at zero (SAGAN).

    Queries and keys have C/8 channels, values C/2 (BigGAN); scores are not divided by the root of their size.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.query = SNLinear(channels, max(channels // 8, 1), bias=False)
        self.key = SNLinear(channels, max(channels // 8, 1), bias=False)
        self.value = SNLinear(channels, max(channels // 2, 1), bias=False)
        self.output = SNLinear(max(channels // 2, 1), channels, bias=False)
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x_GSC: Tensor) -> Tensor:
        """(G, S, C) -> (G, S, C)."""
        attended = F.scaled_dot_product_attention(self.query(x_GSC), self.key(x_GSC), self.value(x_GSC), scale=1.0)
        return x_GSC + self.strength.to(x_GSC.dtype) * self.output(attended)


class FullAttention(nn.Module):
    """Attention over all T*H*W positions of a clip, past and future alike (paper v1, after the recurrent unit)."""

    def __init__(self, channels: int):
        super().__init__()
        self.attention = SelfAttention(channels)

    def forward(self, x_NCHW: Tensor, num_clips: int) -> Tensor:
        """(T*B, C, H, W) time-major -> the same."""
        x_TBCHW = x_NCHW.unflatten(0, (-1, num_clips))
        x_BTHWC = x_TBCHW.permute(1, 0, 3, 4, 2)
        y_BTHWC = self.attention(x_BTHWC.flatten(1, 3)).view_as(x_BTHWC)
        return y_BTHWC.permute(1, 0, 4, 2, 3).flatten(0, 1)


class SeparableAttention(nn.Module):
    """Three attention layers in a row: along height, then width, then time (paper v1, before the last block).

    The largest score tensor falls from (HWT)^2 to H W T times the longest of the three axes.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.height, self.width, self.time = (SelfAttention(channels) for _ in range(3))

    def forward(self, x_NCHW: Tensor, num_clips: int) -> Tensor:
        """(T*B, C, H, W) time-major -> the same."""
        x_TBHWC = x_NCHW.unflatten(0, (-1, num_clips)).permute(0, 1, 3, 4, 2)
        for axis, attention in ((2, self.height), (3, self.width), (0, self.time)):
            rows = x_TBHWC.movedim(axis, 3)
            x_TBHWC = attention(rows.flatten(0, 2)).view_as(rows).movedim(3, axis)
        return x_TBHWC.permute(0, 1, 4, 2, 3).flatten(0, 1)
