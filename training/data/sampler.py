"""Which clips a process reads: disjoint draws for every rank, restartable at any number of videos."""

import itertools
from collections.abc import Iterator

from torch.utils.data import DataLoader, Dataset, Sampler


class DrawSampler(Sampler[int]):
    """Endless draw numbers of one rank: in each round, every rank takes the next `clips_at_once` draws in its turn.

    So what all ranks read at once is a run of consecutive draws, the same however many ranks share it.

    Args:
        first_draw: where the run stands.
        clips_at_once: clips of one rank's micro-batch.
        rank, num_ranks: this process among all.
    """

    def __init__(self, first_draw: int, clips_at_once: int, rank: int, num_ranks: int):
        self.first_draw, self.clips_at_once = first_draw, clips_at_once
        self.rank, self.num_ranks = rank, num_ranks

    def __iter__(self) -> Iterator[int]:
        own = self.first_draw + self.rank * self.clips_at_once
        for start in itertools.count(own, self.num_ranks * self.clips_at_once):
            yield from range(start, start + self.clips_at_once)


def endless_batches(
    dataset: Dataset, first_draw: int, clips_at_once: int, rank: int, num_ranks: int, workers: int
) -> Iterator[dict]:
    """Micro-batches of this rank for ever, from `first_draw` on; `workers` processes decode them ahead, 0 for none."""
    sampler = DrawSampler(first_draw, clips_at_once, rank, num_ranks)
    return iter(DataLoader(dataset, clips_at_once, sampler=sampler, num_workers=workers))
