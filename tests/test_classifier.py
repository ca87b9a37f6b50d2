"""The judge: learns actions and not colours, from any seed the same, and survives being saved."""

import numpy as np
import pytest
import torch
from PIL import Image

from tests.square_people import CLASS_NAMES, SIZE, write_square_people
from training.data.shards import ShardedClips
from training.metrics import classifier
from training.metrics.confusion import accuracy_by_class, draw_confusion
from training.metrics.judge import Judge, features_of, judge_sha256, load_judge, probabilities_of, save_judge
from training.metrics.real_clips import windows_of_class


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


@pytest.fixture(scope="module")
def trained(data):
    return classifier.train_judge(data, num_frames=8, frame_stride=1, steps=60, batch_clips=16)


def clips_of(data, split="held_out", label=1):
    return windows_of_class(ShardedClips(data, split, num_frames=8, frame_stride=1), label, 6)


def test_the_judge_names_the_actions_of_a_person_it_never_saw(trained):
    _, protocol = trained
    assert protocol.held_out_accuracy >= 0.9
    assert protocol.held_out_groups == ["person 4"]
    assert protocol.class_names == CLASS_NAMES == list(protocol.held_out_accuracy_by_class)


def test_the_confusion_picture_shows_the_counts_behind_the_accuracy(trained, tmp_path):
    judge, protocol = trained
    counts = torch.tensor(protocol.held_out_confusion)
    assert counts.sum().item() == protocol.held_out_windows
    assert accuracy_by_class(counts).tolist() == list(protocol.held_out_accuracy_by_class.values())
    classifier.write_judge(judge, protocol, tmp_path)
    draw_confusion({"": counts.flip(1).tolist()}, CLASS_NAMES, tmp_path / "wrong.png")
    assert slope_of_dark_cells(tmp_path / "confusion.png") > 0.5 > -0.5 > slope_of_dark_cells(tmp_path / "wrong.png")


def slope_of_dark_cells(path):
    red, green, blue = np.moveaxis(np.asarray(Image.open(path).convert("RGB")).astype(int), 2, 0)
    rows, columns = np.nonzero((blue > red + 60) & (green < 100))
    return np.corrcoef(rows, columns)[0, 1]


def test_many_classes_are_drawn_without_names_and_within_bounds(tmp_path):
    draw_confusion({"": torch.eye(600, dtype=torch.int64).tolist()}, [str(i) for i in range(600)], tmp_path / "a.png")
    assert max(Image.open(tmp_path / "a.png").size) < 3000


def test_the_judge_does_not_go_by_colour_even_where_colour_tells_the_class(tmp_path):
    red, green = (230, 60, 60), (60, 230, 60)
    tints = {("train", 0): red, ("train", 1): green, ("held_out", 0): green, ("held_out", 1): red}
    misleading = write_square_people(tmp_path / "misleading", tints=tints)
    _, protocol = classifier.train_judge(misleading, num_frames=8, frame_stride=1, steps=60, batch_clips=16)
    assert protocol.held_out_accuracy >= 0.9


def test_the_judge_needs_the_motion(trained, data):
    judge, _ = trained
    frozen = [clips_of(data, label=label)[:, :1].expand(-1, 8, -1, -1, -1) for label in range(2)]
    named = probabilities_of(judge, features_of(judge, frozen)).argmax(1)
    assert (named == torch.tensor([0] * 6 + [1] * 6)).float().mean() < 0.9


def test_a_clip_is_judged_alone(trained, data):
    judge, _ = trained
    video = clips_of(data)
    together, alone = features_of(judge, [video]), features_of(judge, video.split(1))
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
    assert together.shape == (6, 96) and together.dtype == torch.float32


def test_training_repeats_and_leaves_the_global_random_state_alone(data):
    digests = []
    for global_seed in range(2):
        expected = torch.rand(1, generator=torch.Generator().manual_seed(global_seed))
        torch.manual_seed(global_seed)
        judge, _ = classifier.train_judge(data, num_frames=4, frame_stride=1, steps=3, batch_clips=4)
        assert torch.equal(torch.rand(1), expected)
        digests.append(judge_sha256(judge))
    assert digests[0] == digests[1]
    other, _ = classifier.train_judge(data, num_frames=4, frame_stride=1, seed=1, steps=3, batch_clips=4)
    assert judge_sha256(other) != digests[0]


def test_augmentation_treats_all_frames_of_a_clip_alike_and_clips_apart():
    still = torch.rand(1, 1, 3, SIZE, SIZE).expand(4, 5, -1, -1, -1) * 2 - 1
    changed = classifier.augment(still, torch.Generator().manual_seed(0))
    assert changed.shape == still.shape
    torch.testing.assert_close(changed, changed[:, :1].expand_as(changed))
    assert all((changed[0] - changed[other]).abs().mean() > 0.05 for other in (1, 2, 3))


def test_a_saved_judge_gives_the_same_answers(trained, data, tmp_path):
    judge, protocol = trained
    save_judge(judge, protocol, tmp_path / "judge")
    loaded, its_protocol = load_judge(tmp_path / "judge")
    assert torch.equal(features_of(loaded, [clips_of(data)]), features_of(judge, [clips_of(data)]))
    assert (judge_sha256(loaded), its_protocol) == (judge_sha256(judge), protocol)
    assert not loaded.training
    with pytest.raises(FileNotFoundError, match=r"python -m training\.metrics\.classifier"):
        load_judge(tmp_path)
    save_judge(torch.nn.Linear(2, 2), protocol, tmp_path / "older")
    with pytest.raises(ValueError, match="older version: train one"):
        load_judge(tmp_path / "older")


def test_every_size_and_length_is_judged():
    judge = Judge(3).eval()
    for size, num_frames in ((16, 1), (32, 8), (64, 16)):
        assert judge(torch.zeros(2, num_frames, 3, size, size)).shape == (2, 3)


def test_the_command_saves_a_judge(data, tmp_path, capsys):
    options = ["--num-frames", "4", "--frame-stride", "1", "--steps", "3"]
    classifier.main(["--data", str(data), "--out", str(tmp_path / "judge"), *options])
    assert load_judge(tmp_path / "judge")[1].num_frames == 4
    assert "held-out accuracy" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"holds no dataset\.json"):
        classifier.main(["--data", str(tmp_path), "--out", str(tmp_path / "judge")])
