"""Videos of a list, one clip each, with the paper's preprocessing (appendix A.1): what every source of videos shares.

The shorter side is resized bilinearly and the aspect kept; then a square is cut out, at random once a video or from
the centre. Consecutive frames are stored, and training draws its window and stride among them.
"""

import argparse
import functools
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from training.data.codec import import_av
from training.data.source import SkippedClip, SourceClip

VIDEO_EXTENSIONS = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"}
CROPS = ("random", "centre")
DEFAULT_FRAMES = 31
MAX_FRAMES = 1800
WHOLE_SHARE = 0.95
"""A video counts as whole if at least so many of the frames it declares follow one another without damage."""
BIDIRECTIONAL = 3  # PictureType.B of PyAV
USUAL_FPS = 25.0


class Video(NamedTuple):
    """One video that a set should have; `skip` is why it does without, "missing" where there is no such file."""

    path: str
    source: str  # its name in the set's own lists
    key: str
    split: str
    class_name: str
    group: str
    skip: str = ""


@dataclass(frozen=True)
class Preprocessing:
    """How frames are made of a video.

    Attributes:
        resolution: side of a stored frame, pixels.
        short_side: what the shorter side is resized to before the crop, pixels.
        crop: "random", one place a video, by `seed` and the video's key, or "centre".
        seed: of the crops.
        stride: every how many frames of the file one is stored.
        frames: videos that give fewer stored frames are too short.
        max_frames: at most so many are stored, from the beginning.
    """

    resolution: int
    short_side: int
    crop: Literal["random", "centre"]
    seed: int
    stride: int
    frames: int
    max_frames: int


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
    return SourceClip(
        key=video.key,
        split=video.split,
        class_name=video.class_name,
        group=video.group,
        fps=fps,
        frames_THWC=frames,
        source=video.source,
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


def decode_video(path: str, how: Preprocessing, crop: tuple[float, float]) -> tuple[np.ndarray, float]:
    """A file -> frames (T, resolution, resolution, 3) uint8, at most `max_frames`, and their rate a second.

    The picture's own aspect counts: pixels that are not square are made so, and turned pictures are set upright.
    A damaged picture spoils those after it up to the next key frame; of a video with damage the longest stretch
    without is taken. Raises ValueError, OSError or av.error.FFmpegError for what is no video or has no such stretch of
    19 twentieths of the frames that it declares.
    """
    av = import_av()
    reformatter = av.video.reformatter.VideoReformatter()
    stretches = [_Stretch()]
    num_seen = 0
    with av.open(path) as container:
        if not container.streams.video:
            raise ValueError(f"{path} has no picture.")
        stream = container.streams.video[0]
        stream.thread_type = "NONE"  # all cores are busy with other videos
        fps = float(stream.average_rate or USUAL_FPS) / how.stride
        for picture in container.decode(stream):
            num_seen += 1
            if picture.is_corrupt:
                stretches[-1].end_before_damage(how.stride)
                stretches = [max(stretches, key=_Stretch.__len__), _Stretch(broken=True)]
                continue
            stretch = stretches[-1]
            if stretch.broken and not picture.key_frame:
                continue
            stretch.broken = False
            if len(stretch) % how.stride == 0:
                stretch.frames.append(_square(reformatter, picture, stream.sample_aspect_ratio, how, crop))
            stretch.kinds.append(picture.pict_type)
            if len(stretch.frames) == how.max_frames:
                return np.stack(stretch.frames), fps
        whole = max(stretches, key=_Stretch.__len__)
        declared = stream.frames or (container.duration or 0) / av.time_base * fps * how.stride
        if len(whole) < WHOLE_SHARE * max(declared, num_seen, 1):
            raise ValueError(f"{path} declares {declared:.0f} frames and {len(whole)} in a row are undamaged.")
    return np.stack(whole.frames), fps


@dataclass
class _Stretch:
    """Pictures in a row without damage; `broken` until its first one, a key frame where it follows damage."""

    broken: bool = False
    frames: list[np.ndarray] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.kinds)

    def end_before_damage(self, stride: int) -> None:
        """Drop the last pictures that are drawn from the one after them (B frames): that one is damaged."""
        while self.kinds and self.kinds[-1] == BIDIRECTIONAL:
            self.kinds.pop()
        del self.frames[-(-len(self.kinds) // stride) :]


def _square(
    reformatter, picture, pixel_aspect: Fraction | None, how: Preprocessing, crop: tuple[float, float]
) -> np.ndarray:
    """One decoded frame -> (resolution, resolution, 3) uint8."""
    height, width = picture.height, picture.width * float(pixel_aspect or 1)
    scale = how.short_side / min(height, width)
    size = {"width": max(how.short_side, round(width * scale)), "height": max(how.short_side, round(height * scale))}
    frame_HWC = reformatter.reformat(picture, **size, format="rgb24", interpolation="BILINEAR").to_ndarray()
    frame_HWC = np.rot90(frame_HWC, k=round(picture.rotation / 90))
    top, left = (
        int(place * (room - how.resolution + 1)) for place, room in zip(crop, frame_HWC.shape[:2], strict=True)
    )
    return np.ascontiguousarray(frame_HWC[top : top + how.resolution, left : left + how.resolution])
