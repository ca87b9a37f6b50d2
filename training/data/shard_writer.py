"""Writes a prepared data set: capped WebDataset tars, their byte-offset indexes and dataset.json.

Tars are written by tarfile with fixed metadata, so the same clips always give the same bytes.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training.data.codec import encode_clip
from training.data.shards import FORMAT_VERSION, SPLITS, index_path, index_shard

DEFAULT_SHARD_BYTES = 256 * 1024 * 1024


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
    """What a reader of raw data returns: facts about the set, and its clips, read one at a time."""

    name: str
    class_names: list[str]
    fps: float
    resolution: int
    licence: str
    clips: Iterable[SourceClip] = field(repr=False)


class _SplitWriter:
    """Samples `<key>.mp4` + `<key>.json` of one split, into tars closed once they reach the cap."""

    def __init__(self, folder: Path, split: str, shard_bytes: int):
        self.folder, self.split, self.shard_bytes = folder, split, shard_bytes
        self.tar: tarfile.TarFile | None = None
        self.shards: list[dict] = []

    def add(self, key: str, members: dict[str, bytes]) -> None:
        size = sum(map(len, members.values()))
        if self.tar is not None and self.tar.offset + size > self.shard_bytes:
            self.close()
        if self.tar is None:
            name = f"{self.split}-{len(self.shards):06d}.tar"
            self.tar = tarfile.TarFile(self.folder / name, "w", format=tarfile.USTAR_FORMAT)
        for extension, content in members.items():
            member = tarfile.TarInfo(f"{key}.{extension}")
            member.size = len(content)
            self.tar.addfile(member, io.BytesIO(content))

    def close(self) -> None:
        if self.tar is None:
            return
        self.tar.close()
        path = Path(self.tar.name)
        entries = index_shard(path)
        index_path(path).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        frames = sum(entry["frames"] for entry in entries)
        self.shards.append({"name": path.name, "clips": len(entries), "frames": frames, "sha256": digest})
        self.tar = None


def write_dataset(source: Source, out: Path, shard_bytes: int = DEFAULT_SHARD_BYTES) -> dict:
    """Write every clip of `source` into the new folder `out`; returns the report, also saved as report.json.

    All is written to `<out>.partial` and renamed at the end: a killed run leaves no half-made data set.
    Raises FileExistsError when `out` exists and ValueError for clips that do not fit the source's own facts.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists already: remove it, or choose another --out.")
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    writers = {split: _SplitWriter(partial, split, shard_bytes) for split in SPLITS}
    report = {split: {"clips": 0, "frames": 0, "classes": Counter(), "groups": Counter()} for split in SPLITS}
    for clip in source.clips:
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
        writers[clip.split].add(clip.key, {"mp4": video, "json": json.dumps(facts).encode()})
        counts = report[clip.split]
        counts["clips"] += 1
        counts["frames"] += facts["frames"]
        counts["classes"][clip.class_name] += 1
        counts["groups"][clip.group] += 1
    for writer in writers.values():
        writer.close()
    dataset = {
        "format_version": FORMAT_VERSION,
        "name": source.name,
        "class_names": source.class_names,
        "fps": source.fps,
        "resolution": source.resolution,
        "channels": 3,
        "licence": source.licence,
        "splits": {split: writer.shards for split, writer in writers.items()},
    }
    (partial / "dataset.json").write_text(json.dumps(dataset, indent=2) + "\n")
    (partial / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    partial.rename(out)
    return report


def _check(clip: SourceClip, source: Source) -> None:
    if clip.split not in SPLITS:
        raise ValueError(f"{clip.source}: split {clip.split!r} is none of {SPLITS}.")
    if clip.class_name not in source.class_names:
        raise ValueError(f"{clip.source}: class {clip.class_name!r} is not in the source's class names.")
    if clip.frames_THWC.shape[1:3] != (source.resolution, source.resolution):
        raise ValueError(f"{clip.source}: frames are {clip.frames_THWC.shape[1:3]}, not {source.resolution} square.")
    if "." in clip.key or "/" in clip.key:
        raise ValueError(f"{clip.source}: the key {clip.key!r} must hold no dot and no slash (WebDataset naming).")
