"""Inception Score (Salimans et al. 2016) of class probabilities, over the whole set at once."""

import torch
from torch import Tensor


def inception_score(probabilities_NK: Tensor) -> float:
    """(N, K) probabilities, rows summing to 1 -> exp(mean KL(p(y|x) || p(y))), from 1 (worst) to K (best)."""
    p = probabilities_NK.double()
    marginal = p.mean(0, keepdim=True)
    return (torch.special.entr(marginal).sum() - torch.special.entr(p).sum(1).mean()).exp().item()
