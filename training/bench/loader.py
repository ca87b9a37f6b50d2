"""Reading clips: the loader alone, to be held against the training step's clips a second."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from training.bench.measure import Case, Group, Meter, measure_group
from training.config import TrainConfig
from training.data.sampler import endless_batches
from training.data.shard_writer import Source, SourceClip, write_dataset
from training.data.shards import ShardedClips

STORED_CLIPS, STORED_FRAMES = 16, 48


def bench_loader(config: TrainConfig, side: int, data: Path | None, meter: Meter) -> Group:
    """Windows a second of the recipe's shape, decoded anew each time and kept decoded; from `data` or made-up clips."""
    with TemporaryDirectory() as scratch:
        folder = data or _write_noise(Path(scratch) / "noise", side)
        fresh, kept = (ShardedClips(folder, "train", config.num_frames, config.frame_stride) for _ in range(2))
        fresh._decoded = None
        readers = {"decoded for every window": fresh}
        if kept._decoded is not None:
            for index in range(len(kept)):
                kept.clip(index)
            readers["kept decoded, as data sets up to 256 MiB are"] = kept
        size, cases = config.batch_videos, []
        for name, clips in readers.items():
            batches = endless_batches(clips, 0, size, 0, 1, workers=0)
            cases.append(Case(name, lambda batches=batches: next(batches), units=size))
        title = f"Loader: windows of {config.num_frames} frames at {side} px, no worker process"
        return measure_group(title, "clips/s", "No arithmetic, so no FLOPs.", cases, meter)


def _write_noise(folder: Path, side: int) -> Path:
    """Clips of drifting noise, which H.264 finds harder than people."""
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    clips = (
        SourceClip(
            key=f"noise-{number}",
            split="held_out" if number == 0 else "train",
            class_name="noise",
            group=str(number),
            fps=25.0,
            frames_THWC=np.stack([np.roll(noise, number + time, axis=1) for time in range(STORED_FRAMES)]),
            source="training.bench",
        )
        for number in range(STORED_CLIPS)
    )
    facts = dict(name="noise", class_names=["noise"], fps=25.0, resolution=side, licence="CC0")
    write_dataset(Source(**facts, clips=clips), folder)
    return folder
