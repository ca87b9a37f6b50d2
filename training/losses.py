"""The hinge losses, on one summed score a clip (paper section 3.2).

The hinge is taken after the sum over frames or steps: the margin belongs to the clip.
"""

import torch.nn.functional as F
from torch import Tensor


def hinge_discriminator(real_scores_B: Tensor, fake_scores_B: Tensor) -> Tensor:
    """Mean of relu(1 - real) + relu(1 + fake), a scalar >= 0; 2 when the critic says 0 to everything."""
    return F.relu(1 - real_scores_B).mean() + F.relu(1 + fake_scores_B).mean()


def hinge_generator(fake_scores_B: Tensor) -> Tensor:
    """Mean of -fake, a scalar; never saturates."""
    return -fake_scores_B.mean()
