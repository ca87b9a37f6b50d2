"""An encoder from a real clip to the noise that would draw it: the inference half of a VAE-GAN (Larsen et al. 2016).

Not in the paper, which had millions of clips. From a few dozen, critics alone take very long to show the generator
what a person is; redrawing real clips shows it at once, and keeps every kind of clip in reach of the noise. The
encoder serves training only; a release keeps it for warm starts, as it keeps the critics.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.video import fold_time, unfold_time

SIDE = 32
NUM_PARTS = 2
WIDTHS = (32, 64, 128, 128)
LOG_VARIANCE_RANGE = (-8.0, 2.0)


class ClipEncoder(nn.Module):
    """(B, T, 3, H, W) float clips in [-1, 1] -> mean and log-variance of their noise, (B, Z) float32 each.

    Any length and size: clips are brought to 32 x 32 pixels, and the features of their two halves are kept apart at the
    end, since an average over time would not tell in which phase of its motion a clip begins.
    """

    def __init__(self, latent_dim: int):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for i, width in enumerate(WIDTHS):
            stride = (1 if i == 0 else 2, 2 if i < 3 else 1, 2 if i < 3 else 1)
            layers += [nn.Conv3d(channels, width, 3, stride, padding=1), nn.GroupNorm(8, width), nn.ReLU(inplace=True)]
            channels = width
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(channels * NUM_PARTS * (SIDE // 8) ** 2, 2 * latent_dim)

    def forward(self, video_BTCHW: Tensor) -> tuple[Tensor, Tensor]:
        num_frames = video_BTCHW.shape[1]
        small = unfold_time(F.adaptive_avg_pool2d(fold_time(video_BTCHW), SIDE), num_frames)
        x = self.trunk(small.transpose(1, 2).contiguous(memory_format=torch.channels_last_3d))
        parts = F.adaptive_avg_pool3d(x, (NUM_PARTS, None, None))
        mean_BZ, log_variance_BZ = self.head(parts.flatten(1)).float().chunk(2, dim=1)
        return mean_BZ, log_variance_BZ.clamp(*LOG_VARIANCE_RANGE)


def divergence(mean_BZ: Tensor, log_variance_BZ: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats, mean over clips, a scalar >= 0: what noise must tell of a clip."""
    return 0.5 * (mean_BZ.square() + log_variance_BZ.exp() - 1 - log_variance_BZ).sum(1).mean()
