"""`prepare ucf101`: the official lists decide, and lists or names that disagree stop the command."""

import json
import shutil

import pytest

from tests.video_files import REAL_CLIPS, needs_real_clips, write_ucf101
from training.data import prepare
from training.data.shards import ShardedClips
from training.data.ucf101 import readable


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return write_ucf101(tmp_path_factory.mktemp("ucf101") / "raw")


@pytest.fixture
def raw(original, tmp_path):
    return shutil.copytree(original, tmp_path / "raw")


def run(raw, out, *extra):
    command = ["ucf101", "--input", str(raw), "--out", str(out), "--resolution", "16", "--frames", "8"]
    prepare.main([*command, "--processes", "1", *extra])
    return json.loads((out / "report.json").read_text())


def edit(raw, name, old, new):
    path = raw / "ucfTrainTestlist" / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_the_official_lists_decide_split_label_and_group(raw, tmp_path):
    report = run(raw, tmp_path / "out")
    assert (report["train"]["clips"], report["held_out"]["clips"]) == (8, 4)
    train, held_out = (ShardedClips(tmp_path / "out", split, num_frames=4, frame_stride=2) for split in report)
    assert train.class_names == ["apply eye makeup", "handstand pushups"]
    assert set(held_out.groups) == {"ApplyEyeMakeup g01", "HandstandPushups g01"}
    assert not set(train.groups) & set(held_out.groups)
    for clips in (train, held_out):
        for index, group in enumerate(clips.groups):
            assert group.startswith(["ApplyEyeMakeup", "HandstandPushups"][clips.labels[index]])


def test_the_paper_side_is_a_setting_of_the_set(raw, tmp_path):
    run(raw, tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "dataset.json").read_text())["settings"]
    assert settings["short_side"] == 18 and settings["crop"] == "random" and settings["fold"] == 1


def test_missing_and_broken_videos_are_counted_by_class(raw, tmp_path, capsys):
    videos = raw / "UCF-101"
    (videos / "ApplyEyeMakeup" / "v_ApplyEyeMakeup_g02_c01.avi").unlink()
    (videos / "ApplyEyeMakeup" / "v_ApplyEyeMakeup_g01_c02.avi").write_bytes(b"damaged")
    report = run(raw, tmp_path / "out")
    assert report["train"]["skipped"] == {"missing": {"apply eye makeup": 1}}
    assert report["held_out"]["skipped"] == {"undecodable": {"apply eye makeup": 1}}
    assert report["train"]["classes"] == {"apply eye makeup": 3, "handstand pushups": 4}
    assert "train: 7 clips, 84 frames, 4 groups; 1 missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("trainlist01.txt", "g02_c01.avi 1", "g02_c01.avi 2", "has number 2, and ApplyEyeMakeup is 1"),
        ("trainlist01.txt", "ApplyEyeMakeup/v_", "HandstandPushups/v_", r"is not named v_HandstandPushups_g"),
        ("trainlist01.txt", "_g02_c01.avi 1", "_g01_c01.avi 1", "group that the other list has too"),
        ("trainlist01.txt", "ApplyEyeMakeup/", "ApplyMakeup/", "classInd.txt lacks"),
        ("classInd.txt", "2 Handstand", "3 Handstand", "does not number its classes"),
    ],
)
def test_lists_that_disagree_stop_the_command(raw, tmp_path, name, old, new, message):
    edit(raw, name, old, new)
    with pytest.raises(SystemExit, match=message):
        run(raw, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_mistakes_are_named(raw, tmp_path):
    with pytest.raises(SystemExit, match="none of the 12 videos"):
        run(raw / "ucfTrainTestlist", tmp_path / "out")
    with pytest.raises(SystemExit, match=r"trainlist03\.txt is missing"):
        run(raw, tmp_path / "out", "--fold", "3")
    with pytest.raises(SystemExit, match=r"no classInd\.txt"):
        run(raw / "UCF-101", tmp_path / "out")
    with pytest.raises(SystemExit, match="smaller than --resolution"):
        run(raw, tmp_path / "out", "--short-side", "8")


@needs_real_clips
def test_a_real_clip_in_the_real_layout_and_all_101_class_names(tmp_path):
    names = (REAL_CLIPS / "label_map_ucf101.txt").read_text().split()
    raw = write_ucf101(tmp_path / "raw", classes=names[:1], groups=2, clips=1)
    (raw / "ucfTrainTestlist" / "classInd.txt").write_text("".join(f"{i} {n}\n" for i, n in enumerate(names, 1)))
    shutil.copy(REAL_CLIPS / "test.avi", raw / "UCF-101" / names[0] / f"v_{names[0]}_g02_c01.avi")
    report = run(raw, tmp_path / "out", "--resolution", "64")
    assert report["train"]["frames"] == 164
    clips = ShardedClips(tmp_path / "out", num_frames=16, frame_stride=2)
    assert len(clips.class_names) == 101 and clips[0]["frames"].shape == (16, 64, 64, 3)
    assert len(set(map(readable, names))) == 101
