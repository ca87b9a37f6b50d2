"""The folded recurrent unit's steps as TorchScript runs them: compiled, and equal to what is written."""

import pytest
import torch

from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.packed_unroll import unroll, unroll_packed
from dvd_gan.models.presets import make_generator


@pytest.mark.parametrize("constant", [True, False], ids=["one input for all steps", "an input a step"])
def test_the_unrolled_steps_are_compiled_here_and_do_what_they_say(constant):
    compiled = unroll_packed()
    assert compiled is not unroll
    gru = InferenceGenerator(make_generator("tiny")).stages[0].gru
    if gru.state_to_gates.packed is None:
        pytest.skip("this processor packs no kernels")
    h = torch.rand(2, gru.channels, 4, 4).contiguous(memory_format=torch.channels_last)
    x = torch.rand(2 if constant else 6, gru.channels, 4, 4).contiguous(memory_format=torch.channels_last)
    kernels = gru.state_to_gates.packed, gru.state_to_candidate.packed
    share = gru.convolve_input(x)
    for one, other in zip(compiled(*share, h, *kernels, 3), unroll(*share, h, *kernels, 3), strict=True):
        torch.testing.assert_close(one, other)
