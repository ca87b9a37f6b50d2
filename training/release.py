"""Training state -> release folder: `python -m training.release --run DIR --out checkpoints/NAME`.

The release holds the averaged generator with statistics of its own, both discriminators, a model card, metrics.json
(written by training.evaluate where the data is at hand), an uncurated sheet, a preview and a timeline.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file

from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator
from dvd_gan.pipeline import DVDGANPipeline
from training.allocator import keep_freed_memory
from training.card import write_card
from training.config import TrainConfig
from training.curves import draw_progress
from training.data.shards import ShardedClips
from training.ema import ready_to_sample, settle_norms
from training.evaluate import evaluate
from training.futures import draw_curves, write_examples, write_futures
from training.history import history_of, save_history
from training.metrics.confusion import draw_confusion
from training.metrics.nearest import PICTURE
from training.pictures import write_preview, write_sheet, write_timeline
from training.starts import start_source
from training.state import list_states, load_networks

SHARD_SIZE = "14MB"
STANDING_BATCHES = 32


def newest_state(run: Path) -> Path:
    """The state judged best if the run had a judge, else the newest; raises FileNotFoundError if there is none."""
    for folder in (run / "best", run):
        states = list_states(folder)
        if states:
            return states[-1]
    raise FileNotFoundError(f"{run} holds no training state: train first, or name another --run.")


def load_pipeline(
    state: Path, config: TrainConfig, model_config: dict, clips: ShardedClips | None, with_critics: bool = True
) -> DVDGANPipeline:
    """The averaged networks of a state, ready to sample, and its discriminators if wanted; weights rounded to float16.

    Standing statistics are computed after rounding, so that they fit what is saved; for a model that continues clips
    they take real starts, from `clips`.
    """
    generator = make_generator(config.preset, **model_config)
    spatial, temporal = make_discriminators(generator, config.motion_gain)
    networks = {"average": generator, "spatial_discriminator": spatial, "temporal_discriminator": temporal}
    if config.conditioning_frames:
        networks["average_frame_encoder"] = make_frame_encoder(generator, config.conditioning_frames)
    load_networks(state, networks)
    for network in networks.values():
        network.eval()
        for parameter in network.parameters():
            parameter.data = parameter.data.half().float()
    critics = (spatial, temporal) if with_critics else (None, None)
    if not config.conditioning_frames:
        return DVDGANPipeline(ready_to_sample(generator, STANDING_BATCHES), *critics)
    frame_encoder = settle_norms(networks["average_frame_encoder"])
    ready = ready_to_sample(generator, STANDING_BATCHES, draw_starts=start_source(generator, frame_encoder, clips))
    return DVDGANPipeline(ready, *critics, frame_encoder)


def save_networks(pipe: DVDGANPipeline, state: Path, out: Path) -> None:
    """diffusers' folder layout, float16 on disk, in files under 15 MB; the clip encoder, which is no part of the
    pipeline, goes beside the critics for warm starts."""
    networks = [network for network in pipe.components.values() if network is not None]
    for network in networks:
        network.half()
    pipe.save_pretrained(out, max_shard_size=SHARD_SIZE)
    for network in networks:
        network.float()
    if pipe.temporal_discriminator is not None and (state / "clip_encoder.safetensors").is_file():
        weights = load_file(state / "clip_encoder.safetensors")
        (out / "clip_encoder").mkdir()
        save_file({name: tensor.half() for name, tensor in weights.items()}, out / "clip_encoder" / "model.safetensors")


def release(
    run: Path,
    state: Path,
    out: Path,
    data: Path | None = None,
    judge: Path | None = None,
    examples: bool = False,
    note: str = "",
    with_critics: bool = True,
) -> None:
    """Write the whole folder under a temporary name, then put it in place of an earlier release."""
    config = TrainConfig.load(run / "run.json")
    model_config = json.loads((run / "model.json").read_text())
    partial = out.with_name(f".partial-{out.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)

    clips = held_out = None
    if config.conditioning_frames:
        if data is None:
            raise ValueError("A model that continues clips is released on real starts: name the prepared --data.")
        clips, held_out = (
            ShardedClips(data, split, config.num_frames, config.frame_stride) for split in ("train", "held_out")
        )
    pipe = load_pipeline(state, config, model_config, clips, with_critics)
    save_networks(pipe, state, partial)
    pipe = DVDGANPipeline.from_pretrained(partial)
    generator: DVDGANGenerator = pipe.generator
    if held_out is None:
        write_sheet(generator, partial / "sheet.png")
        write_preview(generator, partial / "preview.mp4")
    else:
        write_futures(pipe, held_out, partial)
        if examples:
            write_examples(data, config.frame_stride, generator.config.fps, partial / "examples")
    write_timeline(run / "samples", generator.config.fps, partial / "timeline.mp4")
    metrics = None
    if data is not None:
        metrics = evaluate(str(partial), data, judge, nearest_picture=run / PICTURE)
        metrics["protocol"]["checkpoint"] = out.name
        (partial / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
        panels = {
            "generated clips": metrics["generated_clips"]["class_confusion"],
            "held-out real clips": metrics["real"]["held_out_clips"]["class_confusion"],
        }
        if "continued_clips" in metrics:
            draw_curves(metrics["continued_clips"]["curves"], generator.config.fps, partial / "curves.png")
        draw_confusion(panels, metrics["protocol"]["judge"]["class_names"], partial / "confusion.png")
    progress = json.loads((state / "progress.json").read_text())
    history = history_of(run, config, progress["videos_seen"], generator.config.resolution)
    save_history(history, partial)
    judged = draw_progress(history[-1]["curves"], partial / "progress.png")
    write_card(partial / "README.md", out.name, config, generator, history, metrics, note, judged)
    for file in partial.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m training.release", description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True, type=Path, help="run folder of training.train")
    parser.add_argument("--out", required=True, type=Path, help="release folder to write")
    parser.add_argument("--state", type=Path, help="one state of the run; default: the best judged, else the newest")
    parser.add_argument("--data", type=Path, help="prepared data, to measure the release; default: none, no metrics")
    parser.add_argument("--judge", type=Path, help="judge folder; trained and saved there if missing")
    parser.add_argument(
        "--examples",
        action="store_true",
        help="for a model that continues clips, add held-out clips to start from; only of data you may hand on",
    )
    parser.add_argument("--note", default="", help="a sentence for the card: what the weights can and cannot do")
    parser.add_argument(
        "--without-critics",
        action="store_true",
        help="leave out what only warm starts and the page's tour need, about half of the folder",
    )
    options = parser.parse_args(arguments)
    keep_freed_memory()
    try:
        state = options.state or newest_state(options.run)
        release(
            options.run,
            state,
            options.out,
            options.data,
            options.judge,
            options.examples,
            options.note,
            not options.without_critics,
        )
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"released {state} as {options.out}")


if __name__ == "__main__":
    main()
