"""Which clips each rank reads."""

from itertools import islice

from training.data.sampler import DrawSampler


def draws(first_draw, rank, num_ranks, count, batch_videos=12):
    return list(islice(DrawSampler(first_draw, batch_videos, rank, num_ranks), count))


def test_ranks_share_nothing_and_miss_nothing():
    parts = [draw for rank in range(3) for draw in draws(0, rank, 3, 8)]
    assert sorted(parts) == list(range(24))


def test_a_global_batch_is_the_same_whatever_the_number_of_ranks():
    one = set(draws(24, 0, 1, 12))
    four = set().union(*(draws(24, rank, 4, 3) for rank in range(4)))
    assert one == four == set(range(24, 36))


def test_resuming_goes_on_where_the_run_stood():
    assert draws(0, 1, 2, 18)[12:] == draws(24, 1, 2, 6)
