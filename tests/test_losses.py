"""The hinge: where its gradient is, and where it is not."""

import torch

from training.losses import (
    diversity_shortfall,
    future_error,
    futures_shortfall,
    hinge_discriminator,
    hinge_generator,
    keeping_error,
)


def test_discriminator_loss_is_zero_only_beyond_both_margins():
    assert hinge_discriminator(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -2.0])) == 0
    assert hinge_discriminator(torch.tensor([0.0]), torch.tensor([0.0])) == 2
    assert hinge_discriminator(torch.tensor([0.0, 2.0]), torch.tensor([-2.0, -2.0])) == 0.5


def test_discriminator_gradient_stops_at_the_margin():
    real, fake = torch.tensor([0.5, 2.0], requires_grad=True), torch.tensor([-0.5, -2.0], requires_grad=True)
    hinge_discriminator(real, fake).backward()
    assert real.grad.tolist() == [-0.5, 0.0] and fake.grad.tolist() == [0.5, 0.0]


def test_rejecting_two_kinds_of_clips_weighs_no_more_than_accepting_one():
    """Otherwise the same score for everything, -1, costs less than 0 and fresh critics fall into it."""
    for weight in (0.25, 1.0):
        same = torch.zeros(4, requires_grad=True)
        hinge_discriminator(same, same, same, weight).backward()
        assert same.grad.abs().max() < 1e-6
    right, wrong = torch.tensor([2.0]), torch.tensor([0.0])
    assert hinge_discriminator(right, -right, wrong, 1.0) == 0.5


def test_generator_gradient_never_saturates():
    scores = torch.tensor([-9.0, 0.0, 9.0], requires_grad=True)
    hinge_generator(scores).backward()
    assert torch.allclose(scores.grad, torch.full((3,), -1 / 3))


def clips_of_two_classes(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(6, 2, 3, 16, 16, generator=generator) * 2 - 1, torch.tensor([0, 1, 0, 1, 0, 1])


def test_no_shortfall_once_generated_clips_differ_as_much_as_real_ones():
    real, ids = clips_of_two_classes(0)
    fake, _ = clips_of_two_classes(1)
    assert diversity_shortfall(1.2 * fake, ids, real, ids) == 0
    assert abs(diversity_shortfall(0.25 * fake, ids, real, ids) - 2 / 3) < 0.05


def test_two_futures_of_a_start_are_to_differ_as_a_moving_clip_from_a_still_one():
    real, _ = clips_of_two_classes(0)
    real = torch.cat([real, real.flip(0)], dim=1)
    same = real[::2].repeat_interleave(2, dim=0)
    torch.testing.assert_close(futures_shortfall(same, real, 1), torch.tensor(1.0))
    other = same.clone()
    other[1::2, 1:] = other[1::2, :1]
    assert futures_shortfall(other, real, 1) < 0.05
    other[:, :1] = torch.rand(1, 1, 3, 16, 16)
    assert futures_shortfall(other, real, 1) < 0.05


def test_first_drawn_frames_count_for_both_futures_and_later_ones_for_the_nearer_one():
    """One given frame of four: the frame after it lies near."""
    real = torch.zeros(2, 4, 3, 4, 4)
    drawn = real.clone()
    assert future_error(drawn, real, 1) == 0
    drawn[0, 0] = 1.0
    assert future_error(drawn, real, 1) == 0, "given frames do not count"
    drawn[0, 2:] = 1.0
    assert future_error(drawn, real, 1) == 0, "the other future is right"
    drawn[1, 2:] = 0.5
    assert future_error(drawn, real, 1) == 0.5 * 2 / 3
    drawn[0, 1] = 1.0
    assert future_error(drawn, real, 1) == (0.5 + 0.5 * 2) / 3


def test_keeping_costs_where_the_real_clip_goes_on_to_something_else():
    """Two clips, three time steps; the left half of the second one changes, in its last two frames."""
    last_given, future = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 3, 4, 4)
    future[1, 1:, :, :, :2] = 0.5
    kept = torch.zeros(3, 2, 1, 4, 4)
    assert keeping_error(kept, last_given, future) == 0, "nothing is kept"
    kept[:, 0], kept[:, :, :, :, 2:], kept[0] = 1.0, 1.0, 1.0
    assert keeping_error(kept, last_given, future) == 0, "what is kept stays"
    kept[2, 1] = 1.0
    torch.testing.assert_close(keeping_error(kept, last_given, future), torch.tensor(0.5 / 12))


def test_one_odd_clip_does_not_make_up_for_copies():
    real, ids = clips_of_two_classes(0)
    copies = real[:2].repeat(3, 1, 1, 1, 1)
    copies[0] = -9.0 * copies[0]
    assert diversity_shortfall(copies, ids, real, ids) > 0.6


def test_copies_and_mere_tints_fall_short_in_full():
    real, ids = clips_of_two_classes(0)
    copies = real[:2].repeat(3, 1, 1, 1, 1)
    tints = torch.rand(6, 1, 3, 1, 1)
    torch.testing.assert_close(diversity_shortfall(copies + tints, ids, real, ids), torch.tensor(1.0))


def test_different_people_who_move_in_step_fall_short_by_half():
    real, ids = clips_of_two_classes(0)
    people = clips_of_two_classes(1)[0][:, :1]
    step = torch.stack([torch.zeros(3, 16, 16), torch.rand(3, 16, 16)])
    torch.testing.assert_close(diversity_shortfall(3 * people + step, ids, real, ids), torch.tensor(0.5))


def test_difference_between_classes_does_not_count():
    real, ids = clips_of_two_classes(0)
    by_class = ids.float()[:, None, None, None, None].expand_as(real)
    pattern = torch.rand(1, 2, 3, 16, 16)
    torch.testing.assert_close(diversity_shortfall(by_class * pattern, ids, real, ids), torch.tensor(1.0))
    assert diversity_shortfall(real[:2], ids[:2], real, ids) == 0


def test_the_shortfall_pushes_different_clips_apart():
    real, ids = clips_of_two_classes(0)
    fake = (0.1 * real).requires_grad_()
    shortfall = diversity_shortfall(fake, ids, real, ids)
    shortfall.backward()
    moved = (fake - 0.1 * fake.grad.sign()).detach()
    assert diversity_shortfall(moved, ids, real, ids) < shortfall
