"""Frames to files that every browser plays, and to a film strip.

Clips here are (T, H, W, 3) uint8. Writing goes through moviepy and the ffmpeg of imageio-ffmpeg. moviepy
drops the last frame of many (length, fps) pairs, ignores the pixel format it is given and can fail without a
word: so `_write` sets the duration past the last frame, the format in the filter, and checks the file.
"""

import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

MIN_DISPLAY_PIXELS = 256
MAX_FPS = 120
MAX_GIF_FPS = 50
GIVEN_COLOUR = (13, 148, 136)
DRAWN_COLOUR = (251, 191, 36)
CHANGES = ("as it is", "frozen", "shuffled", "reversed")

_BT709 = "color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_TO_YUV = f":out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=range=tv:{_BT709}"
_SAME_BYTES = ["-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]


def as_uint8(frames: np.ndarray | Sequence[Image.Image]) -> np.ndarray:
    """One clip as the pipeline gives it -> (T, H, W, 3) uint8; floats are rounded.

    Takes uint8 or float in [0, 1], (T, H, W, 3), or a list of PIL pictures; ValueError for anything else.
    """
    if not isinstance(frames, np.ndarray):
        frames = np.stack([np.asarray(picture.convert("RGB")) for picture in frames])
    if frames.ndim != 4 or frames.shape[-1] != 3 or 0 in frames.shape:
        raise ValueError(f"A clip is (frames, height, width, 3) and not empty; this array is {frames.shape}.")
    if frames.dtype == np.uint8:
        return frames
    if not np.issubdtype(frames.dtype, np.floating):
        raise ValueError(f"Frames are uint8, or floats from 0 to 1, not {frames.dtype}.")
    if not (frames.min() >= 0 and frames.max() <= 1):
        raise ValueError("Float frames run from 0 to 1; rescale them first.")
    return np.rint(frames * 255).astype(np.uint8)


def fit_square(frames: np.ndarray, side: int) -> np.ndarray:
    """(T, H, W, 3) uint8 of any size -> the middle square of every frame at `side` pixels, (T, side, side, 3) uint8."""
    height, width = frames.shape[1:3]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = frames[:, top : top + edge, left : left + edge]
    if edge == side:
        return np.ascontiguousarray(square)
    resample = Image.Resampling.BOX if edge % side == 0 else Image.Resampling.LANCZOS
    return np.stack([np.asarray(Image.fromarray(frame).resize((side, side), resample)) for frame in square])


def change_clip(frames: np.ndarray, change: str, seed: int = 0) -> np.ndarray:
    """A clip (T, ...) whose frames are as they were but not its motion: "frozen" holds the middle frame, "shuffled"
    mixes the order by `seed`, "reversed" turns it round, "as it is" leaves it. ValueError for any other word."""
    if change not in CHANGES:
        raise ValueError(f"A clip can be {', '.join(map(repr, CHANGES))}, not {change!r}.")
    order = np.arange(len(frames))
    if change == "frozen":
        order[:] = len(frames) // 2
    if change == "shuffled":
        order = np.random.default_rng(seed).permutation(len(frames))
    if change == "reversed":
        order = order[::-1]
    return frames[order]


def display_scale(height: int, width: int) -> int:
    """The smallest whole factor that makes both sides even (yuv420p needs it) and at least 256 pixels."""
    scale = math.ceil(MIN_DISPLAY_PIXELS / min(height, width))
    return scale + scale % 2 * (height % 2 or width % 2)


def write_mp4(
    frames: np.ndarray | Sequence[Image.Image], path: str | Path, fps: float, comment: str | None = None
) -> Path:
    """H.264, yuv420p, index first, pixels enlarged by `display_scale`. The same frames give the same bytes.

    A `comment`, one line such as `ClipRecipe.to_json` gives, goes into the file's metadata.

    Raises ValueError for frames that are no clip or an fps outside (0, 120], OSError if nothing was written.
    """
    settings = ["-crf", "16", "-movflags", "+faststart", "-vf", f"{_enlarged(frames)}{_TO_YUV}"]
    return _write(frames, path, fps, comment, codec="libx264", preset="veryfast", ffmpeg_params=settings)


def write_webm(
    frames: np.ndarray | Sequence[Image.Image], path: str | Path, fps: float, comment: str | None = None
) -> Path:
    """VP9, yuv420p; else as `write_mp4`."""
    speed = ["-deadline", "realtime", "-cpu-used", "7", "-row-mt", "0"]
    settings = ["-crf", "24", "-b:v", "0", *speed, "-vf", f"{_enlarged(frames)}{_TO_YUV}"]
    return _write(frames, path, fps, comment, codec="libvpx-vp9", ffmpeg_params=settings)


def write_gif(
    frames: np.ndarray | Sequence[Image.Image], path: str | Path, fps: float, comment: str | None = None
) -> Path:
    """A looping GIF with a palette of its own colours, enlarged as the others; `comment` as for `write_mp4`.

    Raises ValueError above 50 fps: a GIF counts time in hundredths, and viewers slow down shorter frames.
    """
    if fps > MAX_GIF_FPS:
        raise ValueError(f"A GIF plays at most {MAX_GIF_FPS} frames per second, not {fps:g}.")
    palette = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    settings = ["-loop", "0", "-filter_complex", f"{_enlarged(frames)},{palette}"]
    path = _write(frames, path, fps, codec="gif", ffmpeg_params=settings)
    if comment is not None:
        path.write_bytes(_with_gif_comment(path.read_bytes(), comment.encode()))
    return path


def write_zip(frames: np.ndarray | Sequence[Image.Image], path: str | Path, recipe_json: str | None = None) -> Path:
    """Every frame as a PNG at its own size, frame-0000.png and so on, and recipe.json beside them. The same frames give
    the same bytes."""
    files = {f"frame-{t:04d}.png": _png(frame) for t, frame in enumerate(as_uint8(frames))}
    if recipe_json is not None:
        files["recipe.json"] = recipe_json.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return Path(path)


def film_strip(frames: np.ndarray, count: int = 8, gap_pixels: int = 2, note: str = "") -> Image.Image:
    """(T, H, W, 3) uint8 -> `count` evenly spaced frames, from first to last, side by side in one picture.

    Shorter clips give all their frames. Frames are enlarged to at least 128 pixels; gaps are transparent. `note` is the
    picture's description, which goes with it where it is saved as a PNG with its `info`.
    """
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int))
    height, width = frames.shape[1:3]
    scale = math.ceil(MIN_DISPLAY_PIXELS / 2 / min(height, width))
    step = width * scale + gap_pixels * scale
    strip = Image.new("RGBA", (step * len(chosen) - gap_pixels * scale, height * scale))
    for i, t in enumerate(chosen):
        picture = Image.fromarray(frames[t])
        strip.paste(picture.resize((width * scale, height * scale), Image.Resampling.NEAREST), (i * step, 0))
    strip.info = {"Description": note} if note else {}
    return strip


