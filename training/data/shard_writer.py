"""Writes a prepared data set: capped WebDataset tars, their byte-offset indexes and dataset.json.

Tars are written by tarfile with fixed metadata, so the same clips always give the same bytes. The clips of a
source that can make them out of order (its `clips` are a Sequence) are made and encoded by any number of
processes, which changes no byte, and a killed run goes on after its last whole shard.
"""

import hashlib
import io
import json
import multiprocessing
import shutil
import signal
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.data.codec import encode_clip
from training.data.shards import FORMAT_VERSION, SPLITS, index_path, index_shard

DEFAULT_SHARD_BYTES = 256 * 1024 * 1024
_PLAN = "plan.json"  # what an unfinished folder is going to be


@dataclass(frozen=True, kw_only=True)
class SourceClip:
    """One clip as a source hands it over: frames are (T, H, W, 3) uint8, all clips of one size."""

    key: str
    split: str
    class_name: str
    group: str  # the performer, or the original video: what splits keep apart
    fps: float
    frames_THWC: np.ndarray
    source: str  # where it came from, relative to the input folder


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a reader of raw data returns: facts about the set, and its clips, read one at a time.

    A Sequence of clips is picklable, gives the same clip for the same index on every call, and holds its splits
    one after another. `settings` are what else decides the clips; they are stored with the set.
    """

    name: str
    class_names: list[str]
    fps: float
    resolution: int
    licence: str
    clips: Iterable[SourceClip] = field(repr=False)
    settings: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _StoredClip:
    """A clip as the tars hold it."""

    key: str
    split: str
    members: dict[str, bytes]  # by extension


class _SplitWriter:
    """Samples `<key>.mp4` + `<key>.json` of one split, into tars closed once they reach the cap.

    A tar is whole once its index lies beside it. Whole tars that the folder holds already are kept, others removed.
    """

    def __init__(self, folder: Path, split: str, shard_bytes: int):
        self.folder, self.split, self.shard_bytes = folder, split, shard_bytes
        self.tar: tarfile.TarFile | None = None
        self.shards: list[dict] = []
        self.counts = {"clips": 0, "frames": 0, "classes": Counter(), "groups": Counter()}
        for path in sorted(folder.glob(f"{split}-*.tar")):
            if index_path(path).is_file():
                self._count(path, [json.loads(line) for line in index_path(path).read_text().splitlines()])
            else:
                path.unlink()

    def add(self, clip: _StoredClip) -> None:
        size = sum(map(len, clip.members.values()))
        if self.tar is not None and self.tar.offset + size > self.shard_bytes:
            self.close()
        if self.tar is None:
            name = f"{self.split}-{len(self.shards):06d}.tar"
            self.tar = tarfile.TarFile(self.folder / name, "w", format=tarfile.USTAR_FORMAT)
        for extension, content in clip.members.items():
            member = tarfile.TarInfo(f"{clip.key}.{extension}")
            member.size = len(content)
            self.tar.addfile(member, io.BytesIO(content))

    def close(self) -> None:
        if self.tar is None:
            return
        self.tar.close()
        path = Path(self.tar.name)
        entries = index_shard(path)
        unnamed = index_path(path).with_suffix(".partial")
        unnamed.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        unnamed.rename(index_path(path))
        self._count(path, entries)
        self.tar = None

    def _count(self, path: Path, entries: list[dict]) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        frames = sum(entry["frames"] for entry in entries)
        self.shards.append({"name": path.name, "clips": len(entries), "frames": frames, "sha256": digest})
        self.counts["clips"] += len(entries)
        self.counts["frames"] += frames
        self.counts["classes"].update(entry["class_name"] for entry in entries)
        self.counts["groups"].update(entry["group"] for entry in entries)


def write_dataset(source: Source, out: Path, shard_bytes: int = DEFAULT_SHARD_BYTES, processes: int = 1) -> dict:
    """Write every clip of `source` into the new folder `out`; returns the report, also saved as report.json.

    All is written to `<out>.partial` and renamed at the end: a killed run leaves no half-made data set. A source
    whose clips are a Sequence goes on there after the last whole shard; any other begins again.
    Raises FileExistsError when `out` exists and ValueError for clips that do not fit the source's own facts, or
    when `<out>.partial` was begun with other settings.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists already: remove it, or choose another --out.")
    facts = {
        "format_version": FORMAT_VERSION,
        "name": source.name,
        "class_names": source.class_names,
        "fps": source.fps,
        "resolution": source.resolution,
        "channels": 3,
        "licence": source.licence,
        **({"settings": source.settings} if source.settings else {}),
    }
    partial = out.with_name(out.name + ".partial")
    _begin(partial, {**facts, "shard_bytes": shard_bytes}, isinstance(source.clips, Sequence))
    writers = {split: _SplitWriter(partial, split, shard_bytes) for split in SPLITS}
    for clip in _stored_clips(source, sum(writer.counts["clips"] for writer in writers.values()), processes):
        if isinstance(source.clips, Sequence):
            for split in writers.keys() - {clip.split}:
                writers[split].close()
        writers[clip.split].add(clip)
    for writer in writers.values():
        writer.close()
    dataset = {**facts, "splits": {split: writer.shards for split, writer in writers.items()}}
    report = {split: writer.counts for split, writer in writers.items()}
    (partial / "dataset.json").write_text(json.dumps(dataset, indent=2) + "\n")
    (partial / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    (partial / _PLAN).unlink()
    partial.rename(out)
    return report


def _begin(partial: Path, plan: dict, can_go_on: bool) -> None:
    """Make the folder, empty or, if it holds the same plan, as it is."""
    if can_go_on and (partial / _PLAN).is_file():
        if json.loads((partial / _PLAN).read_text()) != plan:
            raise ValueError(f"{partial} was begun with other settings: finish it with those, or remove it.")
        return
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / _PLAN).write_text(json.dumps(plan, indent=2) + "\n")


