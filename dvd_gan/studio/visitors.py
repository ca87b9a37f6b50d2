"""Checkpoints that visitors open for themselves: each visitor holds folders, the server a few loaded pipelines."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dvd_gan import hub
from dvd_gan.studio import session
from dvd_gan.studio.session import Checkpoints

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

MAX_LOADED = 2


def can_log_in() -> bool:
    """True on a Space whose settings let visitors log in."""
    return bool(os.environ.get("OAUTH_CLIENT_ID") and os.environ.get("SPACE_ID"))


class VisitorCheckpoints:
    """What the page offers, and beside it what one visitor has `opened`: id -> folder, kept in that visitor's state.

    A folder enters that state only when the Hub has let that visitor read it; pipelines are shared by folder, which a
    commit names, and the least used of them are dropped.
    """

    def __init__(self, checkpoints: Checkpoints):
        self.checkpoints = checkpoints
        self._pipelines: OrderedDict[Path, DVDGANPipeline] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, checkpoint: str, token: str | None, on_progress: Callable[[int, int], None]) -> dict[str, Path]:
        """The id, as typed, and its folder. Raises what `hub.resolve_for_visitor` raises."""
        checkpoint = (checkpoint or "").strip()
        return {checkpoint: hub.resolve_for_visitor(checkpoint, token, on_progress)}

    def folder(self, checkpoint: str, opened: dict[str, Path]) -> Path:
        """Where a checkpoint lies; ValueError for one that neither the page offers nor this visitor has opened."""
        if checkpoint in opened:
            return opened[checkpoint]
        return self.checkpoints.folder(checkpoint)

    def facts(self, checkpoint: str, opened: dict[str, Path] | None) -> hub.CheckpointFacts:
        """What the config of a checkpoint that `folder` finds says."""
        return hub.read_facts(self.folder(checkpoint, opened or {}))

    def choices(self, opened: dict[str, Path] | None, continues: bool | None = None) -> list[str]:
        """Ids that this visitor may choose from: those that continue frames, those that do not, or (None) all."""
        offered = {False: self.checkpoints.generating, True: self.checkpoints.continuing}
        kinds = (False, True) if continues is None else (continues,)
        own = [name for name in opened or {} if (self.facts(name, opened).num_given_frames > 0) in kinds]
        return [*(name for kind in kinds for name in offered[kind]), *own]

    def pipeline(self, checkpoint: str, opened: dict[str, Path] | None) -> "DVDGANPipeline":
        """The loaded pipeline of a checkpoint that `folder` finds."""
        if checkpoint not in (opened or {}):
            return self.checkpoints.pipeline(checkpoint)
        folder = opened[checkpoint]
        with self._lock:
            if folder not in self._pipelines:
                self._pipelines[folder] = session._load(folder)
            self._pipelines.move_to_end(folder)
            while len(self._pipelines) > MAX_LOADED:
                self._pipelines.popitem(last=False)
            return self._pipelines[folder]
