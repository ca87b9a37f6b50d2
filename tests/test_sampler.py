"""Which clips each rank reads."""

from itertools import islice

from training.data.sampler import DrawSampler


def draws(first_draw, rank, num_ranks, count, clips_at_once=2):
    return list(islice(DrawSampler(first_draw, clips_at_once, rank, num_ranks), count))


def test_ranks_share_nothing_and_miss_nothing():
    parts = [draw for rank in range(3) for draw in draws(0, rank, 3, 8)]
    assert sorted(parts) == list(range(24))


def test_what_all_ranks_read_at_once_is_the_same_whatever_the_number_of_ranks():
    for round_number in range(3):
        one = draws(24, 0, 1, 36, clips_at_once=12)[12 * round_number :][:12]
        four = [draw for rank in range(4) for draw in draws(24, rank, 4, 9, clips_at_once=3)[3 * round_number :][:3]]
        assert one == four


def test_resuming_goes_on_where_the_run_stood():
    assert draws(0, 1, 2, 18)[12:] == draws(24, 1, 2, 6)
