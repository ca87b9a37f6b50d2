"""The hinge losses, on one summed score a clip (paper section 3.2), and a penalty for sameness.

The hinge is taken after the sum over frames or steps: the margin belongs to the clip.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.video import fold_time

DIVERSITY_TARGET = 0.75
MAX_DIFFERENCE = 0.5


def hinge_discriminator(real_scores_B: Tensor, fake_scores_B: Tensor) -> Tensor:
    """Mean of relu(1 - real) + relu(1 + fake), a scalar >= 0; 2 when the critic says 0 to everything."""
    return F.relu(1 - real_scores_B).mean() + F.relu(1 + fake_scores_B).mean()


def hinge_generator(fake_scores_B: Tensor) -> Tensor:
    """Mean of -fake, a scalar; never saturates."""
    return -fake_scores_B.mean()


def diversity_shortfall(fake_BTCHW: Tensor, fake_ids_B: Tensor, real_BTCHW: Tensor, real_ids_B: Tensor) -> Tensor:
    """How far generated clips of one class fall short of differing as real ones do, a scalar in [0, 1].

    Each pair of generated clips of a class falls short by what its distance lacks of three quarters of the mean
    distance between two real ones; pairs beyond that earn nothing more. Distances are taken at a quarter of the size
    with each clip's mean colour removed, so that a tint alone does not count. Critics that score every clip by itself
    never ask for variety; small data sets need somebody who does (our own addition, in the spirit of mode-seeking
    GANs, Mao et al. 2019, with the real batch as the target). 0 where the batch holds no two clips of a class.
    """
    fake_P, real_P = _pair_distances(fake_BTCHW, fake_ids_B), _pair_distances(real_BTCHW, real_ids_B)
    if len(fake_P) == 0 or len(real_P) == 0:
        return fake_BTCHW.new_zeros(())
    target = (DIVERSITY_TARGET * real_P.mean()).clamp_min(1e-6)
    return F.relu(1 - fake_P / target).mean()


def _pair_distances(video_BTCHW: Tensor, ids_B: Tensor) -> Tensor:
    """Mean absolute difference of every pair of clips of the same class, each pixel's held to a bound; (P,)."""
    pairs_P2 = torch.triu(ids_B[:, None] == ids_B[None, :], diagonal=1).nonzero()
    small = F.avg_pool2d(fold_time(video_BTCHW.float()), 4).view(*video_BTCHW.shape[:2], 3, -1)
    small = small - small.mean(dim=(1, 3), keepdim=True)
    difference = (small[pairs_P2[:, 0]] - small[pairs_P2[:, 1]]).abs().clamp_max(MAX_DIFFERENCE)
    return difference.flatten(1).mean(1)
