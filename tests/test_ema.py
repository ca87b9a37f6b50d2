"""The average: parameters lerp, buffers copy, and what is sampled has statistics of its own."""

import copy

import torch

from dvd_gan.models.normalization import SpectralWeight
from dvd_gan.models.presets import make_generator
from training.ema import decay_for, make_average, ready_to_sample, update_average


def moved(generator):
    torch.manual_seed(1)
    live = copy.deepcopy(generator)
    with torch.no_grad():
        for tensor in [*live.parameters(), *(b for b in live.buffers() if b.is_floating_point())]:
            tensor.add_(torch.rand_like(tensor))
    return live


def test_parameters_move_by_the_decay_and_buffers_are_copied():
    live = moved(make_generator("tiny"))
    average = make_average(make_generator("tiny"))
    before = copy.deepcopy(average)
    update_average(average, live, 0.75)
    for old, new, target in zip(before.parameters(), average.parameters(), live.parameters(), strict=True):
        torch.testing.assert_close(new, 0.75 * old + 0.25 * target)
    for new, target in zip(average.buffers(), live.buffers(), strict=True):
        assert torch.equal(new, target)


def test_half_life_counts_videos_whatever_the_batch():
    once = decay_for(1000, 1000, 10**9)
    many = decay_for(10, 1000, 10**9) ** 100
    assert abs(once - 0.5) < 1e-9 and abs(many - 0.5) < 1e-9


def test_early_averages_forget_faster():
    assert decay_for(16, 2000, 160) < decay_for(16, 2000, 16_000) < decay_for(16, 2000, 160_000)


def test_ready_to_sample_fits_its_own_weights_and_leaves_the_average_alone():
    torch.manual_seed(3)
    average = make_average(moved(make_generator("tiny")))
    before = copy.deepcopy(average.state_dict())
    ready = ready_to_sample(average, num_batches=8)
    assert all(torch.equal(before[key], value) for key, value in average.state_dict().items())
    for module in ready.modules():
        if isinstance(module, SpectralWeight):
            true = torch.linalg.svdvals(module.weight.flatten(1))[0]
            assert abs(module.singular_value() / true - 1) < 0.02
    # Statistics that fit: eval output is close to what batch statistics would give on a large fresh batch.
    z, ids = torch.randn(64, 8), torch.randint(4, (64,))
    fitted = ready(z, ready.embed(ids), 4)
    for norm in ready.modules():
        if hasattr(norm, "standing"):
            norm.start_standing_statistics()
    batch = ready(z, ready.embed(ids), 4)
    unfitted = average(z, average.embed(ids), 4)
    assert 4 * (fitted - batch).abs().mean() < (unfitted - batch).abs().mean() < 0.1


def test_what_is_sampled_does_not_depend_on_the_running_statistics_of_training():
    average = make_average(moved(make_generator("tiny")))
    disturbed = copy.deepcopy(average)
    for norm in disturbed.modules():
        if hasattr(norm, "running_mean"):
            norm.running_mean.fill_(7.0)
            norm.running_var.fill_(9.0)
    z, ids = torch.randn(2, 8), torch.tensor([0, 1])
    clips = [g(z, g.embed(ids), 4) for g in map(ready_to_sample, (average, disturbed))]
    assert torch.equal(*clips)
