"""Runs of the real command, in real processes, on tiny clips: resume, warm start, release."""

import functools
import json
import subprocess
import sys

import pytest
from huggingface_hub import ModelCard
from safetensors.torch import load_file

from tests import running
from tests.square_people import write_square_people
from training.metrics.classifier import train_judge
from training.metrics.judge import save_judge

SETTINGS = ["preset=tiny", "model={}", "num_frames=4", "frame_stride=1", "spatial_frames=2", "batch_videos=4"]
SETTINGS += ["log_every_videos=4", "sample_every_videos=8", "save_every_videos=8", "mixed_precision=no"]


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


def train(data, run, total, *extra):
    command = [sys.executable, "-m", "training.train", "--recipe", "weizmann_64", "--smoke", "--data", str(data)]
    command += ["--out", str(run), "--set", *SETTINGS, f"total_videos={total}", *extra]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def start_from(release, rank, run):
    sys.argv += ["--init-from", str(release)]


def warm_start(data, run, release):
    """What a run of one step says that starts from a release."""
    settings = [*SETTINGS, "total_videos=4", "sample_every_videos=4", "save_every_videos=4"]
    return running.train(data, run, settings, prepare=functools.partial(start_from, release))


@pytest.fixture(scope="module")
def straight(squares, tmp_path_factory):
    """32 videos without a break."""
    run = tmp_path_factory.mktemp("runs") / "straight"
    done = train(squares, run, 32)
    assert done.returncode == 0, done.stderr
    return run


@pytest.mark.slow
def test_a_split_run_equals_an_unbroken_one_bitwise(squares, straight, tmp_path):
    for total in (16, 32):
        printed = running.train(squares, tmp_path, [*SETTINGS, f"total_videos={total}"])
    assert "resumed" in printed
    for name in ("generator", "average", "spatial_discriminator", "temporal_discriminator"):
        one = load_file(straight / "state-0000000032" / f"{name}.safetensors")
        two = load_file(tmp_path / "state-0000000032" / f"{name}.safetensors")
        assert [key for key in one if not one[key].equal(two[key])] == []


@pytest.mark.slow
def test_a_run_leaves_logs_sheets_and_its_settings(straight):
    lines = [json.loads(line) for line in (straight / "log.jsonl").read_text().splitlines()]
    assert [line["videos_seen"] for line in lines if "spatial_loss" in line] == list(range(4, 33, 4))
    assert {"clips_per_second", "spatial_loss", "temporal_loss", "generator_gradient_norm"} <= lines[0].keys()
    assert len(list((straight / "samples").glob("*.png"))) == 4
    assert len(list((straight / "tensorboard").iterdir())) == 1
    assert sorted(p.name for p in straight.glob("state-*")) == ["state-0000000024", "state-0000000032"]
    assert json.loads((straight / "run.json").read_text())["batch_videos"] == 4
    assert json.loads((straight / "hardware.json").read_text())["processes"] == 1


@pytest.mark.slow
def test_a_release_of_a_run_loads_measures_and_warm_starts_another(squares, straight, tmp_path):
    release = tmp_path / "squares-16"
    save_judge(*train_judge(squares, num_frames=4, frame_stride=1, steps=5, batch_clips=4), tmp_path / "judge")
    command = [sys.executable, "-m", "training.release", "--run", str(straight), "--out", str(release)]
    command += ["--data", str(squares), "--judge", str(tmp_path / "judge"), "--note", "Squares only."]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in release.iterdir()}
    assert {"model_index.json", "generator", "spatial_discriminator", "temporal_discriminator"} <= names
    assert {"README.md", "sheet.png", "preview.mp4", "timeline.mp4"} <= names
    metrics = json.loads((release / "metrics.json").read_text())
    accuracy, judge = metrics["generated_clips"]["class_accuracy"], metrics["protocol"]["judge"]["weights_sha256"]
    card = (release / "README.md").read_text()
    assert (
        f"class accuracy by the judge | {accuracy:.1%}" in card and "sheet.png" in card and "**Squares only.**" in card
    )
    assert f"`{judge[:12]}`" in card
    assert (straight / "nearest.png").stat().st_size > 0 and "nearest.png" not in names
    assert ModelCard(card).data.eval_results[0].metric_value == round(accuracy, 4)
    assert max(path.stat().st_size for path in release.rglob("*.safetensors")) < 15e6
    index = json.loads((release / "model_index.json").read_text())
    assert index["generator"] == ["dvd_gan.models.generator", "DVDGANGenerator"]
    assert index["spatial_discriminator"][0] == "dvd_gan.models.discriminators"

    from dvd_gan import DVDGANPipeline

    pipe = DVDGANPipeline.from_pretrained(release)
    assert pipe.generator.config.class_names == ["across", "up and down"]
    assert pipe(class_labels=["across"], seeds=[1], num_frames=6).frames.shape == (1, 6, 16, 16, 3)

    assert warm_start(squares, tmp_path / "warm", release).count("warm start: 100% of") == 3
    assert [entry["videos_seen"] for entry in json.loads((tmp_path / "warm" / "training.json").read_text())] == [32]


@pytest.mark.slow
def test_a_release_without_critics_samples_and_warm_starts_with_fresh_ones(squares, straight, tmp_path):
    release = tmp_path / "light"
    command = [sys.executable, "-m", "training.release", "--run", str(straight), "--out", str(release)]
    done = subprocess.run([*command, "--without-critics"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert [path.parent.name for path in release.rglob("*.safetensors")] == ["generator"]

    from dvd_gan import DVDGANPipeline

    pipe = DVDGANPipeline.from_pretrained(release)
    assert pipe(class_labels=["across"], seeds=[1], num_frames=6).frames.shape == (1, 6, 16, 16, 3)
    assert warm_start(squares, tmp_path / "warm", release).count("warm start:") == 1


@pytest.mark.slow
def test_data_of_another_size_is_refused_in_one_sentence(squares, tmp_path):
    (process,) = running.start_training(squares, tmp_path, [*SETTINGS, "preset=small-64"])
    process.join(60)
    assert process.exitcode == 1
    said = running.output(tmp_path)
    assert said.strip().splitlines()[-1].startswith("small-64 makes 64 px frames and the data has 16 px")
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_run_folder_is_not_started_over_by_accident(squares, straight):
    before = sorted(straight.rglob("*"))
    done = train(squares, straight, 40)
    assert done.returncode == 1 and "holds a run already: go on with --resume auto" in done.stderr
    assert sorted(straight.rglob("*")) == before
