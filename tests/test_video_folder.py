"""`prepare folder`: classes are folders, groups stay whole, and a split of the folder's own is kept."""

import json

import pytest

from tests.video_files import ramp, write_video
from training.data import prepare
from training.data.shards import SPLITS, ShardedClips
from training.data.video_folder import split_groups


def run(raw, out, *extra):
    command = ["folder", "--input", str(raw), "--out", str(out), "--resolution", "16", "--frames", "4"]
    prepare.main([*command, "--processes", "1", *extra])
    return json.loads((out / "report.json").read_text())


def write_folder(folder, names):
    for number, name in enumerate(names):
        write_video(folder / name, ramp(6, 20, 28, tint=number))
    return folder


def test_classes_are_folders_and_every_class_is_on_both_sides(tmp_path):
    names = [f"{label}/{number}{end}" for label in ("jump_rope", "walk") for number, end in enumerate([".mp4"] * 3)]
    run(write_folder(tmp_path / "raw", [*names, "walk/3.avi", "walk/3.mp4", "walk/3.b.mp4"]), tmp_path / "out")
    train, held_out = (ShardedClips(tmp_path / "out", split, num_frames=4, frame_stride=1) for split in SPLITS)
    assert train.class_names == ["jump rope", "walk"]
    assert len(train) + len(held_out) == 9
    assert set(train.labels) == set(held_out.labels) == {0, 1}
    for clips in (train, held_out):
        assert all(group.startswith(["jump_rope/", "walk/"][clips.labels[i]]) for i, group in enumerate(clips.groups))


def test_the_folders_own_split_is_kept(tmp_path):
    raw = write_folder(tmp_path / "raw", ["train/walk/a.mp4", "train/run/b.mp4", "val/walk/c.mp4"])
    report = run(raw, tmp_path / "out", "--held-out", "0.5")
    assert report["train"]["classes"] == {"run": 1, "walk": 1} and report["held_out"]["classes"] == {"walk": 1}


def test_groups_stay_whole(tmp_path):
    names = [f"{label}/p{person}_take{take}.mp4" for label in ("a", "b") for person in range(4) for take in range(2)]
    run(write_folder(tmp_path / "raw", names), tmp_path / "out", "--group", r"(p\d+)_", "--held-out", "0.25")
    train, held_out = (ShardedClips(tmp_path / "out", split, num_frames=4, frame_stride=1) for split in SPLITS)
    assert len(set(held_out.groups)) == 1 and len(set(train.groups)) == 3
    assert (len(train), len(held_out)) == (12, 4)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.1, 1), (0.3, 3), (0.95, 9)])
def test_the_held_out_share_is_kept_and_training_never_goes_empty(share, expected):
    splits = split_groups(["walk"] * 10, [f"group {number}" for number in range(10)], share)
    assert splits.count("held_out") == expected
    assert split_groups(["walk"], ["only"], share) == ["train"]


def test_mistakes_are_named(tmp_path):
    raw = write_folder(tmp_path / "raw", ["walk/a.mp4"])
    with pytest.raises(SystemExit, match="holds no video"):
        run(tmp_path / "nothing", tmp_path / "out")
    with pytest.raises(SystemExit, match=r"no parenthesis that fits 'a\.mp4'"):
        run(raw, tmp_path / "out", "--group", "(p)_")
    with pytest.raises(SystemExit, match="share from 0"):
        run(raw, tmp_path / "out", "--held-out", "2")
    write_folder(raw, ["b.mp4"])
    with pytest.raises(SystemExit, match=r"1 videos do not lie in a class folder, say b\.mp4"):
        run(raw, tmp_path / "out")
    (raw / "b.mp4").unlink()
    (raw / "walk" / "a.mp4").write_bytes(b"")
    with pytest.raises(SystemExit, match="None of the source's clips could be kept"):
        run(raw, tmp_path / "out")
