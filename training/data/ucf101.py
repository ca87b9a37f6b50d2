"""Reads UCF-101: videos v_<Class>_g<group>_c<clip>.avi, and the official lists that split them by group.

Lists: classInd.txt ("1 ApplyEyeMakeup"), trainlist01.txt ("ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1") and
testlist01.txt (the same without the number), or fold 02 or 03. The videos may lie in class folders or in one.
"""

import argparse
import re
from pathlib import Path

from training.data.decoding import USUAL_FPS, Preprocessing
from training.data.label_check import fail_loudly
from training.data.source import Source
from training.data.video_clips import (
    Video,
    VideoClips,
    add_video_arguments,
    find_videos,
    preprocessing,
)

LICENCE = "UCF-101 (Soomro, Zamir and Shah, 2012): videos from YouTube; no licence is stated. Research use only."
PAPER_SIDES = (144, 128)  # the paper resizes to 144 and crops 128
_NAME = re.compile(r"v_(?P<class_name>\w+)_g(?P<group>\d+)_c\d+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `prepare ucf101`."""
    add_video_arguments(parser, "9/8 of the resolution: the paper's 144 for 128")
    parser.add_argument("--lists", type=Path, help="folder of classInd.txt and the lists (default: found in --input)")
    parser.add_argument("--fold", type=int, choices=(1, 2, 3), default=1, help="which official split (default: 1)")


def read(options: argparse.Namespace) -> Source:
    """The videos that the lists of `options.fold` name; those of the test list are held out.

    Raises FileNotFoundError without lists or without any video that they name, and ValueError where lists and names
    disagree about a class or put a group on both sides.
    """
    how: Preprocessing = preprocessing(options, round(options.resolution * PAPER_SIDES[0] / PAPER_SIDES[1]))
    folder = Path(options.input)
    lists = options.lists or _find_lists(folder)
    numbers = read_classes(lists / "classInd.txt")
    splits = {"train": f"trainlist{options.fold:02}.txt", "held_out": f"testlist{options.fold:02}.txt"}
    rows = [(split, line) for split, name in splits.items() for line in _lines(lists / name)]
    check_lists(rows, numbers)
    files = {path.stem.lower(): str(path) for path in find_videos(folder)}
    videos = []
    for split, line in rows:
        source = line.split()[0]
        folder_name, stem = source.split("/")[0], Path(source).stem
        class_name = readable(folder_name)
        group = f"{folder_name} g{_NAME.fullmatch(stem)['group']}"
        path = files.get(stem.lower(), "")
        videos.append(Video(path, source, stem, split, class_name, group, "" if path else "missing"))
    if all(video.skip for video in videos):
        raise FileNotFoundError(
            f"{folder} holds none of the {len(videos)} videos of the lists, say {videos[0].source}."
        )
    clips = VideoClips(videos, how)
    return Source(
        name="ucf101",
        class_names=[readable(name) for name in numbers],
        fps=USUAL_FPS / how.stride,
        resolution=how.resolution,
        licence=LICENCE,
        clips=clips,
        settings={"fold": options.fold, **clips.settings()},
    )


def readable(class_name: str) -> str:
    """`ApplyEyeMakeup` -> `apply eye makeup`, as a person would write it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", class_name).lower()


def read_classes(path: Path) -> dict[str, int]:
    """classInd.txt: class -> its official number, in that order. Raises ValueError unless they are 1, 2, 3, ..."""
    numbers = {name: int(number) for number, name in (line.split() for line in _lines(path))}
    if list(numbers.values()) != list(range(1, len(numbers) + 1)):
        raise ValueError(f"{path} does not number its classes 1, 2, 3, ...")
    return numbers


def check_lists(rows: list[tuple[str, str]], numbers: dict[str, int]) -> None:
    """Compare folder, file name and number of every line, and groups across splits; raises ValueError if any differ.

    Case does not count: the set's own files of HandstandPushups are called v_HandStandPushups.
    """
    wrong, sides = [], {}
    for split, line in rows:
        source, *number = line.split()
        folder_name, _, name = source.partition("/")
        match = _NAME.fullmatch(Path(name).stem)
        if folder_name not in numbers:
            wrong.append(f"{source} is of a class that classInd.txt lacks")
        elif match is None or match["class_name"].lower() != folder_name.lower():
            wrong.append(f"{source} is not named v_{folder_name}_g.._c..")
        elif number and int(number[0]) != numbers[folder_name]:
            wrong.append(f"{source} has number {number[0]}, and {folder_name} is {numbers[folder_name]}")
        elif sides.setdefault((folder_name, match["group"]), split) != split:
            wrong.append(f"{source} is of a group that the other list has too")
    fail_loudly(wrong, "The UCF-101 lists contradict themselves")


def _find_lists(folder: Path) -> Path:
    found = sorted(folder.rglob("classInd.txt"))
    if not found:
        raise FileNotFoundError(
            f"{folder} holds no classInd.txt: unpack the official UCF101TrainTestSplits there, or name it by --lists."
        )
    return found[0].parent


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: unpack the official UCF101TrainTestSplits and name it by --lists.")
    return [line.strip() for line in path.read_text().splitlines() if line.strip()]
