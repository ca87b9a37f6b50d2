"""Frechet distance between two sets of features (Heusel et al. 2017), exact and sound for few samples."""

import torch
from torch import Tensor


def frechet_distance(features_NF: Tensor, others_MF: Tensor) -> float:
    """Squared Frechet distance between Gaussians fitted to (N, F) and (M, F) features; N, M >= 2, any dtype.

    With covariances S = R^T R, the trace of (S_1 S_2)^(1/2) is the nuclear norm of R_1 R_2^T, so no matrix
    root is taken: rank-deficient covariances (fewer samples than features) give a real, non-negative answer
    in float64. Few samples bias the distance upwards: compare only figures taken with the same N and M.
    """
    if min(len(features_NF), len(others_MF)) < 2:
        raise ValueError(f"A Frechet distance needs 2 samples a side; got {len(features_NF)} and {len(others_MF)}.")
    mean_a, root_a = _mean_and_covariance_root(features_NF)
    mean_b, root_b = _mean_and_covariance_root(others_MF)
    cross = torch.linalg.svdvals(root_a @ root_b.T).sum()
    distance = (mean_a - mean_b).square().sum() + root_a.square().sum() + root_b.square().sum() - 2 * cross
    return max(distance.item(), 0.0)


def _mean_and_covariance_root(features_NF: Tensor) -> tuple[Tensor, Tensor]:
    """(F,) mean and R, (min(N, F), F), with R^T R the unbiased covariance."""
    features = features_NF.double().cpu()
    mean = features.mean(0)
    root = torch.linalg.qr(features - mean, mode="r").R
    return mean, root / (len(features) - 1) ** 0.5
