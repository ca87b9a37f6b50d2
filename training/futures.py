"""What a release that continues clips shows of itself: futures beside the real one, curves, and clips to start from.

Given and real frames have a teal border, drawn ones an amber one. Legend: clips are (T, H, W, 3) uint8.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dvd_gan.clips import frame_colours, write_mp4
from dvd_gan.pipeline import DVDGANPipeline
from dvd_gan.video import to_uint8
from training.data.shards import ShardedClips
from training.metrics.real_clips import windows_of_class
from training.pictures import caption, grid_columns, save_picture, tile, with_caption
from training.samples import sample_futures

SHEET_STARTS = 2
SHEET_SEEDS = [0, 1]
EXAMPLE_FRAMES = 24


def write_futures(pipe: DVDGANPipeline, held_out: ShardedClips, out: Path) -> None:
    """sheet.png and preview.mp4: the first two held-out starts of every class; the real clip, then the futures of
    seeds 0 and 1. Nothing is chosen."""
    blocks, scenes = [], []
    for label, name in enumerate(held_out.class_names):
        clips = [clip for real in windows_of_class(held_out, label, SHEET_STARTS) for clip in _with_futures(pipe, real)]
        rows = np.concatenate([np.concatenate(list(clip), axis=1) for clip in clips])
        blocks.append(np.concatenate([caption(name, rows.shape[1], 20), rows]))
        scenes.append(with_caption(np.concatenate(clips[: 1 + len(SHEET_SEEDS)], axis=2), f"{name}: real, two futures"))
    save_picture(np.concatenate(blocks), out / "sheet.png")
    write_mp4(tile(scenes, grid_columns(len(scenes))), out / "preview.mp4", pipe.generator.config.fps)


def _with_futures(pipe: DVDGANPipeline, real_TCHW) -> list[np.ndarray]:
    """The real clip and one future a seed, framed in colours."""
    num_frames, num_given = len(real_TCHW), pipe.num_given_frames
    given = real_TCHW[None, :num_given].expand(len(SHEET_SEEDS), -1, -1, -1, -1)
    futures = sample_futures(pipe.generator, pipe.frame_encoder, given, SHEET_SEEDS, num_frames - num_given)
    framed_real = frame_colours(to_uint8(real_TCHW[None])[0].numpy(), num_frames)
    return [framed_real, *(frame_colours(future.numpy(), num_given) for future in futures)]


def write_examples(data: Path, frame_stride: int, fps: float, out: Path) -> None:
    """The first held-out clip of every class, 24 frames at most, as MP4 files to start from."""
    out.mkdir()
    facts = ShardedClips(data, "held_out", 1, frame_stride)
    for label, name in enumerate(facts.class_names):
        index = facts.labels.index(label)
        num_frames = min(EXAMPLE_FRAMES, -(-facts.num_starts(index) // frame_stride))
        window = ShardedClips(data, "held_out", num_frames, frame_stride).clip(index)
        write_mp4(window["frames"].numpy(), out / f"{name.replace(' ', '-')}.mp4", fps)


def draw_curves(curves: dict[str, list[float]], fps: float, path: Path) -> None:
    """PSNR and SSIM over the horizon, as `measure_prediction` gives them, as a PNG."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    labels = {"best": "best future", "mean": "mean of futures", "copy_last_frame": "last given frame"}
    for axes, (name, unit) in zip(figure.subplots(1, 2), {"psnr": "PSNR, dB", "ssim": "SSIM"}.items(), strict=True):
        for kind, label in labels.items():
            curve = curves[f"{name}_{kind}"]
            axes.plot([(t + 1) / fps for t in range(len(curve))], curve, marker=".", label=label)
        axes.set(xlabel="seconds after the last given frame", ylabel=unit)
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    figure.savefig(path, dpi=110)
