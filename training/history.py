"""What weights have been through: one entry a run, from the first fresh start to the release, with its curves."""

import json
import shutil
from pathlib import Path

import numpy as np

from training.config import TrainConfig
from training.logged import read_log, series_of

FILE = "training.json"
CURVES = (
    "spatial_real",
    "spatial_fake",
    "temporal_real",
    "temporal_fake",
    "redrawing_error",
    "judged_class_accuracy",
    "judged_frechet_to_held_out",
)
MAX_POINTS = 60


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
            **({"future_weight": config.future_weight} if config.future_weight else {}),
            "curves": curves_of(run, videos_seen),
        },
    ]


def curves_of(run: Path, videos_seen: int) -> dict[str, list[list[float]]]:
    """What a run logged up to a state: name -> [clips seen, value] pairs, at most 60 of each, evenly spaced."""
    series, curves = series_of(read_log(run)), {}
    for name in CURVES:
        logged = zip(*series.get(name, ((), ())), strict=True)
        points = [[videos, round(value, 4)] for videos, value in logged if videos <= videos_seen]
        if points:
            chosen = np.unique(np.linspace(0, len(points) - 1, min(MAX_POINTS, len(points))).round().astype(int))
            curves[name] = [points[i] for i in chosen]
    return curves


def save_history(history: list[dict], release: Path) -> None:
    """Write it beside the weights."""
    runs = ",\n".join(json.dumps(entry) for entry in history)
    (release / FILE).write_text(f"[\n{runs}\n]\n")


def as_table(history: list[dict]) -> str:
    """A Markdown table for the card."""
    lines = ["| run | clips seen | frames | pixels | batch | learning rates, G and D |", "| --- " * 6 + "|"]
    for i, entry in enumerate(history):
        frames = f"{entry['num_frames']} at stride {entry['frame_stride']}"
        rates = f"{entry['generator_lr']:g}, {entry['discriminator_lr']:g}"
        cells = [i + 1, f"{entry['videos_seen']:,}", frames, entry["resolution"], entry["batch_videos"], rates]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)
