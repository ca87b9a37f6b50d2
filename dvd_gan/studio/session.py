"""What the server shares (loaded pipelines) and what belongs to one visitor (the clip on the screen)."""

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from gradio.utils import get_upload_folder

from dvd_gan import hub
from dvd_gan.pull import HubRefusal
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import text
from dvd_gan.studio.files import CLIP_FOLDER

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

DEVICE_QUEUE = dict(concurrency_id="device", concurrency_limit=1)


@dataclass(frozen=True, eq=False)
class ShownClip:
    """The clip a visitor looks at: (T, H, W, 3) uint8 frames, what it was made from, and the MP4 already written."""

    frames: np.ndarray
    recipe: ClipRecipe
    mp4: Path


class Checkpoints:
    """The checkpoints that the page offers; each is found once, loaded once, on first use, and shared by all visitors.

    One of the Hub stays at the commit it was first found at, and the Hub is not asked again.

    `generating` are ids of those that start from a class, `continuing` of those that start from frames; the wanted one
    comes first in its list. Raises what `hub.resolve` raises if the wanted one cannot be had.
    """

    def __init__(self, wanted: str):
        known = {row.id: row.continues for row in hub.known_checkpoints()}
        self._folders = {wanted: hub.resolve(wanted)}
        kinds = {wanted: hub.read_facts(self._folders[wanted]).num_given_frames > 0} | known
        self.generating = [checkpoint for checkpoint, continues in kinds.items() if not continues]
        self.continuing = [checkpoint for checkpoint, continues in kinds.items() if continues]
        self.default = self.generating[0]
        self._pipelines: dict[str, DVDGANPipeline] = {}
        self._lock = threading.Lock()

    def folder(self, checkpoint: str) -> Path:
        """Where the checkpoint lies; downloads it if need be.

        Raises ValueError for one that the page does not offer: visitors do not choose what the server opens.
        """
        choices = self.generating + self.continuing
        if checkpoint not in choices:
            raise ValueError(f"There is no checkpoint {checkpoint!r} here; there is {', '.join(choices)}.")
        if checkpoint not in self._folders:
            self._folders[checkpoint] = hub.resolve(checkpoint)
        return self._folders[checkpoint]

    def facts(self, checkpoint: str) -> hub.CheckpointFacts:
        """What the config of a checkpoint that `folder` finds says; loads no weights."""
        return hub.read_facts(self.folder(checkpoint))

    def pipeline(self, checkpoint: str) -> "DVDGANPipeline":
        """The loaded pipeline on the best device here."""
        with self._lock:
            if checkpoint not in self._pipelines:
                self._pipelines[checkpoint] = _load(self.folder(checkpoint))
            return self._pipelines[checkpoint]


def open_checkpoints(wanted: str) -> tuple[Checkpoints, str]:
    """The checkpoints with `wanted` as their default, and ""; or, when the Hub cannot be reached or refuses, the
    bundled default instead and a sentence that says so. Raises ValueError when there is no such checkpoint."""
    bundled = hub.known_checkpoints()[0].id
    try:
        return Checkpoints(wanted), ""
    except (ConnectionError, HubRefusal) as error:
        return Checkpoints(bundled), text.fell_back(str(error), bundled)


def _load(folder: Path) -> "DVDGANPipeline":
    import torch

    from dvd_gan.pipeline import DVDGANPipeline

    pipe = DVDGANPipeline.from_pretrained(folder)
    return pipe.to("cuda") if torch.cuda.is_available() else pipe


def new_file(stem: str, suffix: str) -> Path:
    """A path in a fresh folder that only this call knows, inside gradio's own, which is served and cleared; visitors
    see its name, `stem` and `suffix`, when they download the file."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=CLIP_FOLDER, dir=root)) / f"{stem}.{suffix}"
