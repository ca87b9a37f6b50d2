"""A prepared data set of tiny people: squares that swing across or up and down, each in its own tint."""

from pathlib import Path

import numpy as np

from training.data.shard_writer import write_dataset
from training.data.source import Source, SourceClip

CLASS_NAMES = ["across", "up and down"]
SIZE, FPS, FRAMES = 16, 8.0, 24


def person_moving(person: int, vertically: bool, tint: tuple[int, int, int] | None = None) -> np.ndarray:
    """(FRAMES, SIZE, SIZE, 3) uint8: a 5 pixel square swings; no single frame tells the class."""
    frames = np.full((FRAMES, SIZE, SIZE, 3), 20 + 5 * person, np.uint8)
    rest = (3 * person + 1) % 11
    for time in range(FRAMES):
        place = round(5.5 + 5 * np.sin(0.8 * time * (1 + 0.05 * person) + person))
        across, down = (rest, place) if vertically else (place, rest)
        frames[time, down : down + 5, across : across + 5] = tint or (200, 120 + 15 * person, 90)
    return frames


def write_square_people(out: Path, people: int = 5, tints: dict | None = None) -> Path:
    """A prepared folder whose held-out split is the last person; returns `out`.

    `tints` maps (split, label) to the colour of those squares, to tie colour to class.
    """
    splits = ["train"] * (people - 1) + ["held_out"]
    clips = (
        SourceClip(
            key=f"{label}-{person}",
            split=splits[person],
            class_name=name,
            group=f"person {person}",
            fps=FPS,
            frames_THWC=person_moving(person, label == 1, (tints or {}).get((splits[person], label))),
            source="square_people.py",
        )
        for label, name in enumerate(CLASS_NAMES)
        for person in range(people)
    )
    write_dataset(
        Source(name="squares", class_names=CLASS_NAMES, fps=FPS, resolution=SIZE, licence="CC0", clips=clips),
        out,
    )
    return out