def _stored_clips(source: Source, start: int, processes: int) -> Iterator[_StoredClip]:
    """The source's clips from number `start` on, in order, checked and encoded."""
    if not isinstance(source.clips, Sequence):
        yield from (_encode(clip, source) for clip in source.clips)
        return
    numbers = range(start, len(source.clips))
    bar = tqdm(total=len(source.clips), initial=start, unit="clip", desc=source.name, smoothing=0.05)
    with bar:
        if processes == 1:
            for number in numbers:
                yield _encode(source.clips[number], source)
                bar.update()
            return
        with multiprocessing.get_context("spawn").Pool(processes, _adopt, (source,)) as pool:
            for clip in pool.imap(_encode_number, numbers):
                yield clip
                bar.update()


def _adopt(source: Source) -> None:
    """Ready a worker."""
    global _source
    _source = source
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers itself


def _encode_number(number: int) -> _StoredClip:
    return _encode(_source.clips[number], _source)


def _encode(clip: SourceClip, source: Source) -> _StoredClip:
    _check(clip, source)
    facts = {
        "label": source.class_names.index(clip.class_name),
        "class_name": clip.class_name,
        "group": clip.group,
        "fps": clip.fps,
        "frames": len(clip.frames_THWC),
        "source": clip.source,
    }
    video = encode_clip(clip.frames_THWC, clip.fps)
    return _StoredClip(clip.key, clip.split, {"mp4": video, "json": json.dumps(facts).encode()})


def _check(clip: SourceClip, source: Source) -> None:
    if clip.split not in SPLITS:
        raise ValueError(f"{clip.source}: split {clip.split!r} is none of {SPLITS}.")
    if clip.class_name not in source.class_names:
        raise ValueError(f"{clip.source}: class {clip.class_name!r} is not in the source's class names.")
    if clip.frames_THWC.shape[1:3] != (source.resolution, source.resolution):
        raise ValueError(f"{clip.source}: frames are {clip.frames_THWC.shape[1:3]}, not {source.resolution} square.")
    if "." in clip.key or "/" in clip.key:
        raise ValueError(f"{clip.source}: the key {clip.key!r} must hold no dot and no slash (WebDataset naming).")
