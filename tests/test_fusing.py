"""A gradient written out by hand equals autograd's, and compiled arithmetic equals the same as written."""

import pytest
import torch
import torch.nn.functional as F

from dvd_gan.models.blocks import average_pool_3d
from dvd_gan.models.conv_gru import ConvGRU
from dvd_gan.models.fusing import fusable, fused_arithmetic
from dvd_gan.models.normalization import ConditionalBatchNorm
from dvd_gan.models.unrolling import UnrolledGRU


def gradients(result, *inputs):
    weights = torch.randn(result.shape, generator=torch.Generator().manual_seed(1))
    return torch.autograd.grad((result * weights).sum(), inputs)


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize("num_inputs", [1, 5])
def test_the_unrolled_units_gradient_is_autograds(is_given, num_inputs):
    torch.manual_seed(0)
    num_clips, num_frames, gru = 2, 5, ConvGRU(3).eval()
    (h_r, _), (h_u, _), (h_c, _) = gru.reset.halves(), gru.update.halves(), gru.candidate.halves()
    x = torch.randn(num_inputs * num_clips, 3, 4, 4)
    state = torch.randn(num_clips, 3, 4, 4, requires_grad=True) if is_given else None
    plain, _ = gru(x, num_frames, num_clips, state)

    kernels = [kernel.halves()[1] for kernel in (gru.reset, gru.update, gru.candidate)]
    bias = torch.cat([gru.reset.bias, gru.update.bias, gru.candidate.bias])
    from_input = F.conv2d(x, torch.cat(kernels), bias, padding=1)
    unrolled = UnrolledGRU.apply(from_input, torch.cat([h_r, h_u]), h_c, state, num_frames, num_clips)

    wanted = [*gru.parameters(), *([state] if is_given else [])]
    torch.testing.assert_close(unrolled, plain)
    torch.testing.assert_close(gradients(unrolled, *wanted), gradients(plain, *wanted), rtol=1e-4, atol=1e-5)


def test_functions_run_as_written_outside_of_fusing():
    seen = []

    @fusable
    def double(x):
        seen.append(torch.compiler.is_compiling())
        return 2 * x

    double(torch.ones(2))
    assert seen == [False]


@pytest.mark.slow
def test_compiled_arithmetic_equals_the_same_as_written():
    torch.manual_seed(0)
    norm = ConditionalBatchNorm(4, 3, 3, spectral_norm=False).train()
    norm.gain.weight.data.normal_()
    gru, x = ConvGRU(4), torch.randn(6, 4, 8, 8).contiguous(memory_format=torch.channels_last).requires_grad_()

    def draw():
        y, _ = gru.eval()(norm(x, torch.ones(2, 3)), 3, 2)
        return average_pool_3d(y.unflatten(0, (3, 2)).movedim(0, 2))

    inputs = [x, norm.gain.weight, *gru.parameters()]
    plain = draw()
    with fused_arithmetic(True):
        fused = draw()
        fused_gradients = gradients(fused, *inputs)
    torch.testing.assert_close(fused, plain, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(fused_gradients, gradients(plain, *inputs), rtol=1e-3, atol=1e-4)
    assert fused_gradients[0].is_contiguous(memory_format=torch.channels_last)
