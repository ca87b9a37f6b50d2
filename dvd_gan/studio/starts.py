"""What a clip is continued from: an example that comes with the checkpoint, or a visitor's own video or pictures.

A start is always a file, so that whatever a visitor continues can also be downloaded, and a program sends the same.
"""

import shutil
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image

from dvd_gan import clips, hub
from dvd_gan.studio import text, text_share
from dvd_gan.studio.session import new_file
from dvd_gan.studio.visitors import VisitorCheckpoints
from dvd_gan.uploads import read_upload

BORDER_PIXELS = 2
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
Opened = dict[str, Path] | None


def examples_in(folder: Path) -> dict[str, Path]:
    """Clips to start from that come with a checkpoint, by name, in the order of its classes where they are named after
    those; none for many."""
    files = {file.stem.replace("-", " "): file for file in sorted((folder / "examples").glob("*.mp4"))}
    places = {name: i for i, name in enumerate(hub.read_facts(folder).class_names)} if files else {}
    return dict(sorted(files.items(), key=lambda named: places.get(named[0], len(places))))


def latest(upload: list[str] | None) -> list[str]:
    """What a visitor has just added to files that lay there: a video stands alone, pictures belong together."""
    pictures = [file for file in upload or [] if Path(file).suffix.lower() in PICTURES]
    return pictures if pictures[-1:] == (upload or [])[-1:] else upload[-1:]


class Starts:
    """Reads starts for the checkpoints of one page. Every method raises ValueError or ConnectionError, one sentence."""

    def __init__(self, visitors: VisitorCheckpoints):
        self.visitors = visitors

    def examples(self, checkpoint: str, opened: Opened) -> dict[str, Path]:
        """The examples of a checkpoint, by name."""
        return examples_in(self.visitors.folder(checkpoint, opened or {}))

    def copy_example(self, name: str, checkpoint: str, opened: Opened) -> list[str]:
        """An example as if the visitor had uploaded it."""
        examples = self.examples(checkpoint, opened)
        if name not in examples:
            raise ValueError(text_share.no_example(name, list(examples)))
        copy = new_file(name.replace(" ", "-"), "mp4")
        shutil.copy(examples[name], copy)
        return [str(copy)]

    def read(self, upload: list[str] | None, checkpoint: str, opened: Opened) -> tuple[np.ndarray, hub.CheckpointFacts]:
        """(T, H, W, 3) uint8 frames at the checkpoint's size and rate, enough to continue, and its facts."""
        facts = self.visitors.facts(checkpoint, opened)
        frames = read_upload(upload or [], facts.resolution, facts.fps)
        if len(frames) < facts.num_given_frames:
            raise ValueError(text.too_few_frames(len(frames), facts))
        return frames, facts

    def show(
        self, upload: list[str] | None, start_frame: int | None, checkpoint: str, opened: Opened
    ) -> tuple[Image.Image | None, gr.Slider, str]:
        """The very frames that the model will be given, and how far the start can be moved; None is the very end."""
        if not upload:
            return None, gr.Slider(value=0, interactive=False), text.NO_START
        frames, facts = self.read(upload, checkpoint, opened)
        last = len(frames) - facts.num_given_frames
        start_frame = last if start_frame is None else min(start_frame, last)
        given = frames[start_frame : start_frame + facts.num_given_frames]
        strip = clips.film_strip(clips.frame_colours(given, len(given), BORDER_PIXELS))
        slider = gr.Slider(maximum=max(last, 1), value=start_frame, interactive=last > 0)
        return strip, slider, text.given_frames(len(given), start_frame, len(frames), facts)
