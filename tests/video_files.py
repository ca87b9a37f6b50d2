"""Real video files for tests of the data preparation: written with PyAV, and the real clips where they are at hand."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

REAL_CLIPS = Path(__file__).parents[2] / "shared" / "data" / "real_clips"
needs_real_clips = pytest.mark.skipif(
    not REAL_CLIPS.is_dir(), reason=f"the real UCF-101 and Kinetics clips are not at {REAL_CLIPS}"
)
CODECS = {".mp4": "libx264", ".avi": "mpeg4", ".mkv": "libx264"}


def write_video(path, frames_THWC, fps=25, pixel_aspect=None, key_frame_interval=None) -> Path:
    """uint8 frames -> a file in the format of its name, nearly lossless."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as container:
        stream = container.add_stream(CODECS[path.suffix], rate=Fraction(fps))
        stream.height, stream.width = frames_THWC.shape[1:3]
        stream.pix_fmt = "yuv420p"
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = Fraction(pixel_aspect)
        stream.options = {"crf": "4", "preset": "ultrafast"} if path.suffix != ".avi" else {"qscale": "2"}
        if path.suffix == ".avi":
            stream.bit_rate = 4_000_000
        if key_frame_interval:
            stream.codec_context.gop_size = key_frame_interval
        for frame_HWC in frames_THWC:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame_HWC, format="rgb24")))
        container.mux(stream.encode())
    return path


def ramp(num_frames=12, height=48, width=80, tint=0) -> np.ndarray:
    """Frames whose red tells the column, green the row, and blue the instant plus a tint; all change smoothly."""
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    frames[..., 0] = np.linspace(20, 220, width).astype(np.uint8)
    frames[..., 1] = np.linspace(20, 220, height).astype(np.uint8)[:, None]
    frames[..., 2] = (tint + 8 * np.arange(num_frames))[:, None, None]
    return frames


def instants(frames_THWC, tint=0) -> list[int]:
    """The instants that `ramp` painted."""
    return [round((value - tint) / 8) for value in frames_THWC[..., 2].astype(float).mean((1, 2))]


def write_ucf101(folder, classes=("ApplyEyeMakeup", "HandstandPushups"), groups=3, clips=2, num_frames=12) -> Path:
    """The official layout; group 1 is in the test list. Files of HandstandPushups spell it HandStandPushups."""
    lists = Path(folder) / "ucfTrainTestlist"
    lists.mkdir(parents=True)
    train, test = [], []
    (lists / "classInd.txt").write_text("".join(f"{i} {name}\r\n" for i, name in enumerate(classes, 1)))
    for number, name in enumerate(classes, 1):
        for group in range(1, groups + 1):
            for clip in range(1, clips + 1):
                spelt = name.replace("Handstand", "HandStand")
                line = f"{name}/v_{spelt}_g{group:02}_c{clip:02}.avi"
                test.append(line) if group == 1 else train.append(f"{line} {number}")
                tint = 16 * group + 4 * clip
                write_video(Path(folder) / "UCF-101" / line, ramp(num_frames, tint=tint))
    (lists / "trainlist01.txt").write_text("\n".join(train) + "\n")
    (lists / "testlist01.txt").write_text("\n".join(test) + "\n")
    return Path(folder)


KINETICS_HEADER = "label,youtube_id,time_start,time_end,split,is_cc"


def write_kinetics(folder, rows, num_frames=12, in_label_folders=True) -> Path:
    """Official CSV files and a rendered video for every row (label, id, start, split)."""
    lines: dict[str, list[str]] = {}
    for number, (label, youtube_id, start, split) in enumerate(rows):
        lines.setdefault(split, [KINETICS_HEADER]).append(f'"{label}",{youtube_id},{start},{start + 10},{split},0')
        place = Path(folder) / split / label if in_label_folders else Path(folder) / split
        name = f"{youtube_id}_{start:06}_{start + 10:06}.mp4"
        write_video(place / name, ramp(num_frames, tint=number % 16 * 8))
    for split, text in lines.items():
        (Path(folder) / f"{split}.csv").write_text("\n".join(text) + "\n")
    return Path(folder)
