"""Seeds to noise. A seed means the same clip on every device and in every batch."""

from collections.abc import Sequence
from numbers import Integral, Real

import torch
from torch import Tensor

MAX_SEED = 2**63 - 1
MAX_VARIATIONS = 32


def draw_latents(seeds: Sequence[int], latent_dim: int, truncation: float = 1.0) -> Tensor:
    """One CPU generator per seed -> (B, Z) float32 on the CPU, standard normal scaled by `truncation`.

    Raises ValueError for a seed outside 0 to 2**63 - 1, an empty list, or a truncation outside (0, 1].
    """
    if len(seeds) == 0:
        raise ValueError("seeds is empty; give at least one seed.")
    scale = check_truncation(truncation)
    rows = [torch.randn(latent_dim, generator=torch.Generator().manual_seed(check_seed(s))) for s in seeds]
    return torch.stack(rows) * scale


def draw_varied(seed: int, variations: Sequence[tuple[int, float]], latent_dim: int, truncation: float = 1.0) -> Tensor:
    """A seed's noise, moved towards that of others -> (Z,) float32 on the CPU.

    Each (other seed, distance) of `variations`, in turn, moves the noise by that share of the arc towards the other
    seed's noise (`slerp`): 0.1 is a close relative, 1 the other seed's own clip. Truncation scales the end. Without
    variations this is what `draw_latents` gives.

    Raises ValueError as `draw_latents`, and for a distance outside (0, 1] or more than 32 variations.
    """
    if len(variations) > MAX_VARIATIONS:
        raise ValueError(f"A clip is varied at most {MAX_VARIATIONS} times, not {len(variations)}: start from a seed.")
    scale = check_truncation(truncation)
    noise_Z = draw_latents([seed], latent_dim)[0]
    for other, distance in variations:
        other_Z = draw_latents([other], latent_dim)[0]
        noise_Z = slerp(noise_Z, other_Z, torch.tensor([check_distance(distance)]))[0]
    return noise_Z * scale


def slerp(first_Z: Tensor, last_Z: Tensor, fractions_N: Tensor) -> Tensor:
    """From one noise to another along the arc between them: (Z,), (Z,), (N,) in [0, 1] -> (N, Z).

    On the way the noise stays as long as its two ends are, as the generator knows it; on a straight line it would
    shorten, and clips would turn typical half-way. Ends in line with each other are joined by a straight line.
    """
    first_length, last_length = first_Z.norm(), last_Z.norm()
    cosine = (first_Z @ last_Z / (first_length * last_length)).clamp(-1, 1)
    angle, fractions_N1 = cosine.arccos(), fractions_N[:, None]
    if angle.sin().abs() < 1e-4:
        return torch.lerp(first_Z, last_Z, fractions_N1)
    directions_NZ = ((1 - fractions_N1) * angle).sin() * first_Z / first_length
    directions_NZ = directions_NZ + (fractions_N1 * angle).sin() * last_Z / last_length
    return directions_NZ / angle.sin() * torch.lerp(first_length, last_length, fractions_N1)


def check_seed(seed: int) -> int:
    """The seed as a plain int; raises ValueError unless it is a whole number from 0 to 2**63 - 1."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
        raise ValueError(f"A seed is a whole number from 0 to {MAX_SEED}, not {seed!r}.")
    return int(seed)


def check_distance(distance: float) -> float:
    """The share of an arc as a float; raises ValueError outside (0, 1]."""
    if not isinstance(distance, Real) or isinstance(distance, bool) or not 0 < distance <= 1:
        raise ValueError(f"A distance is above 0 (the same clip) and at most 1 (another seed's), not {distance!r}.")
    return float(distance)


def check_truncation(truncation: float) -> float:
    """The scale of the noise as a float; raises ValueError outside (0, 1]."""
    if not isinstance(truncation, Real) or not 0 < truncation <= 1:
        raise ValueError(f"Truncation is above 0 (clips all alike) and at most 1 (full variety), not {truncation!r}.")
    return float(truncation)


def pair_up(embeddings_BE: Tensor, noise_BZ: Tensor) -> tuple[Tensor, Tensor]:
    """One label for many noises, or one noise for many labels, or as many of both; ValueError otherwise."""
    labels, noises = len(embeddings_BE), len(noise_BZ)
    if labels != noises and 1 not in (labels, noises):
        raise ValueError(f"{labels} class labels and {noises} seeds do not pair up: give as many, or one of either.")
    clips = max(labels, noises)
    return embeddings_BE.expand(clips, -1), noise_BZ.expand(clips, -1)
