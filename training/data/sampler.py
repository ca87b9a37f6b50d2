"""Which clips a process reads: disjoint draws for every rank, restartable at any number of videos."""

import itertools
from collections.abc import Iterator

from torch.utils.data import DataLoader, Dataset, Sampler


class DrawSampler(Sampler[int]):
    """Endless draw numbers of one rank: of each global batch, its own consecutive slice.

    Args:
        first_draw: where the run stands.
        batch_videos: clips of a global batch.
        rank, num_ranks: this process among all.
    """

    def __init__(self, first_draw: int, batch_videos: int, rank: int, num_ranks: int):
        self.first_draw, self.batch_videos = first_draw, batch_videos
        self.rank, self.num_ranks = rank, num_ranks

    def __iter__(self) -> Iterator[int]:
        share = self.batch_videos // self.num_ranks
        for start in itertools.count(self.first_draw + self.rank * share, self.batch_videos):
            yield from range(start, start + share)


def endless_batches(
    dataset: Dataset,
    first_draw: int,
    batch_videos: int,
    micro_batch_videos: int,
    rank: int,
    num_ranks: int,
    workers: int,
) -> Iterator[dict]:
    """Micro-batches of this rank for ever, from `first_draw` on."""
    sampler = DrawSampler(first_draw, batch_videos, rank, num_ranks)
    return iter(
        DataLoader(
            dataset,
            batch_size=micro_batch_videos,
            sampler=sampler,
            num_workers=workers,
            persistent_workers=workers > 0,
        )
    )
