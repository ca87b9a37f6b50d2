"""Given frames to first states: shapes that fit, order that counts, and clips that go on from them."""

import pytest
import torch

from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.presets import PRESETS, make_frame_encoder, make_generator


def frames(num_clips=2, num_frames=3, side=16, seed=0):
    return torch.rand(num_clips, num_frames, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def settled(**config):
    torch.manual_seed(0)
    generator = make_generator("tiny", **config)
    generator.recompute_standing_statistics(2, 4, torch.Generator().manual_seed(0))
    return generator


@pytest.fixture
def generator():
    return settled(num_classes=1)


@pytest.fixture
def encoder(generator):
    torch.manual_seed(0)
    return make_frame_encoder(generator, num_frames=3).eval()


def continue_clip(generator, states, num_frames=4, seed=1):
    z = torch.randn(len(states[0]), 8, generator=torch.Generator().manual_seed(seed))
    return generator(z, generator.embed(torch.zeros(len(z), dtype=torch.int64)), num_frames, states)


def test_there_is_a_state_for_every_recurrent_unit_and_none_is_negative(encoder):
    states = encoder(frames())
    assert [tuple(s.shape) for s in states] == [(2, 16, 4, 4), (2, 8, 8, 8)]
    assert all(s.min() >= 0 and s.max() > 0 for s in states)


@pytest.mark.parametrize("preset", PRESETS)
def test_states_fit_the_generator_of_every_layout(preset):
    with torch.device("meta"):
        generator = make_generator(preset)
        encoder = make_frame_encoder(generator, 5)
    for stage, merge in zip(generator.stages, reversed(encoder.merges), strict=True):
        assert (stage.gru is None) == (not hasattr(merge, "weight"))
        assert stage.gru is None or merge.weight.shape[0] == stage.gru.channels


def test_the_one_unit_of_the_first_layout_gets_the_only_state():
    generator = settled(recurrence="first_stage", attention="separable")
    states = make_frame_encoder(generator, 3).eval()(frames())
    assert states[0].shape == (2, 16, 4, 4) and states[1] is None
    assert continue_clip(generator, states).shape == (2, 4, 3, 16, 16)


def test_the_first_frame_that_is_drawn_depends_on_what_was_given(generator, encoder):
    one, other = (continue_clip(generator, encoder(frames(seed=seed))) for seed in (0, 1))
    assert (one[:, 0] - other[:, 0]).abs().mean() > 1e-3


def test_the_order_of_the_given_frames_counts(encoder):
    given = frames()
    assert not torch.allclose(encoder(given)[0], encoder(given.flip(1))[0], atol=1e-4)


def test_one_start_has_many_futures_and_one_seed_one(generator, encoder):
    states = encoder(frames(1))
    one, again, other = (continue_clip(generator, states, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.allclose(one, other, atol=1e-3)


def test_a_clip_is_encoded_alone(encoder):
    given = frames(3)
    for together, alone in zip(encoder(given), encoder(given[1:2]), strict=True):
        torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)


def test_continuing_in_chunks_equals_one_call(generator, encoder):
    states = encoder(frames(1))
    z, e = torch.ones(1, 8), generator.embed(torch.zeros(1, dtype=torch.int64))
    whole = generator(z, e, 6, states)
    first, carried = generator.generate_chunk(z, e, 2, states)
    rest, _ = generator.generate_chunk(z, e, 4, carried, first_frame=2)
    torch.testing.assert_close(torch.cat([first, rest], 1), whole, rtol=1e-4, atol=1e-5)


def test_gradients_reach_every_weight(generator, encoder):
    generator.train(), encoder.train()
    continue_clip(generator, encoder(frames())).square().mean().backward()
    without = [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


def test_another_number_of_frames_is_refused(encoder):
    with pytest.raises(ValueError, match="continues 3 frames, and 2 were given"):
        encoder(frames(num_frames=2))
    with pytest.raises(ValueError, match="do not fit"):
        FrameEncoder(resolution=32, num_frames=2, state_channels=[8, 8], base_width=4, block_multipliers=[1, 1])


def test_a_saved_encoder_gives_the_same_states(encoder, tmp_path):
    encoder.save_pretrained(tmp_path)
    loaded = FrameEncoder.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    for one, two in zip(encoder(frames()), loaded(frames()), strict=True):
        torch.testing.assert_close(one, two)
