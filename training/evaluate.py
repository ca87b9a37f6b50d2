"""Measures a checkpoint: `python -m training.evaluate --checkpoint DIR --data DIR --out metrics.json`.

Loads the release, trains or loads the judge, and writes every figure with the protocol that makes it
repeatable. `--extractor i3d-k400=FILE` adds a published figure (training/metrics/extractors.py). Under `torchrun` or
`accelerate launch` the processes share out the sampling.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor

from dvd_gan.latents import draw_latents
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.pipeline import DVDGANPipeline
from training.allocator import keep_freed_memory
from training.data.shards import ShardedClips, read_dataset_facts
from training.metrics.classifier import get_judge
from training.metrics.extractors import Extractor
from training.metrics.figures import Generate, evaluate_generator, measure_real
from training.metrics.judge import judge_sha256
from training.metrics.nearest import measure_memorisation
from training.metrics.prediction import measure_prediction
from training.metrics.published import Sample, measure_published, spread
from training.metrics.real_clips import windows_of_class
from training.metrics.table import render
from training.starts import continuation

CLIPS_PER_CLASS = 64
BATCH_CLIPS = 16
REPEATS = 3
REPEATED = ("class_accuracy", "inception_score", "frechet_to_held_out", "frechet_to_train", "motion_over_real")


def seeded_generation(generator: DVDGANGenerator, num_frames: int) -> Generate:
    """`generate(class_ids_B, seeds)` for the figures: untruncated noise, on the generator's own device."""
    device = next(generator.parameters()).device

    def generate(class_ids_B: Tensor, seeds: Sequence[int]) -> Tensor:
        latents = draw_latents(seeds, generator.config.latent_dim).to(device)
        return generator(latents, generator.embed(class_ids_B.to(device)), num_frames)

    return generate


def by_turns(generate: Generate, num_classes: int) -> Sample:
    """Clips by seed alone: seed s is of class s modulo the number of classes."""

    def sample(seeds: Sequence[int]) -> Tensor:
        clips: dict[int, Tensor] = {}
        for label in range(num_classes):
            mine = [seed for seed in seeds if seed % num_classes == label]
            if mine:
                clips |= dict(zip(mine, generate(torch.full((len(mine),), label), mine), strict=True))
        return torch.stack([clips[seed] for seed in seeds])

    return sample


def own_device(wanted: str, processes: PartialState) -> str:
    """Where this process samples: "cuda" is one GPU of its own where several processes share a machine."""
    shares = wanted == "cuda" and processes.num_processes > 1
    return f"cuda:{processes.local_process_index}" if shares else wanted


def window_of(generator: DVDGANGenerator, facts: dict, num_given: int = 0) -> tuple[int, int]:
    """(num_frames, frame_stride) of real windows that match the clips of a generator, given frames included.

    Raises ValueError when the data cannot be compared with the generator: other classes, size or frame rate.
    """
    config = generator.config
    if num_given == 0 and list(config.class_names or []) != facts["class_names"]:
        raise ValueError(
            f"The checkpoint's classes are {config.class_names} and the data's {facts['class_names']}: "
            "evaluate on the data set it was trained on."
        )
    if config.resolution != facts["resolution"]:
        raise ValueError(
            f"The checkpoint makes {config.resolution} pixel clips and the data has {facts['resolution']}: "
            f"prepare the data with --resolution {config.resolution}."
        )
    stride = facts["fps"] / config.fps
    if stride < 0.99 or abs(stride - round(stride)) > 0.02 * stride:
        raise ValueError(
            f"The data's {facts['fps']:g} frames a second are no whole multiple of the checkpoint's "
            f"{config.fps:g}: evaluate on the data set it was trained on."
        )
    return num_given + config.trained_frames, round(stride)


