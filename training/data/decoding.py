"""One video file to frames, with the paper's preprocessing (appendix A.1), and signs of damage.

The shorter side is resized bilinearly and the aspect kept; then a square is cut out.
"""

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from training.data.codec import import_av

WHOLE_SHARE = 0.95
"""A video counts as whole if at least so many of the frames it declares follow one another without damage."""
STILL_LEVELS = 0.15
"""Of 255, in the mean over a frame. At 64 pixels the damaged second of a real Kinetics clip stays below 0.1; a quiet
scene of UCF-101 changes by 0.3, others of Kinetics by 6 (medians)."""
BIDIRECTIONAL = 3  # PictureType.B of PyAV
USUAL_FPS = 25.0


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
        max_still: videos whose picture stands still for longer, in seconds, are skipped; None keeps them.
    """

    resolution: int
    short_side: int
    crop: Literal["random", "centre"]
    seed: int
    stride: int
    frames: int
    max_frames: int
    max_still: float | None = None


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


def longest_still(frames_THWC: np.ndarray) -> int:
    """The most frames in a row that differ from the one before by less than `STILL_LEVELS` on average.

    No decoder tells of damage that was in the picture when it was last encoded; a picture that no camera's noise moves
    is its usual look.
    """
    pairs = itertools.pairwise(frames_THWC)
    still = [np.abs(after.astype(np.int16) - before).mean() < STILL_LEVELS for before, after in pairs]
    return max((sum(1 for _ in run) for is_still, run in itertools.groupby(still) if is_still), default=0)
