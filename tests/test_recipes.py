"""The recipes of the paper's experiments: its numbers, and a smoke variant that runs on what `prepare` writes."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator

from tests.video_files import ramp, write_video
from training.data import prepare
from training.recipes import load_recipe
from training.scale.measure import RECIPES
from training.step import train_step
from training.train import build_players

PAPER = {  # resolution, frames, stride, given frames, classes at 600, steps in thousands
    "kinetics600_64x12": (64, 12, 2, 0, 300),
    "kinetics600_64x48": (64, 48, 2, 0, 300),
    "kinetics600_128x12": (128, 12, 2, 0, 300),
    "kinetics600_128x48": (128, 48, 2, 0, 300),
    "kinetics600_256x12": (256, 12, 2, 0, 300),
    "ucf101_128x16": (128, 16, 2, 0, 300),
    "kinetics600_64_predict": (64, 16, 1, 5, 1000),
    "bair_64_predict": (64, 16, 1, 1, 1000),
}


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_numbers_stand(name):
    config = load_recipe(name)
    resolution, frames, stride, given, steps = PAPER[name]
    assert config.preset == f"paper-{resolution}" and config.model == {}
    assert (config.num_frames, config.frame_stride, config.conditioning_frames) == (frames, stride, given)
    assert config.batch_videos == 512 and config.total_videos == steps * 1000 * 512
    assert (config.discriminator_steps, config.generator_lr, config.discriminator_lr) == (2, 1e-4, 5e-4)
    assert config.spatial_frames == 8 and config.ema_halflife_videos == 3_550_000
    assert config.mirror == name.startswith("ucf101")
    assert not any((config.translation, config.mismatch_weight, config.diversity_weight, config.reuse_fakes))
    assert set(PAPER) == set(RECIPES)


@pytest.mark.parametrize("name", PAPER)
def test_a_smoke_variant_takes_a_step_of_the_recipes_kind(name):
    config, full = load_recipe(name, smoke=True).replace(mixed_precision="no"), load_recipe(name)
    assert (config.frame_stride, config.conditioning_frames) == (full.frame_stride, full.conditioning_frames)
    resolution = PAPER[name][0]
    clips = SimpleNamespace(class_names=["a", "b"], resolution=resolution, fps=25.0)
    players = build_players(config, clips, torch.device("cpu"))
    shape = (config.batch_videos, config.num_frames, resolution, resolution, 3)
    frames = torch.randint(256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    batches = iter(lambda: {"frames": frames, "label": torch.tensor([0, 1])}, None)
    stats = train_step(players, batches, config, Accelerator(cpu=True), torch.Generator().manual_seed(0))
    assert all(torch.isfinite(value) for value in stats.values()) and stats["generator_gradient_norm"] > 0


@pytest.mark.slow
def test_what_prepare_writes_is_what_a_smoke_run_reads(tmp_path):
    for number in range(4):
        split = "test" if number == 3 else "train"
        write_video(tmp_path / "raw" / split / "robot" / f"{number}.mkv", ramp(30, 64, 64, tint=number))
    sizes = ["--out", str(tmp_path / "data"), "--resolution", "64", "--frames", "16", "--processes", "1"]
    prepare.main(["folder", "--input", str(tmp_path / "raw"), *sizes])
    arguments = ["--recipe", "bair_64_predict", "--smoke", "--data", str(tmp_path / "data")]
    done = subprocess.run(
        [sys.executable, "-m", "training.train", *arguments, "--out", str(tmp_path / "run")],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "run").glob("state-*"))
