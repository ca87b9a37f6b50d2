"""What a release shows of itself: an uncurated sheet, a preview, and a timeline of its training.

Legend: clips are (T, H, W, 3) uint8.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dvd_gan.clips import write_mp4
from dvd_gan.models.generator import DVDGANGenerator
from training.samples import sample_classes, sheet

SHEET_SEEDS = list(range(8))
PREVIEW_SEED = 0
PREVIEW_LENGTHS = 3
TIMELINE_MOMENTS = 20


def caption(text: str, width: int, height: int) -> np.ndarray:
    """Dark text on white, centred -> (height, width, 3) uint8."""
    picture = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(size=height * 0.7)
    ImageDraw.Draw(picture).text((width / 2, height / 2), text, fill="black", font=font, anchor="mm")
    return np.asarray(picture)


def class_names(generator: DVDGANGenerator) -> list[str]:
    """The names in the config, or "class 0" and so on."""
    return generator.config.class_names or [f"class {i}" for i in range(generator.config.num_classes)]


def tile(cells: list[np.ndarray], columns: int, fill: int = 255) -> np.ndarray:
    """(..., H, W, 3) arrays of one shape -> one array, row by row; missing cells are filled."""
    cells = cells + [np.full_like(cells[0], fill)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=-2) for i in range(0, len(cells), columns)]
    return np.concatenate(rows, axis=-3)


def save_picture(picture_HWC: np.ndarray, path: Path) -> None:
    """A PNG of the 256 colours that fit best: hundreds of frames in a third of the bytes."""
    Image.fromarray(picture_HWC).quantize(256).save(path, optimize=True)


def write_sheet(generator: DVDGANGenerator, path: Path) -> None:
    """Seeds 0 to 7 of every class, 8 frames a clip, one clip a row: nothing chosen."""
    blocks = []
    for class_id, name in enumerate(class_names(generator)):
        clips = sample_classes(generator, SHEET_SEEDS, generator.config.trained_frames, [class_id])
        picture = sheet(clips)
        blocks.append(np.concatenate([caption(name, picture.shape[1], 20), picture]))
    save_picture(tile(blocks, columns=2), path)


def write_preview(generator: DVDGANGenerator, path: Path) -> None:
    """One clip a class, seed 0, three times the trained length, side by side."""
    num_frames = PREVIEW_LENGTHS * generator.config.trained_frames
    clips = sample_classes(generator, [PREVIEW_SEED], num_frames)
    cells = [with_caption(clip.numpy(), name) for clip, name in zip(clips, class_names(generator), strict=True)]
    write_mp4(tile(cells, grid_columns(len(cells))), path, generator.config.fps)


def write_timeline(samples: Path, fps: float, path: Path) -> None:
    """The clips that a run sampled from seed 0 along the way, at most 20 moments, evenly spaced in its checkups.

    Raises FileNotFoundError for a run that has sampled nothing.
    """
    moments = sorted(samples.glob("*.npy"))
    if not moments:
        raise FileNotFoundError(f"{samples} holds no sampled clips: train past the first sample_every_videos.")
    picks = np.linspace(0, len(moments) - 1, min(TIMELINE_MOMENTS, len(moments))).round().astype(int)
    scenes = []
    for moment in (moments[i] for i in picks):
        clips = np.load(moment, allow_pickle=False)
        grid = tile(list(clips), grid_columns(len(clips)))
        scenes.append(with_caption(grid, f"after {int(moment.stem):,} clips"))
    write_mp4(np.concatenate(scenes), path, fps)


def with_caption(clip: np.ndarray, text: str) -> np.ndarray:
    """A clip with a line of text above every frame."""
    line = caption(text, clip.shape[2], 12)
    return np.concatenate([np.broadcast_to(line, (clip.shape[0], *line.shape)), clip], axis=1)


def grid_columns(num_cells: int) -> int:
    """Columns of a grid about as wide as high."""
    return int(np.ceil(np.sqrt(num_cells)))
