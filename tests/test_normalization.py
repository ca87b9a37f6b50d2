"""Spectral norm is exact against a reference, and conditional BN is BN per time step."""

import copy

import pytest
import torch
from torch import nn

from dvd_gan.models.normalization import (
    ConditionalBatchNorm,
    SNConv,
    SNEmbedding,
    SNLinear,
)

LAYERS = {
    "conv2d": lambda: SNConv(6, 10, 3),
    "conv3d": lambda: SNConv(4, 12, 3, num_dims=3),
    "linear": lambda: SNLinear(20, 7),
    "embedding": lambda: SNEmbedding(5, 16),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
def test_normalized_weight_has_spectral_norm_one(make):
    torch.manual_seed(0)
    layer = make()
    layer.weight.data.normal_(std=3.0)
    layer.iterate_power(500)
    reference = layer.weight / torch.linalg.svdvals(layer.weight.flatten(1))[0]
    torch.testing.assert_close(layer.eval().normalized_weight(), reference, rtol=1e-4, atol=1e-5)


def test_power_iteration_approaches_the_true_singular_value_during_training():
    torch.manual_seed(0)
    layer = SNLinear(30, 20).train()
    layer.weight.data.normal_()
    true = torch.linalg.svdvals(layer.weight)[0]
    first = (layer.singular_value() / true - 1).abs()
    for _ in range(200):
        layer.normalized_weight()
    last = (layer.singular_value() / true - 1).abs()
    assert last < 1e-3 < first


def test_eval_does_not_move_the_singular_vectors():
    layer = SNConv(3, 5, 3).eval()
    before = copy.deepcopy(layer.state_dict())
    layer(torch.randn(2, 3, 8, 8))
    assert all(torch.equal(before[key], value) for key, value in layer.state_dict().items())


def test_the_gradient_flows_through_the_singular_value():
    torch.manual_seed(0)
    layer = SNLinear(4, 3).eval().double()
    layer.weight.data.normal_()
    layer.iterate_power(200)
    # A weight divided by its norm does not change with its scale, so the gradient has no part along the weight.
    layer(torch.randn(2, 4, dtype=torch.double)).square().sum().backward()
    assert abs((layer.weight.grad * layer.weight).sum()) < 1e-6 < layer.weight.grad.abs().max()


def random_features(num_frames, num_clips, channels, side=5):
    scale = torch.arange(1, num_frames + 1).repeat_interleave(num_clips)[:, None, None, None]
    return torch.randn(num_frames * num_clips, channels, side, side) * scale + scale


@pytest.mark.parametrize("training", [True, False])
def test_at_init_equals_plain_batch_norm_of_each_time_step_then_relu(training):
    torch.manual_seed(0)
    num_frames, num_clips, channels = 3, 4, 6
    norm = ConditionalBatchNorm(channels, 8, num_frames, spectral_norm=False).train()
    plain = [nn.BatchNorm2d(channels, eps=ConditionalBatchNorm.EPS).train() for _ in range(num_frames)]
    condition = torch.randn(num_clips, 8)
    for _ in range(60):  # enough for the running statistics to fit
        x = random_features(num_frames, num_clips, channels)
        ours = norm(x, condition)
        theirs = [bn(step) for bn, step in zip(plain, x.split(num_clips), strict=True)]
    if not training:
        ours = norm.eval()(x, condition)
        theirs = [bn.eval()(step) for bn, step in zip(plain, x.split(num_clips), strict=True)]
    torch.testing.assert_close(ours, torch.cat(theirs).relu(), rtol=1e-4, atol=1e-5)


def test_each_clip_gets_its_own_gain_and_bias_at_every_step():
    torch.manual_seed(0)
    norm = ConditionalBatchNorm(2, 3, 4, spectral_norm=False).eval()
    nn.init.normal_(norm.gain.weight)
    nn.init.normal_(norm.bias.weight)
    condition, x = torch.randn(2, 3), torch.randn(4 * 2, 2, 3, 3)
    both = norm(x, condition)
    for clip in range(2):
        alone = norm(x[clip::2], condition[clip : clip + 1])
        torch.testing.assert_close(both[clip::2], alone)


def test_steps_beyond_the_trained_length_use_the_last_statistics():
    norm = ConditionalBatchNorm(2, 3, 2, spectral_norm=False).eval()
    norm.running_mean.copy_(torch.tensor([[0.0, 0.0], [5.0, 5.0]]))
    x = torch.full((5, 2, 1, 1), 6.0)
    y = norm(x, torch.zeros(1, 3)).flatten(1)
    torch.testing.assert_close(y[1:], torch.ones(4, 2), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norm(x[:2], torch.zeros(1, 3), first_frame=3).flatten(1), y[3:])


def test_a_channel_that_hardly_ever_fires_cannot_drown_the_others():
    norm = ConditionalBatchNorm(1, 2, 1, spectral_norm=False).train()
    nn.init.constant_(norm.gain.weight, -0.75)
    x = torch.zeros(64, 1, 16, 16)
    x[0, 0, 0, 0] = -1.0
    condition = torch.ones(64, 2)
    gain = -0.5
    plain = nn.functional.batch_norm(x, None, None, training=True) * gain
    assert plain.max() > 50
    assert abs(norm(x, condition).max() - 6 * abs(gain)) < 1e-3


def test_standing_statistics_are_the_plain_mean_over_batches():
    torch.manual_seed(0)
    norm = ConditionalBatchNorm(3, 2, 2, spectral_norm=False).eval()
    batches = [random_features(2, 4, 3) for _ in range(5)]
    norm.start_standing_statistics()
    for x in batches:
        norm(x, torch.zeros(4, 2))
    norm.end_standing_statistics()
    means = torch.stack([x.unflatten(0, (2, 4)).mean(dim=(1, 3, 4)) for x in batches])
    torch.testing.assert_close(norm.running_mean, means.mean(0), rtol=1e-5, atol=1e-5)


def test_training_on_longer_clips_than_declared_is_refused():
    norm = ConditionalBatchNorm(2, 3, 2, spectral_norm=False).train()
    with pytest.raises(ValueError, match="trained_frames"):
        norm(torch.randn(3, 2, 4, 4), torch.zeros(1, 3))