def evaluate(
    checkpoint: str,
    data: Path,
    judge_folder: Path | None = None,
    clips_per_class: int = CLIPS_PER_CLASS,
    device: str = "cpu",
    repeats: int = REPEATS,
    extractors: Sequence[Extractor] = (),
    published_clips: int | None = None,
    nearest_picture: Path | None = None,
) -> dict:
    """Every figure of a release on a prepared data set, with the protocol; JSON-ready.

    Args:
        repeats: how often generated clips are measured, each time on the next seeds; the first is reported in full.
        extractors: networks of published figures; `published_clips` takes the place of their protocols' number.
        nearest_picture: where to draw generated clips above their nearest training clips.

    Raises ValueError when checkpoint, data and judge do not fit each other.
    """
    began = time.monotonic()
    pipe = DVDGANPipeline.from_pretrained(checkpoint).to(device)
    generator, frame_encoder = pipe.generator.eval(), pipe.frame_encoder
    facts = read_dataset_facts(data)
    num_frames, frame_stride = window_of(generator, facts, pipe.num_given_frames)
    processes = PartialState(cpu=device == "cpu")
    with processes.main_process_first():
        judge, judge_protocol = get_judge(judge_folder, data, facts, num_frames, frame_stride)
    judge.to(device)
    splits = {split: ShardedClips(data, split, num_frames, frame_stride) for split in ("train", "held_out")}
    reference = measure_real(judge, splits["train"], splits["held_out"], clips_per_class)
    if frame_encoder is None:
        generate, prediction = seeded_generation(generator, num_frames), {}
    else:
        generate = continuation(generator, frame_encoder.eval(), splits["held_out"], clips_per_class)
        futures = measure_prediction(generate, judge, splits["held_out"], pipe.num_given_frames, clips_per_class)
        prediction = {"continued_clips": futures}
    runs = [
        evaluate_generator(generate, judge, reference, BATCH_CLIPS, k * clips_per_class, processes)
        for k in range(repeats)
    ]
    sample = by_turns(generate, len(facts["class_names"]))
    with torch.inference_mode():
        shown = sample(range(4 * len(facts["class_names"]))).float().cpu()
    held_out = torch.cat([windows_of_class(splits["held_out"], label, 4) for label in range(len(facts["class_names"]))])
    picture = nearest_picture if processes.is_main_process else None
    published = [measure_published(network, sample, splits["train"], published_clips) for network in extractors]
    return {
        "generated_clips": runs[0],
        "repeats": {"count": repeats, **spread([{name: run[name] for name in REPEATED} for run in runs])},
        "memorisation": measure_memorisation(shown, splits["train"], held_out, picture),
        **prediction,
        **({"published": published} if published else {}),
        "real": reference.figures,
        "protocol": {
            "features": "judge, averaged last convolution, 96 numbers a clip",
            "clips_per_class": clips_per_class,
            "num_frames": num_frames,
            "frame_stride": frame_stride,
            "resolution": facts["resolution"],
            "resize": "none: clips are compared at the resolution they are generated and stored at",
            "truncation": 1.0,
            "precision": str(generator.dtype).removeprefix("torch."),
            "data": {
                "name": facts["name"],
                "dataset_json_sha256": facts["sha256"],
                "splits": {split: _describe(clips) for split, clips in splits.items()},
            },
            "checkpoint": checkpoint,
            "judge": {"weights_sha256": judge_sha256(judge), **asdict(judge_protocol)},
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
            "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine(),
            "wall_seconds": round(time.monotonic() - began, 1),
        },
    }


def _describe(clips: ShardedClips) -> dict:
    return {"clips": len(clips), "too_short": clips.num_too_short, "groups": sorted(set(clips.groups))}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="bundled name, release folder or Hub id")
    parser.add_argument("--data", required=True, type=Path, help="prepared data set")
    parser.add_argument("--out", required=True, type=Path, help="JSON file to write")
    parser.add_argument("--judge", type=Path, help="folder of a judge; trained and saved there if missing")
    parser.add_argument("--clips-per-class", type=int, default=CLIPS_PER_CLASS)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="measurements on other seeds, for the deviation")
    parser.add_argument(
        "--extractor",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="published feature network: i3d-k400, i3d-k600 or c3d-ucf101, as a TorchScript file or owner/name/file of "
        "the Hub; may be given again",
    )
    parser.add_argument("--published-clips", type=int, help="clips a side for --extractor; default: its protocol's")
    parser.add_argument("--nearest", type=Path, metavar="PNG", help="draw clips above their nearest training clips")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    keep_freed_memory()
    try:
        device = own_device(options.device, PartialState(cpu=options.device == "cpu"))
        networks = [Extractor(*_named(text), device) for text in options.extractor]
        metrics = evaluate(
            options.checkpoint,
            options.data,
            options.judge,
            options.clips_per_class,
            device,
            options.repeats,
            networks,
            options.published_clips,
            options.nearest,
        )
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    if not PartialState().is_main_process:
        return
    options.out.write_text(json.dumps(metrics, indent=2) + "\n")
    print(render(metrics))


def _named(text: str) -> tuple[str, str]:
    name, separator, where = text.partition("=")
    if not separator:
        raise ValueError(f"--extractor takes NAME=FILE, got {text!r}.")
    return name, where


if __name__ == "__main__":
    main()
