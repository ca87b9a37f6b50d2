"""The averaged networks: those that are sampled, evaluated and released."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.normalization import SpectralWeight
from training.step import Players

STANDING_BATCHES, STANDING_BATCH_SIZE = 16, 16


@dataclass
class Averages:
    """The averaged generator, and the averaged frame encoder of a model that continues clips."""

    generator: DVDGANGenerator
    frame_encoder: FrameEncoder | None = None

    @classmethod
    def of(cls, players: Players) -> "Averages":
        """Frozen copies as they are now."""
        return cls(*map(make_average, players.drawing()))

    def update(self, players: Players, decay: float) -> None:
        """Move towards the live networks."""
        for average, live in zip((self.generator, self.frame_encoder), players.drawing(), strict=False):
            update_average(average, live, decay)


def make_average(network: nn.Module) -> nn.Module:
    """A frozen copy of a network in eval mode, to be kept up by `update_average`."""
    return copy.deepcopy(network).eval().requires_grad_(False)


def decay_for(videos: int, halflife_videos: float, videos_seen: int, rampup_fraction: float = 0.05) -> float:
    """Decay over one update of `videos`: the half-life, but never longer than a fraction of what has been seen."""
    halflife = min(halflife_videos, max(videos_seen, videos) * rampup_fraction)
    return 0.5 ** (videos / max(halflife, 1e-8))


@torch.no_grad()
def update_average(average: nn.Module, live: nn.Module, decay: float) -> None:
    """Parameters move towards the live ones; buffers are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(live.parameters()), 1 - decay)
    for kept, new in zip(average.buffers(), live.buffers(), strict=True):
        kept.copy_(new)


def settle_norms(network: nn.Module) -> nn.Module:
    """A copy whose spectral-norm vectors fit its own weights."""
    settled = copy.deepcopy(network)
    for module in settled.modules():
        if isinstance(module, SpectralWeight):
            module.iterate_power(30)
    return settled


def ready_to_sample(
    average: DVDGANGenerator,
    num_batches: int = STANDING_BATCHES,
    seed: int = 0,
    draw_starts: Callable[[int], tuple[Tensor, list[Tensor | None]]] | None = None,
) -> DVDGANGenerator:
    """A copy of the average with spectral-norm vectors and standing BN statistics that fit its own weights.

    `draw_starts` as for `DVDGANGenerator.recompute_standing_statistics`. The live network's statistics do not fit:
    sampled with them, white and black blobs burn in.
    """
    ready = settle_norms(average)
    rng = torch.Generator().manual_seed(seed)
    ready.recompute_standing_statistics(num_batches, STANDING_BATCH_SIZE, rng, draw_starts)
    return ready
