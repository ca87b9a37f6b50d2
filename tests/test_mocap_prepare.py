"""`prepare mocap`: the same bytes from any number of processes and after any kill, and labels that hold."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("numba", reason="the renderer is compiled by numba, which is not installed")
if importlib.util.find_spec("pybullet_data") is None:
    pytest.skip("the motions come with pybullet, which is not installed", allow_module_level=True)

from tests.processes import HAS_PROC, children, is_running
from training.data import contact_sheet, prepare, shard_writer
from training.data.mocap.actions import CLASS_NAMES
from training.data.mocap.clip import plan_clip
from training.data.mocap.renderer import render
from training.data.shards import ShardedClips

# libx264 gives the same bytes on every call only for sizes that are multiples of 64.
CLIPS, FRAMES, SIZE, SEED = 40, 6, 64, 11
COMMAND = f"mocap --clips {CLIPS} --frames {FRAMES} --resolution {SIZE} --seed {SEED} --shard-bytes 30000".split()


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """What one process writes in one go."""
    folder = tmp_path_factory.mktemp("mocap") / "unbroken"
    prepare.main([*COMMAND, "--out", str(folder), "--processes", "1", "--sheet", str(folder.with_suffix(".png"))])
    assert len(list(folder.glob("train-*.tar"))) > 2, "too few shards to test anything"
    return folder


def test_every_clip_shows_what_its_label_says(unbroken):
    """Each stored clip is the rendering of the clip whose number it bears, and has that clip's class."""
    numbers = []
    for split in ("train", "held_out"):
        clips = ShardedClips(unbroken, split, num_frames=FRAMES, frame_stride=1)
        indexes = sorted(unbroken.glob(f"{split}-*.jsonl"))
        entries = [json.loads(line) for index in indexes for line in index.read_text().splitlines()]
        assert clips.class_names == list(CLASS_NAMES)
        for index, entry in enumerate(entries):
            number = int(entry["key"].rpartition("-")[2])
            planned = plan_clip(SEED, number, FRAMES, "full")
            assert CLASS_NAMES[clips.labels[index]] == entry["class_name"] == planned.action.name
            assert split == ("held_out" if number % 10 == 9 else "train")
            stored = clips.clip(index)["frames"].numpy()
            assert abs(stored.astype(int) - render(planned, SIZE)).mean() < 4
            numbers.append(number)
    assert sorted(numbers) == list(range(CLIPS))


def test_the_number_of_processes_changes_no_byte(unbroken, tmp_path):
    prepare.main([*COMMAND, "--out", str(tmp_path / "two"), "--processes", "2"])
    assert contents(tmp_path / "two") == contents(unbroken)


@pytest.mark.skipif(not HAS_PROC, reason="reads /proc, which only Linux has")
@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes_and_leaves_no_process_behind(unbroken, tmp_path):
    out, partial = tmp_path / "out", tmp_path / "out.partial"
    command = [sys.executable, "-m", "training.data.prepare", *COMMAND, "--out", str(out), "--processes", "2"]
    run = subprocess.Popen(command, cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(partial.glob("*.jsonl")) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    workers = children(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    whole = {path.name: path.stat().st_mtime_ns for path in partial.glob("*.jsonl")}
    assert whole and not out.exists(), "the run was not killed while it wrote"
    deadline = time.monotonic() + 20
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers and not any(map(is_running, workers))

    prepare.main([*COMMAND, "--out", str(out), "--processes", "1"])
    assert contents(out) == contents(unbroken)
    assert {name: (out / name).stat().st_mtime_ns for name in whole} == whole, "whole shards were made again"


@pytest.mark.parametrize("clips_before", [3, 20, CLIPS - 1])
def test_a_run_interrupted_anywhere_goes_on_to_the_same_bytes(unbroken, tmp_path, monkeypatch, clips_before):
    encode, calls = shard_writer.encode_clip, []

    def encode_until_interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > clips_before:
            raise KeyboardInterrupt
        return encode(*arguments)

    command = [*COMMAND, "--out", str(tmp_path / "out"), "--processes", "1"]
    with monkeypatch.context() as patch:
        patch.setattr(shard_writer, "encode_clip", encode_until_interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare.main(command)
    prepare.main(command)
    assert contents(tmp_path / "out") == contents(unbroken)


def test_a_run_is_not_continued_with_other_settings(tmp_path, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shard_writer, "encode_clip", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare.main([*COMMAND, "--out", str(tmp_path / "out"), "--processes", "1"])
    with pytest.raises(SystemExit, match="begun with other settings"):
        prepare.main([*COMMAND, "--variety", "low", "--out", str(tmp_path / "out"), "--processes", "1"])


def test_the_set_says_how_it_was_made(unbroken):
    facts = json.loads((unbroken / "dataset.json").read_text())
    assert facts["fps"] == 12 and facts["name"] == "mocap-full"
    assert facts["settings"]["seed"] == SEED and facts["settings"]["clips"] == CLIPS
    assert "zlib" in facts["licence"] and "MIT" in facts["licence"]


def test_the_sheet_shows_every_class_in_a_row_of_its_own(unbroken):
    sheet = np.asarray(Image.open(unbroken.with_suffix(".png")))
    rows = np.split(sheet, len(CLASS_NAMES))
    for label, row in enumerate(rows):
        number = label if label != 9 else 22  # clip 9 is held out
        first = render(plan_clip(SEED, number, FRAMES, "full"), SIZE)[0]
        left = contact_sheet.CAPTION_WIDTH
        assert abs(first.astype(int) - row[:SIZE, left : left + SIZE]).mean() < 4
        assert (row[:, :left] < 100).any(), f"no caption for {CLASS_NAMES[label]}"


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--clips", "9"], "--clips must be at least 10"), (["--resolution", "1024"], "--resolution must be 16 to 512")],
)
def test_a_mistake_ends_the_command_with_one_sentence(tmp_path, options, message):
    with pytest.raises(SystemExit, match=message):
        prepare.main([*COMMAND, *options, "--out", str(tmp_path / "out")])
    assert not any(tmp_path.iterdir()), os.listdir(tmp_path)
