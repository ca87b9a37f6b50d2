"""The prepare command: a whole data set or none, a true report, one sentence for a mistake."""

import json

import numpy as np
import pytest
from PIL import Image

from training.data import prepare, shard_writer
from training.data.shards import ShardedClips


@pytest.fixture
def folder(tmp_path):
    for class_name in ("bend", "jumping_jacks"):
        for person in range(3):
            path = tmp_path / "raw" / class_name / f"actor_{person}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((16, 16 * (10 + person), 3), 40 * person, np.uint8)).save(path)
    return tmp_path


def run(folder, *extra):
    paths = ["--input", str(folder / "raw"), "--out", str(folder / "out")]
    prepare.main(["weizmann", *paths, "--resolution", "16", *extra])


def test_the_command_writes_what_training_reads(folder, capsys):
    run(folder)
    train, held_out = (ShardedClips(folder / "out", split, num_frames=4) for split in ("train", "held_out"))
    assert (len(train), len(held_out)) == (4, 2)
    assert train.class_names == ["bend", "jumping jacks"]
    assert (train.resolution, train.fps) == (16, 25.0)
    assert not set(train.groups) & set(held_out.groups)
    printed = capsys.readouterr().out
    assert "train: 4 clips, 42 frames" in printed and "held_out: 2 clips, 24 frames" in printed


def test_the_report_agrees_with_the_shards(folder):
    run(folder)
    report = json.loads((folder / "out" / "report.json").read_text())
    dataset = json.loads((folder / "out" / "dataset.json").read_text())
    for split, shards in dataset["splits"].items():
        assert report[split]["clips"] == sum(shard["clips"] for shard in shards)
        assert report[split]["frames"] == sum(shard["frames"] for shard in shards)
        assert sum(report[split]["classes"].values()) == report[split]["clips"]
    assert "CC BY-NC-ND" in dataset["licence"]


def test_a_run_cut_short_leaves_nothing_that_looks_finished_and_can_be_run_again(folder, monkeypatch):
    encode = shard_writer.encode_clip
    calls = []

    def encode_until_killed(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return encode(*arguments)

    monkeypatch.setattr(shard_writer, "encode_clip", encode_until_killed)
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    assert not (folder / "out").exists()
    monkeypatch.setattr(shard_writer, "encode_clip", encode)
    run(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["out", "raw"]
    assert len(ShardedClips(folder / "out", num_frames=4)) == 4


def test_a_finished_data_set_is_never_overwritten(folder):
    run(folder)
    before = (folder / "out" / "dataset.json").stat().st_mtime_ns
    with pytest.raises(SystemExit, match="exists already"):
        run(folder)
    assert (folder / "out" / "dataset.json").stat().st_mtime_ns == before


def test_a_mistake_ends_the_command_with_one_sentence(folder):
    with pytest.raises(SystemExit, match="choose --held-out from"):
        run(folder, "--held-out", "nobody")
