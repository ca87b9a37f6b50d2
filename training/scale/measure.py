"""Measures on this machine what a page about larger ones is computed from; `measured.json` holds the result."""

import datetime
import functools
import json
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import mean

import imageio_ffmpeg
import numpy as np
import torch
from accelerate import Accelerator
from torch.utils.flop_counter import FlopCounterMode

from dvd_gan.models.presets import make_discriminators, make_generator
from training.data.codec import decode_frames, encode_clip
from training.data.decoding import Preprocessing
from training.data.video_clips import MAX_FRAMES, Video, find_videos, read_clip
from training.recipes import load_recipe
from training.scale.count import count_step
from training.step import Players, train_step

MEASURED = Path(__file__).with_name("measured.json")
RECIPES = {
    "kinetics600_64x12": 600,
    "kinetics600_64x48": 600,
    "kinetics600_128x12": 600,
    "kinetics600_128x48": 600,
    "kinetics600_256x12": 600,
    "ucf101_128x16": 101,
    "kinetics600_64_predict": 600,
    "bair_64_predict": 1,
}
"""Recipes that need more than one machine, and the classes of their sets."""
RESOLUTIONS = (64, 128, 256)
WINDOWS = {"12x2": (12, 2), "16x1": (16, 1), "48x2": (48, 2)}
"""Frames and stride of what training reads."""
WINDOWS_READ = 24
WHOLE_CLIP_SECONDS = 9


def measure(videos: Path) -> dict:
    """Everything, as `measured.json` holds it. `videos` has clips of about ten seconds, as Kinetics does.

    Times are processor seconds of one core, so that other work on the machine hardly counts. Raises
    FileNotFoundError without any such clip.
    """
    torch.set_num_threads(1)
    clips = [path for path in find_videos(videos) if _seconds(path) >= WHOLE_CLIP_SECONDS]
    if not clips:
        raise FileNotFoundError(f"{videos} holds no video of {WHOLE_CLIP_SECONDS} seconds or more.")
    return {
        "machine": {
            "processor": _processor(),
            "torch": torch.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "steps": {name: asdict(count_step(load_recipe(name), classes)) for name, classes in RECIPES.items()},
        "num_videos": len(clips),
        "clips": {str(resolution): _clip_costs(clips, resolution) for resolution in RESOLUTIONS},
        "hd_seconds_to_prepare": _seconds_to_prepare_hd(clips[0]),
        "step_on_this_core": _step_here(),
    }


def save(measured: dict, path: Path = MEASURED) -> None:
    """As JSON."""
    path.write_text(json.dumps(measured, indent=2) + "\n")


def load(path: Path = MEASURED) -> dict:
    """What `save` wrote."""
    return json.loads(path.read_text())


def _timed(work: Callable, repeats: int = 1) -> tuple[float, object]:
    """Processor seconds a call, and the last result."""
    start = time.process_time()
    for _ in range(repeats):
        result = work()
    return (time.process_time() - start) / repeats, result


def _clip_costs(clips: list[Path], resolution: int) -> dict:
    """Means over the clips: stored bytes, seconds to prepare one, and milliseconds to read one window."""
    sizes, seconds, windows = [], [], {name: [] for name in WINDOWS}
    for path in clips:
        decoding, clip = _timed(functools.partial(_read, path, resolution))
        encoding, stored = _timed(functools.partial(encode_clip, clip.frames_THWC, clip.fps))
        sizes.append(len(stored))
        seconds.append(decoding + encoding)
        for name, (frames, stride) in WINDOWS.items():
            last = len(clip.frames_THWC) - (frames - 1) * stride - 1
            for start in np.linspace(0, last, WINDOWS_READ).astype(int):
                taken, _ = _timed(functools.partial(decode_frames, stored, int(start), frames, stride))
                windows[name].append(1000 * taken)
    return {
        "bytes": round(mean(sizes)),
        "seconds_to_prepare": round(mean(seconds), 3),
        "window_ms": {name: round(mean(times), 2) for name, times in windows.items()},
    }


def _read(path: Path, resolution: int):
    how = Preprocessing(resolution, resolution, "random", 0, 1, 1, MAX_FRAMES)
    return read_clip(Video(str(path), path.name, path.stem, "train", "", ""), how)


def _seconds_to_prepare_hd(path: Path) -> float:
    """Seconds to prepare a clip at 64 pixels whose original is 1280 x 720, as many downloads are."""
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.mp4"
        arguments = ["-v", "error", "-i", path, "-vf", "scale=1280:720,setsar=1", "-an", large]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *arguments], check=True)
        seconds, clip = _timed(functools.partial(_read, large, RESOLUTIONS[0]))
    return round(seconds + _timed(functools.partial(encode_clip, clip.frames_THWC, clip.fps))[0], 3)


def _step_here() -> dict:
    """A real training step of a small model, against the best matrix product of this core, both in bf16."""
    config = load_recipe("kinetics600_64x12").replace(
        preset="small-64", batch_videos=4, micro_batch_videos=4, log_every_videos=4, sample_every_videos=4,
        save_every_videos=4, spatial_frames=8,
    )  # fmt: skip
    generator = make_generator(config.preset, trained_frames=config.num_frames)
    generator.to(memory_format=torch.channels_last)
    critics = make_discriminators(generator)
    players = Players(
        generator,
        *critics,
        torch.optim.Adam(generator.parameters(), config.generator_lr),
        torch.optim.Adam([p for critic in critics for p in critic.parameters()], config.discriminator_lr),
    )
    frames = torch.zeros(4, config.num_frames, 64, 64, 3, dtype=torch.uint8)
    batches = iter(lambda: {"frames": frames, "label": torch.arange(4)}, None)
    accelerator = Accelerator(mixed_precision="bf16", cpu=True)

    def step():
        return train_step(players, batches, config, accelerator, torch.Generator().manual_seed(0))

    with FlopCounterMode(display=False) as flops:
        step()
    step_seconds, _ = _timed(step, 3)
    side = 2048
    matrix = torch.randn(side, side).bfloat16()
    product_seconds = min(_timed(lambda: matrix @ matrix)[0] for _ in range(6))
    return {
        "step_gflops_a_second": round(flops.get_total_flops() / step_seconds / 1e9, 1),
        "product_gflops_a_second": round(2 * side**3 / product_seconds / 1e9, 1),
    }


def _seconds(path: Path) -> float:
    from training.data.codec import import_av

    with import_av().open(str(path)) as container:
        return (container.duration or 0) / 1e6


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
