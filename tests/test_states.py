import numpy as np
import pytest
import torch

from dvd_gan.models.presets import make_generator
from dvd_gan.states import as_colours, recurrent_states


def test_there_is_one_state_a_stage_and_frame_and_it_is_the_one_that_draws_the_clip(pipe):
    states = recurrent_states(pipe, "bend", seed=3, num_frames=5)
    assert [tuple(state.shape) for state in states] == [(5, 16, 4, 4), (5, 8, 8, 8)]
    generator, noise = pipe.generator, torch.randn(8, generator=torch.Generator().manual_seed(3))[None]
    with torch.no_grad():
        _, last = generator.generate_chunk(noise, generator.embed(torch.tensor([0])), 5)
    for state, expected in zip(states, last, strict=True):
        torch.testing.assert_close(state[-1:], expected)


def test_a_model_that_looks_over_whole_clips_says_so(pipe):
    class V1:
        generator, class_names = make_generator("tiny", recurrence="first_stage", attention="separable"), ["a"]

    with pytest.raises(ValueError, match="attends over whole clips"):
        recurrent_states(V1, 0, 0, 2)


def test_like_memories_get_like_colours_and_unlike_ones_do_not():
    states = torch.zeros(2, 6, 4, 4)
    states[:, :, :, 2:] = torch.randn(6, generator=torch.Generator().manual_seed(0))[None, :, None, None]
    colours = as_colours(states).astype(int)
    assert colours.shape == (2, 4, 4, 3)
    assert np.ptp(colours[:, :, :2].reshape(-1, 3), axis=0).max() <= 1
    assert np.abs(colours[0, 0, 0] - colours[0, 0, 3]).max() > 60


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_a_constant_memory_is_grey_whatever_its_size(channels):
    assert (as_colours(torch.full((3, channels, 2, 2), 7.0)) == 128).all()
