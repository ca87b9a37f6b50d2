"""What a clip was made from, small enough to travel inside its file: enough to draw the same clip again."""

import json
import re
import subprocess
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from PIL import Image

from dvd_gan.labels import file_stem

READING_SECONDS = 10
MAX_CHARACTERS = 65536
RECIPE_FILE = "recipe.json"
NOTICE = "DVD-GAN: an AI-generated clip, filmed by no camera"


@dataclass(frozen=True, kw_only=True)
class ClipRecipe:
    """Checkpoint id, class name, seed, length in frames, truncation, and frames a second of the file.

    `revision` is the checkpoint's, as `hub.revision_of` gives it; `variations` moved the seed's noise before it was
    truncated, as `latents.draw_varied` takes them.
    """

    checkpoint: str
    class_name: str
    seed: int
    num_frames: int
    truncation: float = 1.0
    fps: float = 12.0
    revision: str | None = None
    variations: tuple[tuple[int, float], ...] = ()

    @property
    def stem(self) -> str:
        """What files of this clip are called."""
        varied = f"-varied-{self.variations[-1][0]}" if self.variations else ""
        return file_stem(self.class_name, self.seed) + varied

    def as_dict(self) -> dict:
        """What `to_json` writes."""
        return {"made_by": NOTICE, **asdict(self)}

    def to_json(self) -> str:
        """One line."""
        return json.dumps(self.as_dict())

    @classmethod
    def from_json(cls, text: str) -> "ClipRecipe":
        """Raises ValueError, one sentence, for anything that `to_json` did not write."""
        try:
            values = json.loads(text) if len(text) <= MAX_CHARACTERS else {}
            if values.pop("made_by", None) != NOTICE:
                raise ValueError
            many = values.get("clips", ())
            if not many:
                values["variations"] = tuple(tuple(move) for move in values.get("variations", ()))
                recipe = cls(**values)
                wanted = {field.name: field.type for field in fields(cls)}
                if not all(_fits(getattr(recipe, name), kind) for name, kind in wanted.items()):
                    raise ValueError
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise ValueError(
                "That is no recipe of a clip: give a file that was downloaded here, or its JSON."
            ) from None
        if many:
            raise ValueError("That file shows many clips side by side: open one of them, and give its file.")
        return recipe


def family_json(recipes: Sequence[ClipRecipe]) -> str:
    """One line, for a file that shows many clips side by side: `read_recipe` says that it is of many."""
    return json.dumps({"made_by": NOTICE, "clips": [recipe.as_dict() for recipe in recipes]})


def write_variations(variations: Sequence[tuple[int, float]]) -> str:
    """As people type them: "8:0.3 15:0.2" for 0.3 of the way to seed 8, then 0.2 of the way to seed 15."""
    return " ".join(f"{seed}:{distance!r}" for seed, distance in variations)


def read_variations(text: str) -> tuple[tuple[int, float], ...]:
    """The inverse of `write_variations`; commas may stand between, and nothing gives none.

    Raises ValueError, one sentence, for anything else.
    """
    parts = text.replace(",", " ").split()
    if not all(re.fullmatch(r"\d+:(\d+(\.\d*)?|\.\d+)(e-?\d+)?", part) for part in parts):
        raise ValueError(f"Variations are written seed:distance, such as 8:0.3 15:0.2, not {text!r}.")
    return tuple((int(seed), float(distance)) for seed, distance in (part.split(":") for part in parts))


def _fits(value: object, kind: object) -> bool:
    if isinstance(value, tuple):
        return all(len(move) == 2 and _fits(move[0], int) and _fits(move[1], float) for move in value)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) or (value is None and kind is not str)


def read_recipe(path: str | Path) -> ClipRecipe:
    """The recipe inside an MP4, WebM, GIF or ZIP that `dvd_gan.clips` wrote, or in a JSON file.

    Contents decide, not names. Raises ValueError, one sentence, for a file that holds none.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(MAX_CHARACTERS + 1)
    if start[:1] == b"{":
        return ClipRecipe.from_json(start.decode(errors="replace"))
    if start[:4] == b"PK\x03\x04":
        return ClipRecipe.from_json(_zip_recipe(path))
    start = start[:6]
    comment = _gif_comment(path) if start in (b"GIF87a", b"GIF89a") else _container_comment(path)
    return ClipRecipe.from_json(comment)


def _zip_recipe(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(RECIPE_FILE).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                return ""
            with archive.open(RECIPE_FILE) as file:
                return file.read(MAX_CHARACTERS + 1).decode(errors="replace")
    except (OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return ""


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
