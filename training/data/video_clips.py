"""Videos of a list, one clip each, with the paper's preprocessing (appendix A.1): what every source of videos shares.

The shorter side is resized bilinearly and the aspect kept; then a square is cut out, at random once a video or from
the centre. Consecutive frames are stored, and training draws its window and stride among them.
"""

import argparse
import functools
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.data.codec import import_av
from training.data.decoding import Preprocessing, decode_video, longest_still
from training.data.source import SkippedClip, SourceClip

VIDEO_EXTENSIONS = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"}
CROPS = ("random", "centre")
DEFAULT_FRAMES = 31
MAX_FRAMES = 1800


class Video(NamedTuple):
    """One video that a set should have; `skip` is why it does without, "missing" where there is no such file."""

    path: str
    source: str  # its name in the set's own lists
    key: str
    split: str
    class_name: str
    group: str
    skip: str = ""


def add_video_arguments(parser: argparse.ArgumentParser, short_side_help: str = "the resolution") -> None:
    """Options that all sources of videos have."""
    parser.add_argument("--short-side", type=int, help=f"resize the shorter side to it (default: {short_side_help})")
    parser.add_argument("--crop", choices=CROPS, default="random", help="where the square is cut out (default: random)")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other random crops (default: 0)")
    parser.add_argument(
        "--stride",
        type=int,
        default=1,
        help="store every so many frames; 1 leaves the paper's stride of 2 to training, so that one set also serves "
        "prediction, which skips none (default: 1)",
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=DEFAULT_FRAMES,
        help=f"leave out videos with fewer stored frames (default: {DEFAULT_FRAMES}, the span of 16 at stride 2)",
    )
    parser.add_argument(
        "--max-frames", type=int, default=MAX_FRAMES, help=f"store at most so many a video (default: {MAX_FRAMES})"
    )
    parser.add_argument(
        "--max-still",
        type=float,
        metavar="SECONDS",
        help="leave out videos whose picture stands still for longer: slides, and damage encoded with the rest "
        "(default: keep them; report.json counts those of a second or more)",
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="processes to use here (default: all cores)"
    )


def preprocessing(options: argparse.Namespace, short_side: int | None = None) -> Preprocessing:
    """The options as a Preprocessing; `short_side` is the source's own default. Raises ValueError out of range."""
    for name in ("resolution", "stride", "frames", "max_frames", "processes"):
        if getattr(options, name) < 1:
            raise ValueError(f"--{name.replace('_', '-')} must be at least 1; got {getattr(options, name)}.")
    short_side = options.short_side or short_side or options.resolution
    if short_side < options.resolution:
        raise ValueError(f"--short-side {short_side} is smaller than --resolution {options.resolution}.")
    if options.max_frames < options.frames:
        raise ValueError(f"--max-frames {options.max_frames} is smaller than --frames {options.frames}.")
    return Preprocessing(
        options.resolution,
        short_side,
        options.crop,
        options.seed,
        options.stride,
        options.frames,
        options.max_frames,
        options.max_still,
    )


class VideoClips(Sequence[SourceClip | SkippedClip]):
    """The videos of a list, those for training first; a video is decoded each time it is asked for."""

    def __init__(self, videos: list[Video], how: Preprocessing):
        self.videos = sorted(videos, key=lambda video: video.split != "train")
        self.how = how

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, index: int) -> SourceClip | SkippedClip:
        return self.task(index)()

    def task(self, index: int) -> functools.partial:
        """What makes clip `index`, without the other videos."""
        return functools.partial(read_clip, self.videos[index], self.how)

    def skipped(self, index: int, reason: str) -> SkippedClip:
        """Clip `index` as one that the set does without."""
        return _skip(self.videos[index], reason)

    def settings(self) -> dict:
        """What decides the clips, for dataset.json: the preprocessing, and a digest of the list."""
        digest = hashlib.sha256()
        for video in self.videos:
            digest.update(repr(video[1:]).encode())
        return {**vars(self.how), "videos": len(self.videos), "list_sha256": digest.hexdigest()}


def find_videos(folder: Path) -> list[Path]:
    """All video files below a folder, in the order of their names."""
    found = (Path(place) / name for place, _, names in os.walk(folder, followlinks=True) for name in names)
    return sorted(path for path in found if path.suffix.lower() in VIDEO_EXTENSIONS)


def read_clip(video: Video, how: Preprocessing) -> SourceClip | SkippedClip:
    """Decode one video; a missing, broken or short one is skipped, whatever is wrong with it."""
    if video.skip:
        return _skip(video, video.skip)
    av = import_av()
    try:
        frames, fps = decode_video(video.path, how, crop_of(video.key, how))
    except (av.error.FFmpegError, OSError, ValueError, ArithmeticError, LookupError):
        return _skip(video, "undecodable")
    if len(frames) < how.frames:
        return _skip(video, "too short")
    still_seconds = longest_still(frames) / fps
    if how.max_still is not None and still_seconds > how.max_still:
        return _skip(video, "stands still")
    return SourceClip(
        key=video.key,
        split=video.split,
        class_name=video.class_name,
        group=video.group,
        fps=fps,
        frames_THWC=frames,
        source=video.source,
        still_seconds=round(still_seconds, 2),
    )


def _skip(video: Video, reason: str) -> SkippedClip:
    return SkippedClip(split=video.split, class_name=video.class_name, source=video.source, reason=reason)


def crop_of(key: str, how: Preprocessing) -> tuple[float, float]:
    """Where the square of a video lies in the room that the crop leaves: (down, right), each in [0, 1)."""
    if how.crop == "centre":
        return 0.5, 0.5
    digest = hashlib.sha256(f"{how.seed} {key}".encode()).digest()
    down, right = np.random.default_rng(list(digest)).random(2)
    return float(down), float(right)
