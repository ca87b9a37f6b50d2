"""What weights have been through: one entry a run, from the first fresh start to the release."""

import json
import shutil
from pathlib import Path

from training.config import TrainConfig

FILE = "training.json"


def inherit_history(release: Path, run: Path) -> None:
    """A run that starts from a release takes over that release's history, if it has one."""
    if (release / FILE).exists():
        shutil.copy(release / FILE, run / FILE)


def history_of(run: Path, config: TrainConfig, videos_seen: int, resolution: int) -> list[dict]:
    """All runs behind a state, oldest first, this one last; JSON-ready."""
    earlier = json.loads((run / FILE).read_text()) if (run / FILE).exists() else []
    return [
        *earlier,
        {
            "recipe": config.name,
            "videos_seen": videos_seen,
            "resolution": resolution,
            "num_frames": config.num_frames,
            "frame_stride": config.frame_stride,
            "batch_videos": config.batch_videos,
            "spatial_frames": config.spatial_frames,
            "generator_lr": config.generator_lr,
            "discriminator_lr": config.discriminator_lr,
            "diversity_weight": config.diversity_weight,
        },
    ]


def save_history(history: list[dict], release: Path) -> None:
    """Write it beside the weights."""
    (release / FILE).write_text(json.dumps(history, indent=2) + "\n")


def as_table(history: list[dict]) -> str:
    """A Markdown table for the card."""
    lines = ["| run | clips seen | frames | pixels | batch | learning rates, G and D |", "| --- " * 6 + "|"]
    for i, entry in enumerate(history):
        frames = f"{entry['num_frames']} at stride {entry['frame_stride']}"
        rates = f"{entry['generator_lr']:g}, {entry['discriminator_lr']:g}"
        cells = [i + 1, f"{entry['videos_seen']:,}", frames, entry["resolution"], entry["batch_videos"], rates]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)
