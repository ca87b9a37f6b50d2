"""Signs of trouble in a run, and the numbers that show them: singular values and the diversity of samples."""

import statistics
from pathlib import Path

import torch
from torch import Tensor, nn

from dvd_gan.models.normalization import SpectralWeight
from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips
from training.logged import read_log
from training.metrics.diversity import appearance_distances
from training.metrics.real_clips import windows_of_class

DIVERSITY = "sample_diversity_over_real"
SINGULAR = "singular_value_"
DIVERSITY_LEFT = 0.25
"""Samples have collapsed when they differ by less than this share of what they did at best."""
SINGULAR_JUMP = 3.0
"""A network comes apart when its largest singular value exceeds its recent median so many times: in BigGAN's study
(Brock et al. 2019, section 4) such a jump came with, or right before, every collapse."""
RECENT_LINES, FEWEST_LINES = 50, 5


@torch.no_grad()
def singular_values(network: nn.Module) -> dict[str, Tensor]:
    """The estimated largest singular value of each spectrally normalised weight before it is normalised, by name."""
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, SpectralWeight)}
    return {name: layer.singular_value() for name, layer in layers.items()}


def largest_singular_values(networks: dict[str, nn.Module]) -> dict[str, float]:
    """The largest of each network, under the names they have in logs."""
    return {
        SINGULAR + name: torch.stack(list(singular_values(network).values())).max().item()
        for name, network in networks.items()
    }


def clip_diversity(clips_BTHWC: Tensor, clips_per_class: int) -> float:
    """Mean rms difference, 0 to 2, between clips of a class; clips come class by class, uint8."""
    by_class = from_uint8(clips_BTHWC).split(clips_per_class)
    return torch.stack([appearance_distances(clips).mean() for clips in by_class]).mean().item()


def real_diversity(clips: ShardedClips, class_ids: list[int], clips_per_class: int) -> float:
    """The same of real clips, different ones where a class has so many; 0 where no class has two."""
    counts = {label: min(clips.labels.count(label), clips_per_class) for label in class_ids}
    windows = [windows_of_class(clips, label, count, phase=0.5) for label, count in counts.items() if count > 1]
    return torch.stack([appearance_distances(w).mean() for w in windows]).mean().item() if windows else 0.0


class CollapseWatch:
    """Reads what a run logs and says, once an episode, when samples become alike or a network's weights blow up.

    Args:
        run: run folder; what its log holds already counts as seen.
    """

    def __init__(self, run: Path):
        self.most_diverse = 0.0
        self.recent: dict[str, list[float]] = {}
        self.alarms: set[str] = set()
        for line in read_log(run):
            self.see(line)

    def see(self, measurements: dict[str, float]) -> list[str]:
        """Take in some measurements, of any names; returns notices, one sentence each."""
        notices = []
        for name, value in measurements.items():
            notice = None
            if name == DIVERSITY:
                notice = self._about_diversity(value)
            elif name.startswith(SINGULAR):
                notice = self._about_singular_value(name, value)
            if notice is None:
                self.alarms.discard(name)
            elif name not in self.alarms:
                self.alarms.add(name)
                notices.append(notice)
        return notices

    def _about_diversity(self, value: float) -> str | None:
        self.most_diverse = max(self.most_diverse, min(value, 1.0))
        if value >= DIVERSITY_LEFT * self.most_diverse:
            return None
        return (
            f"Collapse: clips of a class differ by {value:.0%} of what real ones do, after {self.most_diverse:.0%} at "
            "best. Go back to an earlier state, or raise diversity_weight."
        )

    def _about_singular_value(self, name: str, value: float) -> str | None:
        recent = self.recent.setdefault(name, [])
        usual = statistics.median(recent) if len(recent) >= FEWEST_LINES else float("inf")
        self.recent[name] = [*recent, value][-RECENT_LINES:]
        if value <= SINGULAR_JUMP * usual:
            return None
        return (
            f"Collapse ahead: the largest singular value of the {name.removeprefix(SINGULAR)} weights is {value:.3g}, "
            f"and was {usual:.3g} lately. Go back to an earlier state with lower learning rates."
        )
