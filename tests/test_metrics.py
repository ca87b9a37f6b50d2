"""The figures: each agrees with its definition, and each tells a good generator from a bad one."""

import json

import pytest
import torch

from tests.square_people import CLASS_NAMES, write_square_people
from training.data.shards import ShardedClips
from training.metrics.classifier import train_judge
from training.metrics.diversity import appearance_distances, pose_distances
from training.metrics.figures import evaluate_generator, measure_real
from training.metrics.frechet import frechet_distance
from training.metrics.inception_score import inception_score
from training.metrics.motion import freeze, motion_energy
from training.metrics.real_clips import class_windows, windows_of_class


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def textbook_frechet(a, b):
    a, b = a.double(), b.double()
    product = torch.cov(a.T) @ torch.cov(b.T)
    root_trace = torch.linalg.eigvals(product).sqrt().real.sum()
    return (
        ((a.mean(0) - b.mean(0)) ** 2).sum() + torch.cov(a.T).trace() + torch.cov(b.T).trace() - 2 * root_trace
    ).item()


def test_frechet_agrees_with_the_textbook_formula():
    a, b = randn(200, 12) @ randn(12, 12, seed=1), randn(150, 12, seed=2) @ randn(12, 12, seed=3) + 1
    assert frechet_distance(a, b) == pytest.approx(textbook_frechet(a, b), rel=1e-9)


def test_frechet_of_a_shift_is_its_squared_length():
    a = randn(50, 8)
    assert frechet_distance(a, a + 3) == pytest.approx(9 * 8, rel=1e-5)


def test_frechet_is_symmetric_and_zero_only_for_the_same_gaussian():
    a, b = randn(40, 8), randn(30, 8, seed=1)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, 2 * a) > 1


def test_frechet_is_sound_with_fewer_samples_than_features():
    few = randn(6, 96)
    assert frechet_distance(few, few.flip(0)) == pytest.approx(0, abs=1e-9)
    plane = torch.zeros(6, 96)
    plane[:, 0] = few[:, 0]
    other = torch.zeros(6, 96)
    other[:, 1] = few[:, 0]
    variance = few[:, 0].double().var().item()
    assert frechet_distance(plane - plane.mean(0), other - other.mean(0)) == pytest.approx(2 * variance, rel=1e-6)


def test_frechet_refuses_a_single_sample():
    with pytest.raises(ValueError, match="2 samples a side"):
        frechet_distance(randn(1, 4), randn(9, 4))


def test_inception_score_runs_from_one_to_the_number_of_classes():
    assert inception_score(torch.full((8, 4), 0.25)) == pytest.approx(1)
    assert inception_score(torch.eye(4).repeat(3, 1)) == pytest.approx(4)
    assert inception_score(torch.eye(4)[[0, 0, 0]]) == pytest.approx(1)


def test_motion_energy_is_the_mean_change_and_zero_when_frozen():
    ramp = torch.arange(5.0).view(1, 5, 1, 1, 1).expand(2, 5, 3, 4, 4) * torch.tensor([0.1, 0.2]).view(2, 1, 1, 1, 1)
    torch.testing.assert_close(motion_energy(ramp), torch.tensor([0.1, 0.2], dtype=torch.float64))
    assert motion_energy(freeze(ramp)).eq(0).all()
    with pytest.raises(ValueError, match="at least 2 frames"):
        motion_energy(ramp[:, :1])


def test_pose_distance_is_blind_to_tint_and_lighting_and_appearance_is_not():
    clip = randn(1, 4, 1, 8, 8).expand(1, 4, 3, 8, 8) * 0.2
    tint = torch.tensor([0.5, 0.8, 1.2]).view(3, 1, 1)
    pair = torch.cat([clip, clip * tint + 0.3])
    assert pose_distances(pair).item() == pytest.approx(0, abs=1e-5)
    assert appearance_distances(pair).item() > 0.2


def test_distances_are_root_mean_squares_over_every_pair():
    clips = torch.stack([torch.full((4, 3, 8, 8), value) for value in (0.0, 0.1, 0.4)])
    torch.testing.assert_close(appearance_distances(clips), torch.tensor([0.1, 0.4, 0.3], dtype=torch.float64))
    assert pose_distances(randn(2, 4, 3, 32, 32)).item() == pytest.approx(2**0.5, rel=0.05)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    data = write_square_people(tmp_path_factory.mktemp("squares") / "data")
    train, held_out = (ShardedClips(data, split, num_frames=8, frame_stride=1) for split in ("train", "held_out"))
    judge, _ = train_judge(data, num_frames=8, frame_stride=1, steps=60, batch_clips=16)
    return train, held_out, judge, measure_real(judge, train, held_out, clips_per_class=8)


