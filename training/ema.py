"""The averaged generator: the one that is sampled, evaluated and released."""

import copy

import torch

from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.normalization import SpectralWeight

STANDING_BATCHES, STANDING_BATCH_SIZE = 16, 16


def make_average(generator: DVDGANGenerator) -> DVDGANGenerator:
    """A frozen copy of the generator in eval mode, to be kept up by `update_average`."""
    return copy.deepcopy(generator).eval().requires_grad_(False)


def decay_for(videos: int, halflife_videos: float, videos_seen: int, rampup_fraction: float = 0.05) -> float:
    """Decay over one update of `videos`: the half-life, but never longer than a fraction of what has been seen."""
    halflife = min(halflife_videos, max(videos_seen, videos) * rampup_fraction)
    return 0.5 ** (videos / max(halflife, 1e-8))


@torch.no_grad()
def update_average(average: DVDGANGenerator, live: DVDGANGenerator, decay: float) -> None:
    """Parameters move towards the live ones; buffers are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(live.parameters()), 1 - decay)
    for kept, new in zip(average.buffers(), live.buffers(), strict=True):
        kept.copy_(new)


def ready_to_sample(average: DVDGANGenerator, num_batches: int = STANDING_BATCHES, seed: int = 0) -> DVDGANGenerator:
    """A copy of the average with spectral-norm vectors and standing BN statistics that fit its own weights.

    The live network's copied ones do not: sampled with them, white and black blobs burn in.
    """
    ready = copy.deepcopy(average)
    for module in ready.modules():
        if isinstance(module, SpectralWeight):
            module.iterate_power(30)
    ready.recompute_standing_statistics(num_batches, STANDING_BATCH_SIZE, torch.Generator().manual_seed(seed))
    return ready
