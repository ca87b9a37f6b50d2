"""The look at the averaged generator that a run takes at intervals: a sheet, clips for the timeline, figures."""

import json
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from dvd_gan.clips import frame_colours
from dvd_gan.video import from_uint8, to_uint8
from training.config import TrainConfig
from training.data.shards import ShardedClips
from training.ema import Averages, ready_to_sample, settle_norms
from training.log import RunLog
from training.logged import read_log
from training.metrics.figures import RealReference, evaluate_generator, measure_real
from training.metrics.judge import Judge, judge_sha256, load_judge
from training.pictures import grid_columns, tile
from training.samples import sample_classes, save_sheet
from training.starts import continuation, start_source
from training.watch import DIVERSITY, clip_diversity, real_diversity, singular_values

BASELINES = "baselines.json"
SHEET_SEEDS = [0, 1, 2, 3]
MOST_SHEET_CLASSES = 16
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
            of it (seed 0), from which the release draws its timeline; baselines.json the figures of real clips.
        judge_folder: a judge trained on the run's data and clip length; None measures nothing.

    Raises ValueError when the judge was trained for other clips.
    """

    def __init__(self, run: Path, config: TrainConfig, accelerator: Accelerator, judge_folder: Path | None):
        self.folder, self.config, self.accelerator = run / "samples", config, accelerator
        window = (config.num_frames, config.frame_stride)
        self.train, self.held_out = (ShardedClips(config.data, split, *window) for split in ("train", "held_out"))
        self.folder.mkdir(exist_ok=True)
        num_classes = len(self.train.class_names)
        shown = np.linspace(0, num_classes - 1, min(num_classes, MOST_SHEET_CLASSES)).round()
        self.class_ids = [int(label) for label in shown]
        self.real_diversity = real_diversity(self.train, self.class_ids, len(SHEET_SEEDS))
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
        self.reference = measure_real(self.judge, self.train, self.held_out, JUDGED_CLIPS_PER_CLASS)
        save_baselines(run, self.judge, self.reference)

    def __call__(self, averages: Averages, videos_seen: int, log: RunLog) -> bool:
        """Take the look; True if the Frechet distance to the training clips is the lowest so far."""
        ready = self._ready(averages)
        with self.accelerator.autocast():
            clips = self._fixed_clips(ready)
        picture = save_sheet(clips, self.folder / f"{videos_seen:010d}.png")
        np.save(self.folder / f"{videos_seen:010d}.npy", clips[:: len(SHEET_SEEDS)].numpy())
        log.picture(videos_seen, "samples", picture)
        first_of_class = list(clips[:: len(SHEET_SEEDS)].numpy())
        fps = self.train.fps / self.config.frame_stride
        log.clip(videos_seen, "clips", tile(first_of_class, grid_columns(len(first_of_class))), fps)
        log.layers(videos_seen, "singular_values", singular_values(averages.generator))
        if ready.frame_encoder is None and self.real_diversity > 0:
            log.record(videos_seen, {DIVERSITY: clip_diversity(clips, len(SHEET_SEEDS)) / self.real_diversity})
        if self.judge is None:
            return False
        figures = evaluate_generator(self._generation(ready), self.judge, self.reference, 16, JUDGED_FIRST_SEED)
        log.record(videos_seen, {f"judged_{name}": figures[name] for name in SHOWN_FIGURES})
        is_best = figures["frechet_to_train"] < self.best_distance
        self.best_distance = min(self.best_distance, figures["frechet_to_train"])
        return is_best

    def _ready(self, averages: Averages) -> Averages:
        if averages.frame_encoder is None:
            return Averages(ready_to_sample(averages.generator))
        frame_encoder = settle_norms(averages.frame_encoder)
        draw_starts = start_source(averages.generator, frame_encoder, self.train)
        return Averages(ready_to_sample(averages.generator, draw_starts=draw_starts), frame_encoder)

    def _fixed_clips(self, ready: Averages) -> torch.Tensor:
        """The sheet's clips, (classes * seeds, T, H, W, 3) uint8, of 16 classes at most; continued ones have
        coloured borders."""
        if ready.frame_encoder is None:
            return sample_classes(ready.generator, SHEET_SEEDS, self.config.num_frames, self.class_ids)
        generate = continuation(ready.generator, ready.frame_encoder, self.held_out, 1)
        clips = [generate(torch.full((len(SHEET_SEEDS),), label), SHEET_SEEDS) for label in self.class_ids]
        return torch.from_numpy(frame_colours(to_uint8(torch.cat(clips)).numpy(), self.config.conditioning_frames))

    def _generation(self, ready: Averages):
        if ready.frame_encoder is not None:
            generate = continuation(ready.generator, ready.frame_encoder, self.held_out, JUDGED_CLIPS_PER_CLASS)
        else:

            def generate(class_ids_B: torch.Tensor, seeds: list[int]) -> torch.Tensor:
                return from_uint8(
                    sample_classes(ready.generator, list(seeds), self.config.num_frames, [int(class_ids_B[0])])
                )

        def generate_in_low_precision(class_ids_B: torch.Tensor, seeds: list[int]) -> torch.Tensor:
            with self.accelerator.autocast():
                return generate(class_ids_B, seeds)

        return generate_in_low_precision


def save_baselines(run: Path, judge: Judge, reference: RealReference) -> None:
    """What the run's figures are to be read against: those of real clips, and which judge gave all of them."""
    facts = {"judge_sha256": judge_sha256(judge), "clips_per_class": reference.clips_per_class}
    (run / BASELINES).write_text(json.dumps({**facts, **reference.figures}, indent=2) + "\n")


def judged_distances(run: Path) -> list[float]:
    """The Frechet distances to training clips that a run has logged so far."""
    return [line["judged_frechet_to_train"] for line in read_log(run) if "judged_frechet_to_train" in line]
