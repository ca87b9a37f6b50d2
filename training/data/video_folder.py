"""Reads any folder of videos: <class>/clip.mp4, or train/<class>/clip.mp4 beside held_out/<class>/clip.mp4."""

import argparse
import hashlib
import re
from collections import defaultdict
from pathlib import Path

from training.data.source import Source
from training.data.video_clips import Video, VideoClips, add_video_arguments, find_videos, preprocessing

HELD_OUT_NAMES = {"held_out", "heldout", "val", "valid", "validate", "validation", "test"}
LICENCE = "Not stated: a folder of videos carries no licence."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `prepare folder`."""
    add_video_arguments(parser)
    parser.add_argument(
        "--held-out",
        type=float,
        default=0.1,
        help="share of each class's groups that is held out where the folder has no such split of its own "
        "(default: 0.1)",
    )
    parser.add_argument(
        "--group",
        metavar="REGEX",
        help="what files of one origin have in common: the first parenthesis of this pattern in their names; such "
        "files stay on one side (default: every file is a group of its own)",
    )
    parser.add_argument("--fps", type=float, default=25.0, help="rate at which clips are shown (default: 25)")
    parser.add_argument("--licence", default=LICENCE, help="what to write into the set about its terms")


def read(options: argparse.Namespace) -> Source:
    """The videos below `options.input`, of the classes that their folders name.

    Raises FileNotFoundError where there is no video and ValueError for a pattern that does not fit or options out
    of range.
    """
    how = preprocessing(options)
    folder = Path(options.input)
    paths = find_videos(folder)
    if not paths:
        raise FileNotFoundError(f"{folder} holds no video: expected <class>/clip.mp4 (or avi, mkv, mov, webm).")
    if not 0 <= options.held_out < 1:
        raise ValueError(f"--held-out is a share from 0 to below 1; got {options.held_out}.")
    places = [path.relative_to(folder) for path in paths]
    if is_split := {place.parts[0].lower() for place in places} <= {"train", *HELD_OUT_NAMES}:
        splits = ["train" if place.parts[0].lower() == "train" else "held_out" for place in places]
    depth = 1 if is_split else 0
    misplaced = [place.as_posix() for place in places if len(place.parts) != depth + 2]
    if misplaced:
        raise ValueError(
            f"{len(misplaced)} videos do not lie in a class folder, say {misplaced[0]}: expected "
            f"{'train/' if is_split else ''}<class>/clip.mp4."
        )
    classes = [place.parts[depth].replace("_", " ") for place in places]
    groups = [_group(place, options.group) for place in places]
    if not is_split:
        splits = split_groups(classes, groups, options.held_out)
    videos = [
        Video(str(path), place.as_posix(), _key(place), split, class_name, group)
        for path, place, split, class_name, group in zip(paths, places, splits, classes, groups, strict=True)
    ]
    clips = VideoClips(videos, how)
    return Source(
        name="folder",
        class_names=sorted(set(classes)),
        fps=options.fps / how.stride,
        resolution=how.resolution,
        licence=options.licence,
        clips=clips,
        settings=clips.settings(),
    )


def split_groups(classes: list[str], groups: list[str], share: float) -> list[str]:
    """The split of each video: of every class, the groups that come first by digest are held out, about `share` of
    them, and one of them at least stays for training. Groups stay whole, also across classes."""
    of_class: dict[str, set[str]] = defaultdict(set)
    for class_name, group in zip(classes, groups, strict=True):
        of_class[class_name].add(group)
    held_out: set[str] = set()
    for class_name in sorted(of_class):
        shuffled = sorted(of_class[class_name], key=lambda group: hashlib.sha256(group.encode()).digest())
        num_held_out = min(round(share * len(shuffled) + 0.499), len(shuffled) - 1)
        held_out.update(shuffled[:num_held_out])
    return ["held_out" if group in held_out else "train" for group in groups]


def _group(place: Path, pattern: str | None) -> str:
    if pattern is None:
        return place.as_posix()
    match = re.search(pattern, place.name)
    if match is None or not match.groups():
        raise ValueError(f"--group {pattern!r} has no parenthesis that fits {place.name!r}.")
    return match.group(1)


def _key(place: Path) -> str:
    """A name without dot and slash that no other file has: different names may look alike without them."""
    digest = hashlib.sha256(place.as_posix().encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', place.stem)[:60]}-{digest}"
