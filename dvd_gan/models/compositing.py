"""Frames that keep what a given frame shows already: the scene behind the one who moves (our own addition).

Legend: B clips, T frames, N = T*B frames (time-major), C channels, H and W pixels.
"""

import torch
from torch import Tensor, nn

LOGITS_PER_UNIT = 8.0
"""Few weights among many layers would otherwise take thousands of steps to tell the scene from the figure."""
READER_WIDTH = 16


class CompositingMask(nn.Module):
    """For every pixel, the share that is kept from the last given frame; the rest is drawn (Finn et al. 2016).

    The paper's model draws every pixel anew. A small one then spends its width on walls that were given, and its first
    frame differs from the last given one everywhere. Where nothing is drawn over the scene, and where whoever stood
    there has left, are told by two convolutions whose results are added: over the features of each frame, and once a
    clip over the given one. An untrained mask keeps an eighth of the given frame.
    """

    def __init__(self, in_channels: int):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 1, 3, padding=1)
        self.reader = nn.Sequential(
            nn.Conv2d(3, READER_WIDTH, 5, padding=2), nn.ReLU(), nn.Conv2d(READER_WIDTH, 1, 5, padding=2, bias=False)
        )
        nn.init.zeros_(self.conv.weight)
        nn.init.constant_(self.conv.bias, -2 / LOGITS_PER_UNIT)
        nn.init.zeros_(self.reader[-1].weight)

    def forward(self, x_NCHW: Tensor, given_BCHW: Tensor) -> Tensor:
        """The generator's last feature map and the last given frame, in [-1, 1] -> (N, 1, H, W) float32 in [0, 1]."""
        return kept_share(self.conv(x_NCHW).float(), self.reader(given_BCHW).float())


def kept_share(from_features_N1HW: Tensor, from_given_B1HW: Tensor) -> Tensor:
    """The sum of what both convolutions of a `CompositingMask` give -> (N, 1, H, W) in [0, 1]."""
    from_features_TB1HW = from_features_N1HW.unflatten(0, (-1, len(from_given_B1HW)))
    return torch.sigmoid(LOGITS_PER_UNIT * (from_features_TB1HW + from_given_B1HW)).flatten(0, 1)


def composite(share_N1HW: Tensor, drawn_NCHW: Tensor, given_BCHW: Tensor) -> Tensor:
    """Keep a share of the given frame, the same at all time steps, in what is drawn; (N, 3, H, W)."""
    share_TB1HW, drawn_TBCHW = (maps.unflatten(0, (-1, len(given_BCHW))) for maps in (share_N1HW, drawn_NCHW))
    return (drawn_TBCHW + share_TB1HW * (given_BCHW - drawn_TBCHW)).flatten(0, 1)
