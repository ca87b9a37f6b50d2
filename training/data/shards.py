"""The one format that training reads: WebDataset tar shards, each with an index, and a dataset.json.

    dataset.json          format version, class names, fps, resolution, licence, the shards of each split
    train-000000.tar      per clip: <key>.mp4 (H.264, see codec.py), <key>.json (label, group, fps, frames)
    train-000000.jsonl    one line a clip: where its MP4 lies in the tar, and its facts
    held_out-000000.tar ...

The tars are plain WebDataset and stream with the webdataset library. Training reads them at random instead,
through the index: clip and window are a pure function of (seed, draw number), so a run resumes exactly, ranks
share no draw, and the number of workers changes nothing.
"""

import functools
import hashlib
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from training.data.codec import decode_frames

FORMAT_VERSION = 1
SPLITS = ("train", "held_out")
KEEP_DECODED_BYTES = 256 * 1024 * 1024
_CLIP_STREAM, _WINDOW_STREAM = 0, 1


def index_path(shard: Path) -> Path:
    """The index that lies beside a tar."""
    return shard.with_suffix(".jsonl")


def index_shard(shard: Path) -> list[dict]:
    """Scan a tar's headers: one entry a clip, its JSON's facts and its MP4's `offset` and `size` in bytes."""
    entries: dict[str, dict] = {}
    with tarfile.open(shard) as tar:
        for member in tar:
            key, _, extension = member.name.rpartition(".")
            entry = entries.setdefault(key, {"key": key})
            if extension == "mp4":
                entry.update(offset=member.offset_data, size=member.size)
            elif extension == "json":
                entry.update(json.load(tar.extractfile(member)))
    return list(entries.values())


def read_dataset_facts(folder: str | Path) -> dict:
    """dataset.json of a prepared folder, plus `sha256`, that file's digest (it names every shard's digest).

    Raises FileNotFoundError where there is none and ValueError for a format this code does not read.
    """
    path = Path(folder) / "dataset.json"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no dataset.json: write it with `python -m training.data.prepare`.")
    facts = json.loads(path.read_text())
    if facts["format_version"] != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {facts['format_version']} and this code reads {FORMAT_VERSION}: "
            "prepare it again."
        )
    return {**facts, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


class ShardedClips(Dataset):
    """Windows of the clips of one split, addressed by draw number.

    `clips[draw]`, for any draw >= 0, is {"frames": (num_frames, H, W, 3) uint8 tensor, "label": int}. Each
    run of len(clips) draws is one epoch and meets every clip once, in a seeded order and at a seeded place in
    time. training.data.sampler shares draws out among ranks and resumes at any number.

    Clips shorter than a window are left out and counted in `num_too_short`. Splits that decode to at most
    256 MiB are kept decoded, which changes speed only (0.1 ms a window of 16 at 64 pixels, against 10 ms).

    Attributes: class_names, labels and groups (one per clip), resolution (pixels), fps (of the stored video;
    a window plays at fps / frame_stride), sha256 (of dataset.json), num_too_short.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        num_frames: int = 16,
        frame_stride: int = 2,
        seed: int = 0,
    ):
        self.folder, self.split = Path(folder), split
        self.num_frames, self.frame_stride, self.seed = num_frames, frame_stride, seed
        if num_frames < 1 or frame_stride < 1:
            raise ValueError(f"num_frames and frame_stride must be >= 1; got {num_frames} and {frame_stride}.")
        facts = read_dataset_facts(folder)
        if split not in facts["splits"]:
            raise ValueError(f"{folder} has no split {split!r}; it has {sorted(facts['splits'])}.")
        self.class_names: list[str] = facts["class_names"]
        self.fps: float = facts["fps"]
        self.resolution: int = facts["resolution"]
        self.sha256: str = facts["sha256"]
        self._shards = [self.folder / shard["name"] for shard in facts["splits"][split]]
        self._locate(self._entries())
        if not self.labels:
            raise ValueError(
                f"{folder} has no {split} clip of {self.span_frames} frames ({num_frames} at stride "
                f"{frame_stride}): ask for fewer frames or a smaller stride."
            )
        decoded_bytes = sum(self._lengths) * self.resolution**2 * 3
        self._decoded: dict[int, np.ndarray] | None = {} if decoded_bytes <= KEEP_DECODED_BYTES else None

    def _entries(self) -> Iterator[tuple[int, dict]]:
        for shard_number, shard in enumerate(self._shards):
            with index_path(shard).open() as lines:
                for line in lines:
                    yield shard_number, json.loads(line)

    def _locate(self, entries: Iterator[tuple[int, dict]]) -> None:
        places, lengths, labels, self.groups, self.num_too_short = [], [], [], [], 0
        for shard_number, entry in entries:
            if entry["frames"] < self.span_frames:
                self.num_too_short += 1
                continue
            places.append((shard_number, entry["offset"], entry["size"]))
            lengths.append(entry["frames"])
            labels.append(entry["label"])
            self.groups.append(entry["group"])
        self._places = np.array(places, dtype=np.int64).reshape(-1, 3)
        self._lengths: list[int] = lengths
        self.labels: list[int] = labels

    @property
    def span_frames(self) -> int:
        """Stored frames that one window reaches over."""
        return (self.num_frames - 1) * self.frame_stride + 1

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, draw: int) -> dict:
        if draw < 0:
            raise IndexError(f"Draw numbers start at 0; got {draw}.")
        epoch, place = divmod(int(draw), len(self))
        index = int(_epoch_order(self.seed, epoch, len(self))[place])
        start = np.random.default_rng((self.seed, _WINDOW_STREAM, int(draw))).integers(self.num_starts(index))
        return self.clip(index, int(start))

    def num_starts(self, index: int) -> int:
        """How many places the window has in clip `index`: starts run from 0 to this number less 1."""
        return self._lengths[index] - self.span_frames + 1

    def clip(self, index: int, start: int = 0) -> dict:
        """The window of clip `index` (0 to len - 1, in stored order) that begins at stored frame `start`."""
        if not 0 <= start < self.num_starts(index):
            raise IndexError(f"Clip {index} has windows starting at 0 to {self.num_starts(index) - 1}; got {start}.")
        if self._decoded is None:
            frames = decode_frames(self._read(index), start, self.num_frames, self.frame_stride)
        else:
            if index not in self._decoded:
                self._decoded[index] = decode_frames(self._read(index), 0, self._lengths[index])
            frames = self._decoded[index][start : start + self.span_frames : self.frame_stride].copy()
        return {"frames": torch.from_numpy(frames), "label": self.labels[index]}

    def whole(self, index: int) -> torch.Tensor:
        """All stored frames of clip `index`, (L, H, W, 3) uint8."""
        if self._decoded is not None and index in self._decoded:
            return torch.from_numpy(self._decoded[index].copy())
        return torch.from_numpy(decode_frames(self._read(index), 0, self._lengths[index]))

    def _read(self, index: int) -> bytes:
        shard_number, offset, size = self._places[index]
        with self._shards[shard_number].open("rb") as shard:
            shard.seek(offset)
            return shard.read(size)


@functools.lru_cache(maxsize=2)  # workers of one run are at most an epoch apart
def _epoch_order(seed: int, epoch: int, num_clips: int) -> np.ndarray:
    return np.random.default_rng((seed, _CLIP_STREAM, epoch)).permutation(num_clips)
