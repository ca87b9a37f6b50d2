"""Preparing videos: the same bytes whoever makes them and whatever is killed, and a report that shows what was lost."""

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

from tests.processes import HAS_PROC, children, descendants, is_running, title
from tests.video_files import ramp, write_kinetics, write_video
from training.data import prepare, shard_writer
from training.data.report import BAR_WIDTH, COLOURS, HEADER_HEIGHT, NAME_WIDTH, ROW_HEIGHT, draw_report
from training.data.skips import SkipJournal
from training.data.source import SkippedClip

NUM_CLIPS = 24
LABELS = ["abseiling", "yoga"]


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Kinetics of 24 clips; of every ten one is missing, one broken and one too short."""
    rows = [(LABELS[i % 2], f"clip{i:07}", i, "train" if i < 18 else "validate") for i in range(NUM_CLIPS)]
    folder = write_kinetics(tmp_path_factory.mktemp("videos") / "raw", rows, num_frames=40)
    for path in sorted(folder.rglob("*.mp4")):
        number = int(path.name[4:11])
        if number % 10 == 1:
            path.unlink()
        elif number % 10 == 4:
            path.write_bytes(path.read_bytes()[:2000])
        elif number % 10 == 7:
            write_video(path, ramp(5))
    return folder


def command(raw, out, *extra):
    sizes = ["--resolution", "64", "--frames", "31", "--shard-bytes", "20000"]
    return ["kinetics600", "--input", str(raw), "--out", str(out), *sizes, *extra]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def unbroken(raw, tmp_path_factory):
    """What one process writes in one go."""
    folder = tmp_path_factory.mktemp("videos") / "unbroken"
    prepare.main(command(raw, folder, "--processes", "1"))
    assert len(list(folder.glob("train-*.tar"))) > 2, "too few shards to test anything"
    return folder


def test_the_report_accounts_for_every_row(unbroken):
    report = json.loads((unbroken / "report.json").read_text())
    skipped = {reason: sum(map(sum_of, report.values(), [reason] * 2)) for reason in COLOURS}
    assert {reason: clips for reason, clips in skipped.items() if clips} == (
        {"missing": 3, "undecodable": 2, "too short": 2}
    )
    assert sum(split["clips"] for split in report.values()) == NUM_CLIPS - 7


def sum_of(split, reason):
    return sum(split["skipped"].get(reason, {}).values())


def test_the_picture_shows_what_the_report_says(unbroken):
    report = json.loads((unbroken / "report.json").read_text())
    picture = np.asarray(Image.open(unbroken / "report.png").convert("RGB"))[52:, 190:430]
    for kind, colour in COLOURS.items():
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        clips = report[kind]["clips"] if kind in report else sum(sum_of(split, kind) for split in report.values())
        assert (picture == rgb).all(2).any() == (clips > 0), kind


def test_bars_are_as_long_as_their_counts():
    none = {"clips": 0, "frames": 0, "groups": 0, "classes": {}, "skipped": {}}
    train = {**none, "classes": {"yoga": 50}, "skipped": {"missing": {"yoga": 20}, "too short": {"yoga": 10}}}
    held_out = {**none, "classes": {"yoga": 20, "luge": 40}}
    picture = np.asarray(draw_report({"train": train, "held_out": held_out}, ["luge", "yoga"]))
    for row, lengths in (
        (0, {"held_out": 40}),
        (1, {"train": 50, "held_out": 20, "missing": 20, "too short": 10}),
    ):
        line = picture[HEADER_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT // 2, NAME_WIDTH:]
        for kind, clips in lengths.items():
            rgb = [int(COLOURS[kind][i : i + 2], 16) for i in (1, 3, 5)]
            assert abs((line == rgb).all(1).sum() - BAR_WIDTH * clips / 100) <= 1, (row, kind)
    many = [f"class {number}" for number in range(600)]
    assert draw_report({"train": none, "held_out": none}, many).width < 4000


def test_two_processes_write_the_same_bytes(raw, unbroken, tmp_path):
    prepare.main(command(raw, tmp_path / "out", "--processes", "2"))
    assert contents(tmp_path / "out") == contents(unbroken)


@pytest.mark.parametrize("clips_before", [1, 7, 13])
def test_a_run_interrupted_anywhere_goes_on_to_the_same_bytes(raw, unbroken, tmp_path, monkeypatch, clips_before):
    encode, calls = shard_writer.encode_clip, []

    def encode_until_interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > clips_before:
            raise KeyboardInterrupt
        return encode(*arguments)

    once = command(raw, tmp_path / "out", "--processes", "1")
    with monkeypatch.context() as patch:
        patch.setattr(shard_writer, "encode_clip", encode_until_interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare.main(once)
    prepare.main(once)
    assert contents(tmp_path / "out") == contents(unbroken)


def test_a_run_is_not_continued_with_another_list(raw, tmp_path, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shard_writer, "encode_clip", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare.main(command(raw, tmp_path / "out", "--processes", "1"))
    fewer = [*command(raw, tmp_path / "out", "--processes", "1"), "--annotations", str(raw / "train.csv")]
    with pytest.raises(SystemExit, match="begun with other settings"):
        prepare.main(fewer)


def test_a_torn_journal_is_read_as_far_as_it_goes(tmp_path):
    journal = SkipJournal(tmp_path)
    for number in (0, 3, 4, 9):
        journal.add(number, SkippedClip(split="train", class_name="yoga", source=f"{number}", reason="missing"))
    journal.path.write_text(journal.path.read_text()[:-20])
    again = SkipJournal(tmp_path)
    assert [clip.source for clip in again.skipped()] == ["0", "3", "4"]
    assert again.place_after(2) == 5  # 1 and 2 are stored; 3 and 4 are known to be skipped
    assert again.place_after(1) == 2
    assert [clip.source for clip in SkipJournal(tmp_path).skipped()] == ["0"]


def start(raw, out, *extra):
    arguments = [sys.executable, "-m", "training.data.prepare", *command(raw, out, *extra)]
    return subprocess.Popen(arguments, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL)


def wait_for(found, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not (result := found()) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return result


@pytest.mark.skipif(not HAS_PROC, reason="reads /proc, which only Linux has")
@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "run"])
def test_killing_a_worker_or_the_run_changes_no_byte(raw, unbroken, tmp_path, victim):
    out, partial = tmp_path / "out", tmp_path / "out.partial"
    run = start(raw, out, "--processes", "2")
    assert wait_for(lambda: list(partial.glob("*.jsonl")), run) and not out.exists()
    workers = [child for child in children(run.pid) if "spawn_main" in title(child)]
    assert len(workers) == 2
    os.kill(workers[0] if victim == "worker" else run.pid, signal.SIGKILL)
    if victim == "worker":
        assert run.wait(120) == 0
    else:
        run.wait(120)
        deadline = time.monotonic() + 20
        while any(map(is_running, workers)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(is_running, workers)), "workers outlived the run"
        prepare.main(command(raw, out, "--processes", "1"))
    assert contents(out) == contents(unbroken)


@pytest.mark.skipif(not HAS_PROC, reason="reads /proc, which only Linux has")
@pytest.mark.slow
def test_on_ray_two_workers_of_which_one_is_killed_write_the_same_bytes(raw, unbroken, tmp_path):
    pytest.importorskip("ray", reason="Ray is an optional extra and is not installed")
    out = tmp_path / "out"
    run = start(raw, out, "--engine", "ray", "--processes", "2")

    def at_work():
        return [process for process in descendants(run.pid) if title(process).startswith("ray::_call")]

    workers = wait_for(at_work, run)
    assert workers, "no Ray worker was seen at work"
    os.kill(workers[0], signal.SIGKILL)
    assert run.poll() is None and not out.exists(), "the run was over before its worker was killed"
    assert run.wait(240) == 0
    assert contents(out) == contents(unbroken)
