"""Clips shared out among threads: the same clips, every item once, errors and cancelling as in one thread."""

import threading

import pytest
import torch

from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.lanes import ahead, in_lanes
from dvd_gan.models.packed_unroll import unroll, unroll_packed
from dvd_gan.models.presets import make_generator
from dvd_gan.models.tuning import spread
from dvd_gan.watching import watched


@pytest.fixture
def form():
    torch.manual_seed(0)
    generator = make_generator("tiny")
    torch.nn.init.normal_(generator.output_norm.gain.weight)
    generator.recompute_standing_statistics(2, 4, torch.Generator().manual_seed(0))
    return InferenceGenerator(generator)


def noise(form, num_clips):
    sizes = form.config.latent_dim, form.config.class_embedding_dim
    return [torch.randn(num_clips, size, generator=torch.Generator().manual_seed(size)) for size in sizes]


@pytest.mark.parametrize("lanes", [2, 3, 8])
def test_lanes_draw_the_same_clips_to_the_bit(form, lanes, monkeypatch):
    monkeypatch.setattr(InferenceGenerator, "frames_at_once", 4)
    inputs = noise(form, 5)
    states = [torch.rand(5, 16, 4, 4), None]
    seen = []
    with watched(seen.append):
        drawn = form(*inputs, 7, states, lanes=lanes)
    assert torch.equal(drawn, form(*inputs, 7, states))
    assert sum(seen) == 5 * 7


def test_whoever_watches_ends_all_lanes_by_raising(form, monkeypatch):
    monkeypatch.setattr(InferenceGenerator, "frames_at_once", 1)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watched(stop):
        form(*noise(form, 4), 1000, lanes=4)
    assert not torch.is_inference_mode_enabled()
    assert not any(thread.name == "lane" for thread in threading.enumerate())


def test_parts_are_all_worked_through_each_by_one_thread():
    def part(name):
        for i in range(3):
            yield name, i, threading.get_ident()

    with in_lanes([part(name) for name in "abcde"], 2) as items:
        done = list(items)
    assert sorted((name, i) for name, i, _ in done) == [(name, i) for name in "abcde" for i in range(3)]
    assert all(len({ident for name, _, ident in done if name == one}) == 1 for one in "abcde")
    assert len({ident for *_, ident in done}) == 2


def test_an_error_in_a_lane_is_raised_where_its_item_is_asked_for():
    def failing():
        yield 1
        raise ValueError("torn")

    with ahead(failing()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="torn"):
            next(items)


def test_a_lane_waits_when_nobody_asks():
    taken = []

    def counted():
        for i in range(100):
            taken.append(i)
            yield i

    with ahead(counted()) as items:
        assert next(items) == 0
    assert len(taken) < 10


def test_every_thread_has_a_clip_or_all_share_one():
    assert [spread(clips, 4) for clips in (1, 2, 3, 4, 9)] == [(1, 4), (2, 2), (3, 1), (4, 1), (4, 1)]


def test_the_unrolled_steps_are_compiled_here_and_do_what_they_say():
    compiled = unroll_packed()
    assert compiled is not unroll
    form = InferenceGenerator(make_generator("tiny"))
    gru = form.stages[0].gru
    if gru.state_to_gates.packed is None:
        pytest.skip("this processor packs no kernels")
    h = torch.rand(2, gru.channels, 4, 4).contiguous(memory_format=torch.channels_last)
    share = gru.convolve_input(h)
    kernels = gru.state_to_gates.packed, gru.state_to_candidate.packed
    for one, other in zip(compiled(*share, h, *kernels, 3), unroll(*share, h, *kernels, 3), strict=True):
        torch.testing.assert_close(one, other)
