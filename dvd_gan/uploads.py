"""Uploads to frames: a video, or a handful of pictures, decoded within bounds that a hostile file cannot pass.

Videos go through one process of the ffmpeg that comes with imageio-ffmpeg (moviepy's own reader waits for it without
end). It may open this one file and no other, in the formats below, and is stopped by the clock. Whatever comes in,
the answer is frames or one sentence.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from dvd_gan.clips import fit_square

MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 4096 * 2304
MAX_SECONDS = 60
MAX_PICTURES = 240
DECODING_SECONDS = 20
MEMORY_BYTES = 2 * 1024**3
ALLOCATION_BYTES = 256 * 1024**2

_VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif"
_PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_WHAT_WORKS = "upload an MP4, MOV, AVI, WebM or GIF, or a few PNG or JPEG pictures"


def read_upload(paths: str | Path | Sequence[str | Path], side: int, fps: float) -> np.ndarray:
    """A video, or pictures in the order of their names -> (T, side, side, 3) uint8.

    Videos are turned upright, sampled at `fps` frames a second and cut to their middle square; pictures are taken as
    one frame each. Contents decide, not names.

    Raises ValueError, one sentence that names the file, for anything that cannot be read or is too much.
    """
    files = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    if not files:
        raise ValueError(f"Nothing was uploaded: {_WHAT_WORKS}.")
    for file in files:
        _check_size(file)
    if len(files) == 1:
        picture = _read_picture(files[0], side)
        return _read_video(files[0], side, fps) if picture is None else picture[None]
    if len(files) > MAX_PICTURES:
        raise ValueError(f"{len(files)} pictures are too many: upload at most {MAX_PICTURES}.")
    frames = []
    for file in sorted(files, key=lambda path: _natural(path.name)):
        picture = _read_picture(file, side)
        if picture is None:
            raise ValueError(f"{file.name!r} is no picture: upload one video, or several PNG or JPEG pictures.")
        frames.append(picture)
    return np.stack(frames)


def _check_size(file: Path) -> None:
    if not file.is_file():
        raise ValueError(f"{file.name!r} did not arrive: upload it again.")
    size = file.stat().st_size
    if size == 0:
        raise ValueError(f"{file.name!r} is empty: {_WHAT_WORKS}.")
    if size > MAX_BYTES:
        raise ValueError(
            f"{file.name!r} has {size / 1024**2:.0f} MB: upload at most {MAX_BYTES // 1024**2} MB, a few seconds of it."
        )


def _natural(name: str) -> list[int | str]:
    """Sort key under which frame2 comes before frame10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", name.lower())]


def _read_picture(file: Path, side: int) -> np.ndarray | None:
    """A still picture, upright, on white where it is transparent -> (side, side, 3) uint8; None if it is none."""
    try:
        with Image.open(file, formats=_PICTURE_FORMATS) as picture:
            _check_pixels(file, *picture.size)
            if getattr(picture, "is_animated", False):
                raise ValueError(f"{file.name!r} is an animated picture of a kind that is not read: save it as a GIF.")
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Image.UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        raise ValueError(f"{file.name!r} is too large a picture: upload at most 4096 x 2304 pixels.") from None
    except (OSError, SyntaxError, EOFError, MemoryError, OverflowError, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"{file.name!r} is a damaged picture: save it again and upload that.") from error
    flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
    return fit_square(np.asarray(flat)[None], side)[0]


def _check_pixels(file: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ValueError(f"{file.name!r} is {width} x {height} pixels: upload at most 4096 x 2304.")


def _read_video(file: Path, side: int, fps: float) -> np.ndarray:
    """A video's middle square at `fps` -> (T, side, side, 3) uint8."""
    raw, report = _run_ffmpeg(file, side, fps)
    size = re.search(r"Stream #.*Video: .*?\b(\d{1,6})x(\d{1,6})\b", report)
    if size is not None:
        _check_pixels(file, int(size[1]), int(size[2]))
    elif "Audio:" in report:
        raise ValueError(f"{file.name!r} has sound but no pictures: {_WHAT_WORKS}.")
    length = re.search(r"Duration: (\d+):(\d+):(\d+)", report)
    if length is not None:
        hours, minutes, seconds = map(int, length.groups())
        if (total := 3600 * hours + 60 * minutes + seconds) > MAX_SECONDS:
            raise ValueError(f"{file.name!r} lasts {total} seconds: cut it to at most {MAX_SECONDS}.")
    frame_bytes = side * side * 3
    num_frames = len(raw) // frame_bytes
    if num_frames == 0:
        raise ValueError(f"{file.name!r} is no video, or a damaged one: {_WHAT_WORKS}.")
    return np.frombuffer(raw[: num_frames * frame_bytes], np.uint8).reshape(num_frames, side, side, 3).copy()


def _run_ffmpeg(file: Path, side: int, fps: float) -> tuple[bytes, str]:
    """Raw RGB frames and what ffmpeg reports of the file; ValueError when it does not finish in time."""
    from imageio_ffmpeg import get_ffmpeg_exe

    # The middle square of what is shown, in stored pixels: these need not be square themselves.
    square = r"crop=w=max(1\,min(iw\,ih/sar)):h=max(1\,min(ih\,iw*sar))"
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", "-max_alloc", str(ALLOCATION_BYTES)]
    command += ["-timelimit", str(DECODING_SECONDS), "-threads", "1", "-max_pixels", str(MAX_PIXELS)]
    command += ["-protocol_whitelist", "file", "-format_whitelist", _VIDEO_FORMATS]
    command += ["-t", str(MAX_SECONDS), "-i", f"file:{file.resolve()}", "-map", "0:v:0", "-an", "-sn", "-dn"]
    command += ["-vf", f"fps={fps:.6f},{square},scale={side}:{side}:flags=area,setsar=1,format=rgb24"]
    command += ["-frames:v", str(int(MAX_SECONDS * fps) + 1), "-filter_threads", "1", "-f", "rawvideo", "pipe:1"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _bound_memory(process.pid)
    try:
        raw, report = process.communicate(timeout=DECODING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise ValueError(f"{file.name!r} takes too long to read: cut it shorter or make it smaller.") from None
    return raw, report.decode(errors="replace")


def _bound_memory(pid: int) -> None:
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, AttributeError, ProcessLookupError):  # not Linux, or it has ended already
        pass
