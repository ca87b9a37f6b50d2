"""Writes a prepared data set: capped WebDataset tars, their byte-offset indexes and dataset.json.

Tars are written by tarfile with fixed metadata, so the same clips always give the same bytes. The clips of a
source that can make them out of order (its `clips` are a Sequence) are made and encoded by any number of
processes, which changes no byte, and a killed run goes on after its last whole shard. Such a source may skip clips.
"""

import dataclasses
import functools
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from training.data.codec import encode_clip
from training.data.engines import CRASHED, run_in_order
from training.data.label_check import check_labels
from training.data.report import SplitReport, draw_report
from training.data.shards import FORMAT_VERSION, SPLITS, index_path, index_shard
from training.data.skips import JOURNAL, SkipJournal
from training.data.source import SkippedClip, Source, SourceClip

DEFAULT_SHARD_BYTES = 256 * 1024 * 1024
_PLAN = "plan.json"  # what an unfinished folder is going to be


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
        self.report = SplitReport()
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
        self.report.count(entries)


def write_dataset(
    source: Source,
    out: Path,
    shard_bytes: int = DEFAULT_SHARD_BYTES,
    processes: int = 1,
    engine: str = "local",
) -> dict:
    """Write every clip of `source` into the new folder `out`; returns the report, also saved as report.json and .png.

    All is written to `<out>.partial` and renamed at the end: a killed run leaves no half-made data set. A source
    whose clips are a Sequence goes on there after the last whole shard; any other begins again.
    Raises FileExistsError when `out` exists, and ValueError for clips that do not fit the source's own facts, for
    labels that are not their classes', when no clip can be kept, or when `<out>.partial` was begun with other settings.
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
    journal = SkipJournal(partial)
    start = journal.place_after(sum(writer.report.clips for writer in writers.values()))
    for number, clip in enumerate(_clips_from(source, start, processes, engine), start):
        if isinstance(clip, SkippedClip):
            journal.add(number, clip)
            continue
        if isinstance(source.clips, Sequence):
            for split in writers.keys() - {clip.split}:
                writers[split].close()
        writers[clip.split].add(clip)
    for writer in writers.values():
        writer.close()
    for clip in journal.skipped():
        writers[clip.split].report.count_skipped(clip)
    dataset = {**facts, "splits": {split: writer.shards for split, writer in writers.items()}}
    if not any(dataset["splits"].values()):
        raise ValueError(f"None of the source's clips could be kept: see {journal.path}.")
    check_labels(partial, dataset)
    report = {split: writer.report.as_dict(source.class_names) for split, writer in writers.items()}
    draw_report(report, source.class_names).save(partial / "report.png")
    (partial / "dataset.json").write_text(json.dumps(dataset, indent=2) + "\n")
    (partial / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    partial.rename(out)
    for leftover in (_PLAN, JOURNAL):
        (out / leftover).unlink(missing_ok=True)
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


def _clips_from(source: Source, start: int, processes: int, engine: str) -> Iterator[_StoredClip | SkippedClip]:
    """The source's clips from number `start` on, in order, checked and encoded, or skipped."""
    bare = dataclasses.replace(source, clips=())
    if not isinstance(source.clips, Sequence):
        yield from (_encode(clip, bare) for clip in source.clips)
        return
    numbers = range(start, len(source.clips))
    tasks = (functools.partial(_make, _task_of(source.clips, number), bare) for number in numbers)
    bar = tqdm(total=len(source.clips), initial=start, unit="clip", desc=source.name, smoothing=0.05)
    with bar:
        for number, made in zip(numbers, run_in_order(tasks, processes, engine), strict=True):
            yield source.clips.skipped(number, "crashed") if made is CRASHED else made
            bar.update()


def _task_of(clips: Sequence, number: int) -> Callable[[], SourceClip | SkippedClip]:
    """What makes clip `number`, small enough to send to a worker: long lists name a task of their own."""
    return clips.task(number) if hasattr(clips, "task") else functools.partial(clips.__getitem__, number)


def _make(task: Callable[[], SourceClip | SkippedClip], source: Source) -> _StoredClip | SkippedClip:
    clip = task()
    return clip if isinstance(clip, SkippedClip) else _encode(clip, source)


def _encode(clip: SourceClip, source: Source) -> _StoredClip:
    _check(clip, source)
    facts = {
        "label": source.class_names.index(clip.class_name),
        "class_name": clip.class_name,
        "group": clip.group,
        "fps": clip.fps,
        "frames": len(clip.frames_THWC),
        "source": clip.source,
        **({} if clip.still_seconds is None else {"still_seconds": clip.still_seconds}),
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
