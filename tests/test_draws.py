"""Random numbers do not depend on how many processes share them."""

import pytest
import torch

from training.draws import Draws


@pytest.mark.parametrize("num_ranks", [2, 4])
def test_what_ranks_draw_together_is_what_one_draws_alone(num_ranks):
    def numbers(rank, ranks):
        draws = Draws(torch.Generator().manual_seed(5), rank, ranks)
        clips = 8 // ranks
        return draws.normal(clips, 3), draws.uniform(clips), draws.integers(2, 9, clips, 2), draws.normal(clips, 1)

    alone = numbers(0, 1)
    together = [
        torch.cat(parts) for parts in zip(*(numbers(rank, num_ranks) for rank in range(num_ranks)), strict=True)
    ]
    for ours, theirs in zip(together, alone, strict=True):
        assert torch.equal(ours, theirs)


def test_numbers_lie_where_they_should():
    draws = Draws(torch.Generator().manual_seed(0))
    integers, uniform = draws.integers(2, 5, 200), draws.uniform(200)
    assert integers.unique().tolist() == [2, 3, 4] and 0 <= uniform.min() < 0.1 < 0.9 < uniform.max() < 1
