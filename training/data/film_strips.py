"""Reads film strips, the layout of MoCoGAN and its descendants: one picture a clip, its frames side by side.

Folder layout: <class>/<performer>.png, height = frame size, width = frame size x frames.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from training.data.source import Source, SourceClip

WEIZMANN_FPS = 25.0
WEIZMANN_LICENCE = (
    "Weizmann 'Actions as Space-Time Shapes' clips, as published with MoCoGAN (sergeytulyakov/mocogan, "
    "data/actions). The data carries no licence of its own; the code around it states CC BY-NC-ND 4.0. "
    "Research use only."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `prepare weizmann`."""
    parser.add_argument("--held-out", help="performer whose clips form the held-out split (default: the last by name)")


def read(options: argparse.Namespace) -> Source:
    """Film strips under `options.input`, resized to `options.resolution` pixels, split by performer.

    Raises FileNotFoundError where there is no strip and ValueError for an unknown performer or a picture that
    is no film strip.
    """
    folder = Path(options.input)
    strips = sorted(folder.glob("*/*.png"))
    if not strips:
        raise FileNotFoundError(f"{folder} holds no film strip: expected <class>/<performer>.png.")
    performers = sorted({strip.stem for strip in strips})
    held_out = options.held_out or performers[-1]
    if held_out not in performers:
        raise ValueError(f"No clip is by {held_out!r}; choose --held-out from {performers}.")
    return Source(
        name="weizmann",
        class_names=sorted({readable_class_name(strip.parent.name) for strip in strips}),
        fps=WEIZMANN_FPS,
        resolution=options.resolution,
        licence=WEIZMANN_LICENCE,
        clips=_clips(folder, strips, held_out, options.resolution),
    )


def _clips(folder: Path, strips: list[Path], held_out: str, resolution: int) -> Iterator[SourceClip]:
    for strip in strips:
        yield SourceClip(
            key=f"{strip.parent.name}-{strip.stem}".replace(".", "_"),
            split="held_out" if strip.stem == held_out else "train",
            class_name=readable_class_name(strip.parent.name),
            group=strip.stem,
            fps=WEIZMANN_FPS,
            frames_THWC=read_strip(strip, resolution),
            source=strip.relative_to(folder).as_posix(),
        )


def readable_class_name(folder_name: str) -> str:
    """`one-hand_wave` -> `one-hand wave`: a folder's name as a person would write it."""
    return folder_name.replace("_", " ")


def read_strip(path: Path, resolution: int) -> np.ndarray:
    """One film strip -> (T, resolution, resolution, 3) uint8. Shrinks by area, enlarges bicubically."""
    with Image.open(path) as picture:
        strip = picture.convert("RGB")
    size = strip.height
    if strip.width % size:
        raise ValueError(f"{path} is {strip.width}x{size}: the width of a film strip is a multiple of its height.")
    boxes = [(left, 0, left + size, size) for left in range(0, strip.width, size)]
    filter_ = Image.Resampling.BOX if resolution < size else Image.Resampling.BICUBIC
    # Crop first: resize(box=...) lets the filter reach into the neighbouring frames.
    return np.stack([np.asarray(strip.crop(box).resize((resolution, resolution), filter_)) for box in boxes])
