"""What a release says of its training: its runs, and the curves that they logged, read from its training.json."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

MAX_POINTS = 200


@dataclass(frozen=True)
class TrainingHistory:
    """Runs, oldest first, each from the weights of the one before, with `videos_seen`, `num_frames` and `resolution`.

    `curves` has, by the name of what was measured, (clips seen since the first run began, value) in order; `starts` are
    the clips seen before each run. Releases older than the curves have none.
    """

    runs: tuple[dict, ...] = ()
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    starts: tuple[int, ...] = ()


def read_history(folder: Path) -> TrainingHistory:
    """The history of a release folder; an empty one where there is none, or none that makes sense."""
    try:
        runs = json.loads((folder / "training.json").read_text())
        starts, curves, before = [], {}, 0
        for run in runs:
            starts.append(before)
            for name, points in run.get("curves", {}).items():
                line = [(before + float(videos), float(value)) for videos, value in points[:MAX_POINTS]]
                curves.setdefault(str(name), []).extend(p for p in line if all(map(math.isfinite, p)))
            before += int(run["videos_seen"])
            int(run["num_frames"]), int(run["resolution"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return TrainingHistory()
    return TrainingHistory(tuple(runs), curves, tuple(starts))
