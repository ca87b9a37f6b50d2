"""Which clips a preparation skipped, kept on disk while it is under way, so that a killed one can go on."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from training.data.source import SkippedClip

JOURNAL = "skipped.journal"


class SkipJournal:
    """One line a skipped clip, with its number among all clips; a line that a kill tore apart is forgotten.

    Lines are written in the clips' order and before the clips after them, so whole shards tell how much of the
    journal holds: that is where `place_after` goes on, and what lies beyond it will be found again.
    """

    def __init__(self, folder: Path):
        self.path = folder / JOURNAL
        self._skipped: dict[int, SkippedClip] = {}
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                break
            number = entry.pop("number")
            self._skipped[number] = SkippedClip(**entry)

    def place_after(self, num_stored: int) -> int:
        """The number of the first clip after `num_stored` stored ones, and the end of what is remembered."""
        number = 0
        while num_stored or number in self._skipped:
            num_stored -= number not in self._skipped
            number += 1
        self._skipped = {place: clip for place, clip in self._skipped.items() if place < number}
        new = self.path.with_suffix(".partial")
        new.write_text("".join(map(_line, self._skipped, self._skipped.values())))
        new.rename(self.path)
        return number

    def add(self, number: int, clip: SkippedClip) -> None:
        """Remember a clip, on disk before this returns."""
        self._skipped[number] = clip
        with self.path.open("a") as file:
            file.write(_line(number, clip))

    def skipped(self) -> Iterator[SkippedClip]:
        """All skipped clips in their order."""
        return iter(self._skipped.values())


def _line(number: int, clip: SkippedClip) -> str:
    return json.dumps({"number": number, **asdict(clip)}) + "\n"