def real_windows(clips, phase=0.5):
    videos = [windows_of_class(clips, label, 8, phase) for label in range(len(CLASS_NAMES))]
    return lambda ids, seeds: torch.stack([videos[label][seed] for label, seed in zip(ids, seeds, strict=True)])


@pytest.mark.parametrize("num_windows", [1, 3, 4, 10, 200])
def test_windows_are_spread_over_the_clips_of_the_class(real, num_windows):
    train = real[0]
    windows = class_windows(train, 1, num_windows, phase=0.9)
    assert len(windows) == num_windows
    assert all(train.labels[index] == 1 and 0 <= start < train.num_starts(index) for index, start in windows)
    counts = [sum(index == its for its, _ in windows) for index in range(len(train)) if train.labels[index] == 1]
    assert max(counts) - min(counts) <= 1
    if num_windows == 200:
        assert set(windows) == {(i, s) for i in range(len(train)) if train.labels[i] == 1 for s in range(17)}


def test_two_phases_share_no_window(real):
    one, other = (set(class_windows(real[0], 0, 16, phase)) for phase in (0.0, 0.5))
    assert len(one) == len(other) == 16 and not one & other


def test_real_clips_score_as_real_and_the_report_is_json(real):
    train, _, judge, reference = real
    figures = evaluate_generator(real_windows(train), judge, reference)
    assert figures["class_accuracy"] > 0.9
    assert 0.3 < figures["frechet_to_held_out_over_floor"] < 2
    assert 0.8 < figures["motion_over_real"] < 1.25
    assert figures["nearly_identical_pairs"] == 0
    assert 0.8 < figures["pose_distance_over_real"] < 1.25
    json.dumps([figures, reference.figures])


def test_frozen_clips_are_told_from_moving_ones(real):
    train, _, judge, reference = real
    moving = real_windows(train)
    figures = evaluate_generator(lambda ids, seeds: freeze(moving(ids, seeds)), judge, reference)
    assert figures["motion_over_real"] == 0
    assert figures["frechet_to_train"] > 1.5 * reference.figures["train_clips"]["frechet_to_train"]
    assert reference.figures["frozen_train_clips"]["frechet_to_train"] > figures["frechet_to_train"] / 2


def test_swapped_classes_cost_accuracy_and_nothing_else(real):
    train, _, judge, reference = real
    moving = real_windows(train)
    right = evaluate_generator(moving, judge, reference)
    swapped = evaluate_generator(lambda ids, seeds: moving(1 - ids, seeds), judge, reference)
    assert swapped["class_accuracy"] == pytest.approx(1 - right["class_accuracy"])
    assert swapped["frechet_to_held_out"] == pytest.approx(right["frechet_to_held_out"], rel=1e-6)


def test_one_clip_for_every_seed_is_caught_even_when_tints_differ(real):
    train, _, judge, reference = real
    moving = real_windows(train)

    def collapsed(ids, seeds):
        return moving(ids, [0] * len(seeds)) * (0.5 + 0.05 * torch.tensor(seeds)).view(-1, 1, 1, 1, 1)

    figures = evaluate_generator(collapsed, judge, reference)
    assert figures["nearly_identical_pairs"] == 2 * 8 * 7 // 2
    assert figures["pose_distance_over_real"] < 0.01 < figures["appearance_distance_over_real"]


def test_batches_change_no_figure_and_seeds_are_the_ones_stated(real):
    train, _, judge, reference = real
    seen, moving = [], real_windows(train)

    def generate(ids, seeds):
        seen.append((ids.tolist(), list(seeds)))
        return moving(ids, [seed - 100 for seed in seeds])

    in_threes = evaluate_generator(generate, judge, reference, batch_clips=3, first_seed=100)
    assert [seed for ids, seeds in seen for seed in seeds] == [*range(100, 108)] * 2
    assert all(set(ids) == {number // 3} for number, (ids, _) in enumerate(seen))
    assert in_threes["seeds"] == [100, 107]
    at_once = evaluate_generator(moving, judge, reference)
    assert in_threes["frechet_to_train"] == pytest.approx(at_once["frechet_to_train"], rel=1e-4)
