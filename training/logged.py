"""What a run has logged so far, read back from its log.jsonl."""

import json
from pathlib import Path


def read_log(run: Path) -> list[dict]:
    """The lines of a run's log, oldest first; none for a folder that holds no log."""
    log = run / "log.jsonl"
    whole_lines = log.read_text().split("\n")[:-1] if log.exists() else []  # one may be in the middle of being written
    return [json.loads(line) for line in whole_lines]


def series_of(lines: list[dict]) -> dict[str, tuple[list[int], list[float]]]:
    """What was measured: name -> (videos seen, values)."""
    series: dict[str, tuple[list[int], list[float]]] = {}
    for line in lines:
        for name, value in line.items():
            if name not in ("videos_seen", "time") and not isinstance(value, str):
                videos, values = series.setdefault(name, ([], []))
                videos.append(line["videos_seen"])
                values.append(value)
    return series
