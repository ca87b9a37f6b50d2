"""Every figure about a generator, with the same figure for real clips beside it.

`measure_real` runs once; `evaluate_generator` is cheap enough to be called again and again while training.
Figures are balanced over classes and taken class by class, so that memory does not grow with the number of
classes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from accelerate import PartialState
from accelerate.utils import gather_object
from torch import Tensor

from training.data.shards import ShardedClips
from training.metrics.confusion import accuracy_by_class
from training.metrics.diversity import appearance_distances, pose_distances
from training.metrics.frechet import frechet_distance
from training.metrics.inception_score import inception_score
from training.metrics.judge import Judge, features_of, probabilities_of
from training.metrics.motion import freeze, motion_energy, shuffle
from training.metrics.real_clips import windows_of_class

# A pair of clips counts as nearly identical below this share of the distance between two real people doing
# the same: on the Weizmann clips, that is a clip beside itself one frame (1/25 s) later.
NEARLY_IDENTICAL = 0.25

Generate = Callable[[Tensor, Sequence[int]], Tensor]
"""(B,) int64 class ids and B seeds -> (B, T, 3, H, W) float clips in [-1, 1]."""


@dataclass(frozen=True, kw_only=True)
class RealReference:
    """What the figures of real clips are, and what a generator's are measured against."""

    clips_per_class: int
    train_features: Tensor = field(repr=False)  # (N, F)
    held_out_features: Tensor = field(repr=False)  # (N, F)
    motion: dict[str, float]  # by class, training clips
    pose_distance: dict[str, float]  # by class, mean over pairs of different training clips
    appearance_distance: dict[str, float]
    figures: dict  # the real floor and the frozen baseline, as reports show them


@torch.inference_mode()
def measure_real(judge: Judge, train: ShardedClips, held_out: ShardedClips, clips_per_class: int) -> RealReference:
    """Features, floors and baselines on `clips_per_class` windows of every class from each split."""
    names = train.class_names
    motion, pose, appearance = {}, {}, {}
    for label, name in enumerate(names):
        motion[name] = motion_energy(windows_of_class(train, label, clips_per_class)).mean().item()
        one_a_clip = windows_of_class(train, label, min(train.labels.count(label), clips_per_class), phase=0.5)
        pose[name] = pose_distances(one_a_clip).mean().item()
        appearance[name] = appearance_distances(one_a_clip).mean().item()

    def features(clips: ShardedClips, phase: float = 0.0, change: Callable[[Tensor], Tensor] = lambda x: x):
        videos = (windows_of_class(clips, label, clips_per_class, phase) for label in range(len(names)))
        return features_of(judge, (change(batch) for video in videos for batch in video.split(16)))

    seen, interleaved, unseen = features(train), features(train, phase=0.5), features(held_out)
    frozen, shuffled = features(train, change=freeze), features(train, change=shuffle)
    return RealReference(
        clips_per_class=clips_per_class,
        train_features=seen,
        held_out_features=unseen,
        motion=motion,
        pose_distance=pose,
        appearance_distance=appearance,
        figures={
            "train_clips": {
                **_judged(judge, seen, names),
                "frechet_to_held_out": frechet_distance(seen, unseen),
                "frechet_to_train": frechet_distance(interleaved, seen),
                "motion_energy": _mean(motion.values()),
            },
            "held_out_clips": _judged(judge, unseen, names),
            "frozen_train_clips": {
                **_judged(judge, frozen, names),
                "frechet_to_held_out": frechet_distance(frozen, unseen),
                "frechet_to_train": frechet_distance(frozen, seen),
                "motion_energy": 0.0,
            },
            "shuffled_train_clips": {
                **_judged(judge, shuffled, names),
                "frechet_to_held_out": frechet_distance(shuffled, unseen),
                "frechet_to_train": frechet_distance(shuffled, seen),
            },
        },
    )