def tile(clips: Sequence[np.ndarray], columns: int, enlarged: int = 1, gap_pixels: int = 1) -> np.ndarray:
    """Clips of one size, (T, H, W, 3) uint8 -> one clip of them all, row by row, in cells of (H + 2 gap, W + 2 gap)
    pixels times `enlarged`; a last row that is not full ends in black."""
    gap = [(0, 0), (gap_pixels, gap_pixels), (gap_pixels, gap_pixels), (0, 0)]
    cells = [np.pad(clip, gap) for clip in clips]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=2) for i in range(0, len(cells), columns)]
    return np.concatenate(rows, axis=1).repeat(enlarged, axis=1).repeat(enlarged, axis=2)


def frame_colours(frames: np.ndarray, num_given: int, width: int = 2) -> np.ndarray:
    """(..., T, H, W, 3) uint8 -> (..., T, H + 2 width, W + 2 width, 3): a teal border around the first `num_given`
    frames, which are real, and an amber one around the others, which a model drew."""
    frames = np.moveaxis(frames, -4, 0)
    edges = [(0, 0)] * (frames.ndim - 3) + [(width, width), (width, width), (0, 0)]
    framed = np.pad(frames, edges)
    for t, picture in enumerate(framed):
        colour = GIVEN_COLOUR if t < num_given else DRAWN_COLOUR
        picture[..., :width, :, :] = picture[..., -width:, :, :] = colour
        picture[..., :, :width, :] = picture[..., :, -width:, :] = colour
    return np.moveaxis(framed, 0, -4)


def _enlarged(frames: np.ndarray | Sequence[Image.Image]) -> str:
    height, width = as_uint8(frames[:1]).shape[1:3]
    scale = display_scale(height, width)
    return f"scale={width * scale}:{height * scale}:flags=neighbor+accurate_rnd+full_chroma_int"


def _png(frame: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()


def _with_gif_comment(gif: bytes, comment: bytes) -> bytes:
    """A comment extension (GIF89a, section 24) before the first picture's control block or descriptor."""
    table = 3 * 2 ** ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0
    head = 13 + table
    blocks = (comment[i : i + 255] for i in range(0, len(comment), 255))
    extension = b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
    return gif[:head] + extension + gif[head:]


def _write(
    frames: np.ndarray | Sequence[Image.Image], path: str | Path, fps: float, comment: str | None = None, **settings
) -> Path:
    from moviepy import ImageSequenceClip

    if not 0 < fps <= MAX_FPS:
        raise ValueError(f"Frames per second are above 0 and at most {MAX_FPS}, not {fps!r}.")
    path = Path(path)
    pictures = list(as_uint8(frames))
    clip = ImageSequenceClip(pictures, fps=fps).with_duration((len(pictures) + 0.25) / fps)
    metadata = [] if comment is None else ["-metadata", f"comment={comment}"]
    settings["ffmpeg_params"] = settings["ffmpeg_params"] + _SAME_BYTES + metadata
    path.unlink(missing_ok=True)
    clip.write_videofile(str(path), fps=fps, audio=False, logger=None, **settings)
    if not path.is_file() or path.stat().st_size == 0:
        raise OSError(f"Nothing was written to {path}; see that its folder exists and has room.")
    return path
