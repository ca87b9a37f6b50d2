"""What a reader of raw data hands to the writer: facts about a set, and its clips."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class SourceClip:
    """One clip as a source hands it over: frames are (T, H, W, 3) uint8, all clips of one size."""

    key: str
    split: str
    class_name: str
    group: str  # the performer, or the original video: what splits keep apart
    fps: float
    frames_THWC: np.ndarray
    source: str  # where it came from, relative to the input folder
    still_seconds: float | None = None  # longest time for which the picture stood still, where that was looked at


@dataclass(frozen=True, kw_only=True)
class SkippedClip:
    """A clip that the set should have and does not, and why in a word or two: "missing", "too short" ..."""

    split: str
    class_name: str
    source: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a reader of raw data returns: facts about the set, and its clips, read one at a time.

    A Sequence of clips is picklable, gives the same clip for the same index on every call, and holds its splits
    one after another. Clips of a Sequence may be SkippedClips; then it also has `task(number)`, a picklable function
    of nothing that makes the clip, and `skipped(number, reason)`. `settings` are what else decides the clips; they
    are stored with the set.
    """

    name: str
    class_names: list[str]
    fps: float
    resolution: int
    licence: str
    clips: Iterable[SourceClip] = field(repr=False)
    settings: dict = field(default_factory=dict)