@torch.inference_mode()
def evaluate_generator(
    generate: Generate,
    judge: Judge,
    reference: RealReference,
    batch_clips: int = 16,
    first_seed: int = 0,
    processes: PartialState | None = None,
) -> dict:
    """All figures of one generator, on as many clips of each class as `reference` has; JSON-ready.

    Every class uses the seeds first_seed, first_seed + 1, ... The caller puts the generator into eval mode. Given
    `processes`, all of them must call this; they share out the classes, and each gets all figures.
    """
    names = list(reference.motion)
    rank, world = (processes.process_index, processes.num_processes) if processes else (0, 1)
    measured = {}
    for label, name in list(enumerate(names))[rank::world]:
        video = torch.cat(list(_clips(generate, label, first_seed, reference.clips_per_class, batch_clips)))
        spread = _diversity(video, reference.pose_distance[name], reference.appearance_distance[name])
        measured[name] = features_of(judge, video.split(16)), motion_energy(video).mean().item(), spread
    if world > 1:
        measured = {name: of_one for share in gather_object([measured]) for name, of_one in share.items()}
    stacked = torch.cat([measured[name][0] for name in names])
    motion, diversity = ({name: measured[name][i] for name in names} for i in (1, 2))
    to_held_out = frechet_distance(stacked, reference.held_out_features)
    floor = reference.figures["train_clips"]
    return {
        "clips_per_class": reference.clips_per_class,
        "seeds": [first_seed, first_seed + reference.clips_per_class - 1],
        **_judged(judge, stacked, names),
        "frechet_to_held_out": to_held_out,
        "frechet_to_held_out_over_floor": to_held_out / floor["frechet_to_held_out"],
        "frechet_to_train": frechet_distance(stacked, reference.train_features),
        "motion_energy": _mean(motion.values()),
        "motion_over_real": _mean(motion.values()) / floor["motion_energy"],
        "motion_over_real_by_class": {name: motion[name] / reference.motion[name] for name in names},
        "nearly_identical_pairs": sum(figures["nearly_identical_pairs"] for figures in diversity.values()),
        "pose_distance_over_real": _mean(figures["pose_mean_over_real"] for figures in diversity.values()),
        "appearance_distance_over_real": _mean(figures["appearance_mean_over_real"] for figures in diversity.values()),
        "diversity_by_class": diversity,
    }


def _clips(generate: Generate, label: int, first_seed: int, num_clips: int, batch_clips: int) -> Iterator[Tensor]:
    for begin in range(first_seed, first_seed + num_clips, batch_clips):
        seeds = range(begin, min(begin + batch_clips, first_seed + num_clips))
        yield generate(torch.full((len(seeds),), label), list(seeds)).float().cpu()


def _judged(judge: Judge, features_NF: Tensor, names: list[str]) -> dict:
    """Accuracy and Inception Score of features that come class by class, as many of each."""
    probabilities = probabilities_of(judge, features_NF)
    named = probabilities.argmax(1).view(len(names), -1)
    confusion = torch.stack([torch.bincount(row, minlength=len(names)) for row in named])
    by_class = accuracy_by_class(confusion).tolist()
    return {
        "class_accuracy": _mean(by_class),
        "class_accuracy_by_class": dict(zip(names, by_class, strict=True)),
        "class_confusion": confusion.tolist(),
        "inception_score": inception_score(probabilities),
    }


def _diversity(video_BTCHW: Tensor, real_pose: float, real_appearance: float) -> dict:
    pose, appearance = pose_distances(video_BTCHW), appearance_distances(video_BTCHW)
    return {
        "nearly_identical_pairs": int((pose < NEARLY_IDENTICAL * real_pose).sum()),
        "pose_min_over_real": pose.min().item() / real_pose,
        "pose_mean_over_real": pose.mean().item() / real_pose,
        "appearance_min_over_real": appearance.min().item() / real_appearance,
        "appearance_mean_over_real": appearance.mean().item() / real_appearance,
    }


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)
