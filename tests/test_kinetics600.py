"""`prepare kinetics600`: the official CSV files decide; folders or lists that disagree with them stop the command."""

import json
import shutil

import pytest

from tests.video_files import KINETICS_HEADER, REAL_CLIPS, needs_real_clips, write_kinetics
from training.data import prepare
from training.data.shards import ShardedClips

# Identifiers hold hyphens and underscores, as YouTube's do.
ROWS = [
    ("arm wrestling", "-aaaaaaaaa_", 3, "train"),
    ("arm wrestling", "b_bbbb_bbbb", 12, "train"),
    ("massaging person's head", "cc-cccccccc", 0, "train"),
    ("massaging person's head", "ddddddddddd", 140, "train"),
    ("arm wrestling", "eeeeeeeeeee", 7, "validate"),
    ("massaging person's head", "fffffffffff", 9, "validate"),
    ("arm wrestling", "ggggggggggg", 1, "test"),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return write_kinetics(tmp_path_factory.mktemp("kinetics") / "raw", ROWS)


@pytest.fixture
def raw(original, tmp_path):
    return shutil.copytree(original, tmp_path / "raw")


def run(raw, out, *extra):
    command = ["kinetics600", "--input", str(raw), "--out", str(out), "--resolution", "16", "--frames", "8"]
    prepare.main([*command, "--processes", "1", *extra])
    return json.loads((out / "report.json").read_text())


def test_the_csv_files_decide_split_and_label(raw, tmp_path):
    report = run(raw, tmp_path / "out")
    for split, official in (("train", "train"), ("held_out", "validate")):
        clips = ShardedClips(tmp_path / "out", split, num_frames=8, frame_stride=1)
        expected = {youtube_id: label for label, youtube_id, _, other in ROWS if other == official}
        assert {group: clips.class_names[label] for group, label in zip(clips.groups, clips.labels, strict=True)} == (
            expected
        )
        assert report[split]["clips"] == len(expected)


def test_flat_folders_and_times_without_zeros_are_found_too(tmp_path):
    raw = write_kinetics(tmp_path / "raw", ROWS, in_label_folders=False)
    for path in raw.rglob("*.mp4"):
        name, start, end = path.stem.rsplit("_", 2)
        path.rename(path.with_name(f"{name}_{int(start)}_{int(end)}.mp4"))
    assert run(raw, tmp_path / "out")["train"]["clips"] == 4


def test_what_downloads_lack_is_counted_and_never_fatal(raw, tmp_path):
    (raw / "train" / "arm wrestling" / "-aaaaaaaaa__000003_000013.mp4").unlink()
    (raw / "train" / "massaging person's head" / "cc-cccccccc_000000_000010.mp4").write_bytes(b"gone")
    report = run(raw, tmp_path / "out")
    assert report["train"]["skipped"] == {
        "missing": {"arm wrestling": 1},
        "undecodable": {"massaging person's head": 1},
    }
    assert report["train"]["clips"] == 2 and report["held_out"]["skipped"] == {}


def test_a_video_that_is_held_out_is_not_trained_on_under_another_time(raw, tmp_path):
    with (raw / "train.csv").open("a") as file:
        file.write("arm wrestling,fffffffffff,50,60,train,0\n")
    report = run(raw, tmp_path / "out")
    assert report["train"]["skipped"] == {"also held out": {"arm wrestling": 1}}


def test_a_label_folder_that_the_csv_contradicts_stops_the_command(raw, tmp_path):
    train = raw / "train"
    wrong = "b_bbbb_bbbb_000012_000022.mp4"
    (train / "arm wrestling" / wrong).rename(train / "massaging person's head" / wrong)
    with pytest.raises(SystemExit, match=r"b_bbbb_bbbb.* is 'arm wrestling' by the CSV files"):
        run(raw, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cleaning pool,b_bbbb_bbbb,12,22,train,0", "b_bbbb_bbbb at 12 s is"),
        ("arm wrestling,hhhhhhhhhhh,12,22,trian,0", "has split 'trian'"),
    ],
)
def test_csv_files_that_contradict_themselves_stop_the_command(raw, tmp_path, line, message):
    with (raw / "train.csv").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(SystemExit, match=message):
        run(raw, tmp_path / "out")


def test_mistakes_are_named(raw, tmp_path):
    (tmp_path / "labels.txt").write_text("arm wrestling\n")
    with pytest.raises(SystemExit, match="massaging person's head\" is not in"):
        run(raw, tmp_path / "out", "--labels", str(tmp_path / "labels.txt"))
    (raw / "other.csv").write_text("name,start\n")
    with pytest.raises(SystemExit, match=r"other\.csv has no column label, youtube_id"):
        run(raw, tmp_path / "out")
    with pytest.raises(SystemExit, match="no CSV file"):
        run(raw / "train", tmp_path / "out")
    with pytest.raises(SystemExit, match="none of the 6 videos"):
        run(raw / "test", tmp_path / "out", "--annotations", str(raw / "train.csv"), str(raw / "validate.csv"))


@needs_real_clips
def test_real_clips_in_the_real_layout_with_all_600_labels(tmp_path):
    labels = REAL_CLIPS / "label_map_k600.txt"
    files = {"demo.mp4": ("arm wrestling", "train"), "test.mp4": ("cleaning pool", "train")}
    files["part_0.mp4"] = ("cleaning pool", "validate")
    lines = {"train": [KINETICS_HEADER], "validate": [KINETICS_HEADER]}
    for number, (name, (label, split)) in enumerate(files.items()):
        place = tmp_path / "raw" / label / f"real-clip_{number}_000000_000010.mp4"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL_CLIPS / name, place)
        lines[split].append(f"{label},real-clip_{number},0,10,{split},0")
    lines["train"].append("zumba,notdownload,0,10,train,0")
    for split, text in lines.items():
        (tmp_path / "raw" / f"{split}.csv").write_text("\n".join(text) + "\n")
    report = run(tmp_path / "raw", tmp_path / "out", "--labels", str(labels), "--resolution", "64")
    assert report["train"]["frames"] == 580 and report["held_out"]["frames"] == 32
    assert report["train"]["skipped"] == {"missing": {"zumba": 1}}
    # The damage in demo.mp4 was encoded with the rest: no decoder tells of it, and the picture stands still for 1.2 s.
    assert report["train"]["stand_still"] == {"arm wrestling": 1} and not report["held_out"]["stand_still"]
    clips = ShardedClips(tmp_path / "out", num_frames=48, frame_stride=2)
    assert [clips.class_names[label] for label in clips.labels] == ["arm wrestling", "cleaning pool"]
    assert len(clips.class_names) == 600 and clips.labels == [11, 96]
    strict = run(tmp_path / "raw", tmp_path / "strict", "--labels", str(labels), "--max-still", "1")
    assert strict["train"]["skipped"] == {"missing": {"zumba": 1}, "stands still": {"arm wrestling": 1}}
