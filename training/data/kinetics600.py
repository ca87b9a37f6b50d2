"""Reads Kinetics-600: videos <youtube id>_<start>_<end>.mp4, and the official CSV files that name and split them.

CSV columns: label, youtube_id, time_start, time_end, split (train, validate or val, test); others are ignored. The
videos may lie anywhere below the input folder, in folders of their label or not; times may have leading zeros.
"""

import argparse
import csv
import re
from pathlib import Path

from training.data.decoding import USUAL_FPS
from training.data.label_check import fail_loudly
from training.data.source import Source
from training.data.video_clips import (
    Video,
    VideoClips,
    add_video_arguments,
    find_videos,
    preprocessing,
)

LICENCE = (
    "Kinetics-600 (Carreira et al., 2018): videos from YouTube under their own terms; the annotations are CC BY 4.0. "
    "Research use only."
)
COLUMNS = ("label", "youtube_id", "time_start", "time_end", "split")
SPLITS = {"train": "train", "validate": "held_out", "val": "held_out", "validation": "held_out"}
_NAME = re.compile(r"(?P<id>.+)_(?P<start>\d+)_(?P<end>\d+)")

Moment = tuple[str, int, int]  # YouTube id, start and end in seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `prepare kinetics600`."""
    add_video_arguments(parser)
    parser.add_argument(
        "--annotations", type=Path, nargs="+", help="the CSV files (default: all that lie in --input itself)"
    )
    parser.add_argument("--labels", type=Path, help="class names, one a line in id order (default: sorted)")


def read(options: argparse.Namespace) -> Source:
    """The clips of the CSV files; those of the validate split are held out, those of the test split left out.

    Raises FileNotFoundError without CSV files or without any video that they name, and ValueError where CSV files,
    the list of labels and label folders disagree.
    """
    how = preprocessing(options)
    folder = Path(options.input)
    tables = options.annotations or sorted(folder.glob("*.csv"))
    if not tables:
        raise FileNotFoundError(f"{folder} holds no CSV file: put train.csv and val.csv there, or name --annotations.")
    rows = read_rows(tables)
    known = {label for label, _ in rows.values()}
    class_names = sorted(known)
    if options.labels:
        class_names = [line.strip() for line in options.labels.read_text().splitlines() if line.strip()]
        fail_loudly(
            [f"{name!r} is not in {options.labels}" for name in sorted(known - set(class_names))],
            "The CSV files have other labels",
        )
    files = _files_by_moment(folder)
    check_label_folders(files, rows, folder)
    if rows and not files.keys() & rows.keys():
        raise FileNotFoundError(
            f"{folder} holds none of the {len(rows)} videos of the CSV files: they are named <id>_<start>_<end>.mp4."
        )
    held_out_ids = {moment[0] for moment, (_, split) in rows.items() if split == "held_out"}
    videos = []
    for moment, (label, split) in rows.items():
        name = "{}_{:06d}_{:06d}".format(*moment)
        path = str(files.get(moment, ""))
        skip = "" if path else "missing"
        if split == "train" and moment[0] in held_out_ids:
            skip = "also held out"
        videos.append(Video(path, name, name, split, label, moment[0], skip))
    clips = VideoClips(videos, how)
    return Source(
        name="kinetics600",
        class_names=class_names,
        fps=USUAL_FPS / how.stride,
        resolution=how.resolution,
        licence=LICENCE,
        clips=clips,
        settings=clips.settings(),
    )


def read_rows(tables: list[Path]) -> dict[Moment, tuple[str, str]]:
    """CSV files -> label and split of every moment but the test split's; a moment named twice counts once.

    Raises ValueError for a file without the official columns, a split of another name, and a moment with two labels.
    """
    rows: dict[Moment, tuple[str, str]] = {}
    wrong = []
    for table in tables:
        with table.open(newline="", encoding="utf-8") as file:
            lines = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (lines.fieldnames or [])]:
                raise ValueError(f"{table} has no column {', '.join(missing)}: expected {', '.join(COLUMNS)}.")
            for line in lines:
                split = line["split"].strip()
                if split == "test":
                    continue
                moment = (line["youtube_id"], round(float(line["time_start"])), round(float(line["time_end"])))
                row = (line["label"].strip(), SPLITS.get(split, ""))
                if not row[1]:
                    wrong.append(f"{table.name} line {lines.line_num} has split {split!r}")
                elif rows.setdefault(moment, row) != row:
                    wrong.append(f"{moment[0]} at {moment[1]} s is {rows[moment]} and {row}")
    fail_loudly(wrong, "The CSV files contradict themselves")
    return rows


def check_label_folders(files: dict[Moment, Path], rows: dict[Moment, tuple[str, str]], folder: Path) -> None:
    """Raise ValueError if a video lies in the folder of one label and is of another by the CSV files."""
    labels = {_plain(label): label for label, _ in rows.values()}
    wrong = []
    for moment, path in files.items():
        named = [labels[_plain(part)] for part in path.relative_to(folder).parts[:-1] if _plain(part) in labels]
        if named and moment in rows and named[-1] != rows[moment][0]:
            wrong.append(f"{path.relative_to(folder)} is {rows[moment][0]!r} by the CSV files")
    fail_loudly(wrong, "Label folders contradict the CSV files")


def _files_by_moment(folder: Path) -> dict[Moment, Path]:
    files: dict[Moment, Path] = {}
    for path in find_videos(folder):
        if match := _NAME.fullmatch(path.stem):
            files.setdefault((match["id"], int(match["start"]), int(match["end"])), path)
    return files


def _plain(name: str) -> str:
    """`massaging person's head` and `massaging_persons_head` -> the same letters."""
    return "".join(filter(str.isalnum, name.lower()))
