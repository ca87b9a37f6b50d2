import pytest
import torch

from dvd_gan.latents import MAX_SEED, draw_latents


def test_a_seed_means_the_same_noise_in_any_batch():
    together = draw_latents([3, 7, MAX_SEED, 0], 120)
    for row, seed in zip(together, [3, 7, MAX_SEED, 0], strict=True):
        assert torch.equal(row[None], draw_latents([seed], 120))
    assert len(together.unique(dim=0)) == 4


def test_drawing_leaves_torchs_own_generator_alone():
    before = torch.get_rng_state()
    draw_latents([1], 8)
    assert torch.equal(before, torch.get_rng_state())


def test_truncation_scales_the_standard_deviation():
    full = draw_latents(range(200), 120)
    assert full.dtype == torch.float32
    assert abs(full.std().item() - 1) < 0.02
    torch.testing.assert_close(draw_latents(range(200), 120, truncation=0.4), full * 0.4)


@pytest.mark.parametrize("bad", [-1, 2**63, 1.5, "7", None, True])
def test_a_bad_seed_is_refused_in_one_sentence(bad):
    with pytest.raises(ValueError, match="A seed is a whole number from 0 to"):
        draw_latents([bad], 8)


@pytest.mark.parametrize("bad", [0, -0.5, 1.01, float("nan"), "0.5", None])
def test_a_bad_truncation_is_refused_in_one_sentence(bad):
    with pytest.raises(ValueError, match="Truncation is above 0"):
        draw_latents([1], 8, truncation=bad)
