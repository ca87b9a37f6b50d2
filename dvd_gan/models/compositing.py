"""Frames that keep what a given frame shows already: the scene behind the one who moves (our own addition).

Legend: B clips, T frames, N = T*B frames (time-major), C channels, H and W pixels.
"""

from torch import Tensor, nn

LOGITS_PER_UNIT = 8.0
"""One convolution among many layers would otherwise take thousands of steps to tell the scene from the figure."""


class CompositingMask(nn.Module):
    """For every pixel, the share that is kept from the last given frame; the rest is drawn (Finn et al. 2016).

    The paper's model draws every pixel anew. A small one then spends its width on walls that were given, and its first
    frame differs from the last given one everywhere. An untrained mask keeps an eighth of the given frame.
    """

    def __init__(self, in_channels: int):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 1, 3, padding=1)
        nn.init.zeros_(self.conv.weight)
        nn.init.constant_(self.conv.bias, -2 / LOGITS_PER_UNIT)

    def forward(self, x_NCHW: Tensor, drawn_NCHW: Tensor, given_BCHW: Tensor) -> Tensor:
        """The generator's last feature map, the float32 frames drawn from it and the last given frame, both in
        [-1, 1] -> (N, 3, H, W) float32 in [-1, 1]."""
        return composite(self.conv(x_NCHW).float(), drawn_NCHW, given_BCHW)


def composite(mask_NCHW: Tensor, drawn_NCHW: Tensor, given_BCHW: Tensor) -> Tensor:
    """Keep a share of the given frame, the same at all time steps, (N, 1, H, W) in units of `LOGITS_PER_UNIT`."""
    drawn_TBCHW, mask_TBCHW = (maps.unflatten(0, (-1, len(given_BCHW))) for maps in (drawn_NCHW, mask_NCHW))
    return (drawn_TBCHW + kept_share(mask_TBCHW) * (given_BCHW - drawn_TBCHW)).flatten(0, 1)


def kept_share(mask: Tensor) -> Tensor:
    """What `CompositingMask.conv` gives -> the share of each pixel that is kept, in [0, 1], of the same shape."""
    return (LOGITS_PER_UNIT * mask).sigmoid()
