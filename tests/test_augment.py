"""Augmentation moves whole clips, keeps content, and passes gradients."""

import torch

from training.augment import augment, flip, translate
from training.draws import Draws


def rng():
    return Draws(torch.Generator().manual_seed(3))


def test_all_frames_of_a_clip_move_together():
    frame = torch.rand(5, 1, 3, 16, 16)
    still = frame.expand(-1, 4, -1, -1, -1).contiguous()
    moved = augment(still, 0.25, True, rng())
    assert torch.equal(moved, moved[:, :1].expand_as(moved))
    assert not torch.equal(moved, still)


def test_translation_shifts_by_at_most_the_margin_and_repeats_edges():
    columns = torch.arange(16.0).expand(8, 2, 3, 16, 16)
    moved = translate(columns, 0.25, rng())
    shifts = moved[:, 0, 0, 0, 8] - 8
    assert shifts.abs().max() <= 4 and shifts.unique().numel() > 3
    expected = (torch.arange(16.0) + shifts[:, None]).clamp(0, 15)
    assert torch.equal(moved[:, 0, 0, 0], expected)


def test_about_half_the_clips_are_mirrored_and_the_others_untouched():
    clips = torch.rand(64, 1, 1, 2, 4)
    mirrored = flip(clips, rng())
    is_mirrored = (mirrored == clips.flip(-1)).flatten(1).all(1)
    is_same = (mirrored == clips).flatten(1).all(1)
    assert (is_mirrored ^ is_same).all() and 16 < is_mirrored.sum() < 48


def test_gradients_reach_every_clip():
    clips = torch.rand(4, 2, 3, 8, 8, requires_grad=True)
    augment(clips, 0.25, True, rng()).sum().backward()
    assert (clips.grad.flatten(1).sum(1) > 0).all()


def test_nothing_asked_changes_nothing():
    clips = torch.rand(2, 2, 3, 8, 8)
    assert torch.equal(augment(clips, 0.0, False, rng()), clips)
