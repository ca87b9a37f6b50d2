"""Drawing a wall: one clip an action, all from one seed, as pictures that loop by themselves."""

import base64
import io
import random
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from dvd_gan import clips
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import text_share
from dvd_gan.studio.long_work import before_visitors, expect
from dvd_gan.studio.seeds import page_seed
from dvd_gan.studio.visitors import VisitorCheckpoints

FIRST_SEED = 7
FIRST_LENGTH, MAX_LENGTH = 32, 96
MAX_CLIPS = 12
MAX_PIXELS = 128
KEPT_WALLS = 16
WEBP = dict(quality=80, method=2)


@dataclass(frozen=True)
class WallClip:
    """One clip of a wall: what it was made from, its looping WebP picture, and its first frame as another."""

    recipe: ClipRecipe
    looping: bytes
    still: bytes


@dataclass(frozen=True)
class Wall:
    """Clips in the order of their classes, and how many seconds the model and the pictures took."""

    clips: list[WallClip]
    seconds: float


class Walls:
    """Draws walls and keeps the last few: many visitors come to the same one."""

    def __init__(self, visitors: VisitorCheckpoints):
        self.visitors = visitors
        self._kept: OrderedDict[tuple, Wall] = OrderedDict()
        self._lock = threading.Lock()

    def draw(
        self,
        seed: int,
        num_frames: int,
        truncation: float,
        checkpoint: str,
        opened: dict[str, Path] | None = None,
    ) -> Wall:
        """One clip an action, in one batch; of a checkpoint with many actions twelve, chosen by the seed.

        Raises ValueError or ConnectionError, one sentence, for what cannot be drawn.
        """
        from dvd_gan.latents import check_seed

        if num_frames > MAX_LENGTH:
            raise ValueError(text_share.wall_too_long(MAX_LENGTH))
        key = (self.visitors.folder(checkpoint, opened or {}), check_seed(page_seed(seed)), num_frames, truncation)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        pipe = self.visitors.pipeline(checkpoint, opened)
        names, fps = pipe.class_names, pipe.generator.config.fps
        ids = shown_classes(len(names), seed)
        expect(len(ids) * num_frames)
        began = time.perf_counter()
        drawn = pipe(ids, seeds=seed, num_frames=num_frames, truncation=truncation).frames
        settings = dict(checkpoint=checkpoint, seed=seed, num_frames=num_frames, truncation=truncation, fps=fps)
        hung = [
            hang(clips.as_uint8(clip), ClipRecipe(class_name=names[i], **settings))
            for i, clip in zip(ids, drawn, strict=True)
        ]
        wall = Wall(hung, time.perf_counter() - began)
        with self._lock:
            self._kept[key] = wall
            while len(self._kept) > KEPT_WALLS:
                self._kept.popitem(last=False)
        return wall

    def warm_up(self) -> None:
        """Load the default checkpoint and draw the first wall in the background, before the first visitor asks."""
        before_visitors(lambda: self.draw(FIRST_SEED, FIRST_LENGTH, 1.0, self.visitors.checkpoints.default))


def shown_classes(num_classes: int, seed: int) -> list[int]:
    """All class ids in order, or twelve of them drawn by the seed where there are more."""
    return sorted(random.Random(seed).sample(range(num_classes), min(num_classes, MAX_CLIPS)))


def hang(frames: np.ndarray, recipe: ClipRecipe) -> WallClip:
    """(T, H, W, 3) uint8 -> WebP pictures of at most 128 pixels at the recipe's rate; they carry the recipe."""
    if frames.shape[1] > MAX_PIXELS:
        frames = clips.fit_square(frames, MAX_PIXELS)
    first, *others = map(Image.fromarray, frames)
    looping, still = io.BytesIO(), io.BytesIO()
    milliseconds = round(1000 / recipe.fps)
    said = Image.Exif()
    said[ExifTags.Base.ImageDescription] = recipe.to_json()
    first.save(looping, "WEBP", save_all=True, append_images=others, duration=milliseconds, loop=0, exif=said, **WEBP)
    first.save(still, "WEBP", exif=said, **WEBP)
    return WallClip(recipe, looping.getvalue(), still.getvalue())


def data_uri(webp: bytes) -> str:
    """A WebP file as an address of its own: nothing is left on the server."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode()
