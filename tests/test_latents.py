import pytest
import torch

from dvd_gan.latents import MAX_SEED, MAX_VARIATIONS, draw_latents, draw_varied


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


def test_without_variations_the_noise_is_the_seeds_own():
    assert torch.equal(draw_varied(7, [], 120, 0.6), draw_latents([7], 120, 0.6)[0])


def test_a_variation_goes_its_share_of_the_way_and_all_of_it_ends_at_the_other_seed():
    start_Z, other_Z = draw_latents([7, 8], 120)
    whole_angle = torch.cosine_similarity(start_Z, other_Z, dim=0).arccos()
    for distance in (0.1, 0.35, 0.8):
        moved_Z = draw_varied(7, [(8, distance)], 120)
        angle = torch.cosine_similarity(start_Z, moved_Z, dim=0).arccos()
        torch.testing.assert_close(angle, distance * whole_angle, atol=1e-3, rtol=0)
        assert abs(moved_Z.norm() - torch.lerp(start_Z.norm(), other_Z.norm(), distance)) < 1e-3, "it stays as long"
    torch.testing.assert_close(draw_varied(7, [(8, 1.0)], 120), other_Z)


def test_variations_follow_one_another_and_truncation_scales_their_end():
    moves = [(8, 0.3), (9, 0.5)]
    assert not torch.equal(draw_varied(7, moves, 120), draw_varied(7, moves[::-1], 120))
    torch.testing.assert_close(draw_varied(7, moves, 120, 0.5), draw_varied(7, moves, 120) * 0.5)


@pytest.mark.parametrize("bad", [0, -0.1, 1.1, float("nan"), "0.3", None, True])
def test_a_bad_distance_is_refused_in_one_sentence(bad):
    with pytest.raises(ValueError, match="A distance is above 0"):
        draw_varied(7, [(8, bad)], 8)


def test_a_bad_seed_to_move_towards_and_an_endless_list_are_refused():
    with pytest.raises(ValueError, match="A seed is a whole number from 0 to"):
        draw_varied(7, [(-8, 0.3)], 8)
    with pytest.raises(ValueError, match="varied at most 32 times"):
        draw_varied(7, [(8, 0.3)] * (MAX_VARIATIONS + 1), 8)
