"""Random numbers of a step that do not depend on how many processes share it."""

from collections.abc import Callable

import torch
from torch import Tensor


class Draws:
    """Every process draws for the clips of all of them, in the same order, and keeps the rows of its own.

    Args:
        generator: seeded alike in every process.
        rank, num_ranks: this process among all.
    """

    def __init__(self, generator: torch.Generator, rank: int = 0, num_ranks: int = 1):
        self.generator, self.rank, self.num_ranks = generator, rank, num_ranks

    def rows(self, draw: Callable[[int, torch.Generator], Tensor], num_clips: int) -> Tensor:
        """Of `draw(number of all processes' clips, generator)`, one row a clip, this process's `num_clips` rows."""
        return draw(num_clips * self.num_ranks, self.generator).reshape(self.num_ranks, num_clips, -1)[self.rank]

    def normal(self, num_clips: int, size: int) -> Tensor:
        """(num_clips, size) float32, N(0, 1)."""
        return self.rows(lambda rows, generator: torch.randn(rows, size, generator=generator), num_clips)

    def uniform(self, num_clips: int) -> Tensor:
        """(num_clips,) float32 in [0, 1)."""
        return self.rows(lambda rows, generator: torch.rand(rows, generator=generator), num_clips).squeeze(1)

    def integers(self, low: int, high: int, num_clips: int, size: int = 1) -> Tensor:
        """(num_clips, size) int64 from `low` to `high` - 1."""
        return self.rows(lambda rows, generator: torch.randint(low, high, (rows, size), generator=generator), num_clips)
