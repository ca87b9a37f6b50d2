"""The look at the averaged generator that a run takes at intervals: a sheet, clips for the timeline, figures."""

import json
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.video import from_uint8
from training.config import TrainConfig
from training.data.shards import ShardedClips
from training.ema import ready_to_sample
from training.log import RunLog
from training.metrics.figures import evaluate_generator, measure_real
from training.metrics.judge import load_judge
from training.samples import sample_classes, save_sheet

SHEET_SEEDS = [0, 1, 2, 3]
JUDGED_CLIPS_PER_CLASS = 32
JUDGED_FIRST_SEED = 1_000_000
SHOWN_FIGURES = (
    "class_accuracy",
    "inception_score",
    "frechet_to_held_out",
    "frechet_to_train",
    "motion_over_real",
    "pose_distance_over_real",
    "appearance_distance_over_real",
    "nearly_identical_pairs",
)


class Checkup:
    """Samples fixed seeds and, where a judge is given, measures the generator beside real clips.

    Args:
        run: run folder; samples/<videos>.png is the sheet, samples/<videos>.npy one uint8 (T, H, W, 3) clip a class
            (seed 0), from which the release draws its timeline.
        judge_folder: a judge trained on the run's data and clip length; None measures nothing.

    Raises ValueError when the judge was trained for other clips.
    """

    def __init__(self, run: Path, config: TrainConfig, accelerator: Accelerator, judge_folder: Path | None):
        self.folder, self.config, self.accelerator = run / "samples", config, accelerator
        self.folder.mkdir(exist_ok=True)
        self.best_distance = min(judged_distances(run), default=float("inf"))
        self.judge = None
        if judge_folder is None:
            return
        self.judge, protocol = load_judge(judge_folder)
        if (protocol.num_frames, protocol.frame_stride) != (config.num_frames, config.frame_stride):
            raise ValueError(
                f"The judge in {judge_folder} looks at {protocol.num_frames} frames at stride {protocol.frame_stride} "
                f"and this run makes {config.num_frames} at {config.frame_stride}: train one that fits."
            )
        splits = [ShardedClips(config.data, s, config.num_frames, config.frame_stride) for s in ("train", "held_out")]
        self.reference = measure_real(self.judge, *splits, JUDGED_CLIPS_PER_CLASS)

    def __call__(self, average: DVDGANGenerator, videos_seen: int, log: RunLog) -> bool:
        """Take the look; True if the Frechet distance to the training clips is the lowest so far."""
        ready = ready_to_sample(average)
        with self.accelerator.autocast():
            clips = sample_classes(ready, SHEET_SEEDS, self.config.num_frames)
        picture = save_sheet(clips, self.folder / f"{videos_seen:010d}.png")
        np.save(self.folder / f"{videos_seen:010d}.npy", clips[:: len(SHEET_SEEDS)].numpy())
        log.picture(videos_seen, "samples", picture)
        if self.judge is None:
            return False
        figures = evaluate_generator(self._generation(ready), self.judge, self.reference, 16, JUDGED_FIRST_SEED)
        log.record(videos_seen, {f"judged_{name}": figures[name] for name in SHOWN_FIGURES})
        is_best = figures["frechet_to_train"] < self.best_distance
        self.best_distance = min(self.best_distance, figures["frechet_to_train"])
        return is_best

    def _generation(self, generator: DVDGANGenerator):
        def generate(class_ids_B: torch.Tensor, seeds: list[int]) -> torch.Tensor:
            with self.accelerator.autocast():
                clips = sample_classes(generator, list(seeds), self.config.num_frames, [int(class_ids_B[0])])
            return from_uint8(clips)

        return generate


def judged_distances(run: Path) -> list[float]:
    """The Frechet distances to training clips that a run has logged so far."""
    log = run / "log.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line)["judged_frechet_to_train"] for line in lines if "judged_frechet_to_train" in line]
