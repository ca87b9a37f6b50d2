"""What a clip was made from, small enough to travel inside its file: enough to draw the same clip again."""

import json
import re
import subprocess
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from PIL import Image

READING_SECONDS = 10
NOTICE = "DVD-GAN: an AI-generated clip, filmed by no camera"


@dataclass(frozen=True, kw_only=True)
class ClipRecipe:
    """Checkpoint id (and its revision, a commit of the Hub, where it has one), class name, seed, length in frames,
    truncation, and frames a second of the file."""

    checkpoint: str
    class_name: str
    seed: int
    num_frames: int
    truncation: float = 1.0
    fps: float = 12.0
    revision: str | None = None

    def to_json(self) -> str:
        """One line."""
        return json.dumps({"made_by": NOTICE, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> "ClipRecipe":
        """Raises ValueError, one sentence, for anything that `to_json` did not write."""
        try:
            values = json.loads(text)
            if values.pop("made_by", None) != NOTICE:
                raise ValueError
            recipe = cls(**values)
            wanted = {field.name: field.type for field in fields(cls)}
            if not all(_fits(value, wanted[name]) for name, value in asdict(recipe).items()):
                raise ValueError
        except (ValueError, TypeError, AttributeError):
            raise ValueError(
                "That is no recipe of a clip: give a file that was downloaded here, or its JSON."
            ) from None
        return recipe


def _fits(value: object, kind: object) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) or (value is None and kind is not str)


def read_recipe(path: str | Path) -> ClipRecipe:
    """The recipe inside an MP4, WebM or GIF that `dvd_gan.clips` wrote, or in a JSON file.

    Raises ValueError, one sentence, for a file that holds none.
    """
    path = Path(path)
    start = path.read_bytes()[:6]
    if start[:1] == b"{":
        return ClipRecipe.from_json(path.read_text(errors="replace"))
    comment = _gif_comment(path) if start in (b"GIF87a", b"GIF89a") else _container_comment(path)
    return ClipRecipe.from_json(comment)


def _gif_comment(path: Path) -> str:
    try:
        with Image.open(path, formats=["GIF"]) as picture:
            return picture.info.get("comment", b"").decode(errors="replace")
    except (OSError, SyntaxError, ValueError):
        return ""


def _container_comment(path: Path) -> str:
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe"]
    command += [
        "-format_whitelist",
        "mov,mp4,matroska,webm",
        "-i",
        f"file:{path.resolve()}",
        "-f",
        "ffmetadata",
        "pipe:1",
    ]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=READING_SECONDS)
    except subprocess.TimeoutExpired:
        return ""
    found = re.search(
        r"^comment=((?:[^\\\n]|\\.)*)$", done.stdout.decode(errors="replace"), re.MULTILINE | re.IGNORECASE
    )
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""
