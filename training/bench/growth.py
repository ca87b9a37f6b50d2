"""What a large clip takes: one run in a process of its own, because peak memory is a process's.

python -m training.bench.growth --preset paper-256 --width 48 --frames 48
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import torch

from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from dvd_gan.models.tuning import fastest_dtype


def draw_large(preset: str, width: int, num_frames: int) -> dict[str, Any]:
    """Draw one clip of a fresh generator: seconds, peak memory of this process in GiB, dtype, resolution."""
    generator = make_generator(preset, base_width=width, num_classes=1).eval()
    form = InferenceGenerator(generator, fastest_dtype(generator))
    generator.to("meta")
    config = form.config
    started = time.perf_counter()
    form(torch.zeros(1, config.latent_dim), torch.zeros(1, config.class_embedding_dim), num_frames)
    seconds = time.perf_counter() - started
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return dict(
        resolution=config.resolution,
        width=width,
        frames=num_frames,
        dtype=str(form.dtype).removeprefix("torch."),
        seconds=round(seconds, 1),
        peak_gib=round(peak_gib, 2),
    )


def draw_large_apart(preset: str, width: int, num_frames: int) -> dict[str, Any]:
    """`draw_large` in a process of its own; raises RuntimeError with its last words if it fails."""
    arguments = ["--preset", preset, "--width", str(width), "--frames", str(num_frames)]
    command = [sys.executable, "-m", "training.bench.growth", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the large clip was not drawn: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="paper-256")
    parser.add_argument("--width", type=int, default=48, help="base width; half of the paper's by default")
    parser.add_argument("--frames", type=int, default=48)
    wanted = parser.parse_args()
    print(json.dumps(draw_large(wanted.preset, wanted.width, wanted.frames)))
