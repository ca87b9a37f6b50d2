"""The source `mocap` of the prepare command: clips that are rendered, not read, so any machine has them.

Clips fall into ten tenths by the last digit of their number. Tenth 9 is held out: its seeds, and so its looks and
timing, are never trained on. The recorded motion behind a held-out clip is one that its class has in training.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.mocap.actions import CLASS_NAMES
from training.data.mocap.clip import FPS, VARIETIES, plan_clip
from training.data.mocap.motion_files import motions_folder
from training.data.source import Source, SourceClip

VERSION = 1  # raise it whenever the same seed comes to give other pictures
HELD_OUT_TENTH = 9
SHARD_BYTES = 16 * 1024 * 1024  # about a minute of one core's work: what a killed run loses at most
RESOLUTIONS = range(16, 513)
LICENCE = (
    "Rendered from motion files that the package pybullet (zlib licence) carries in pybullet_data; nearly all of "
    "them are also published with DeepMimic (MIT, (c) 2018 Xue Bin Peng). Who recorded the motions is not stated."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `prepare mocap`."""
    parser.add_argument(
        "--clips",
        type=int,
        required=True,
        help="clips to render, classes taking turns; multiples of 130 share out evenly",
    )
    parser.add_argument("--frames", type=int, default=48, help=f"frames a clip, {FPS} a second (default: 48)")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other clips (default: 0)")
    parser.add_argument(
        "--variety",
        choices=VARIETIES,
        default="full",
        help="low: one figure, one kind of studio and a narrow camera, for small budgets (default: full)",
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="processes to render with (default: all cores)"
    )
    parser.set_defaults(shard_bytes=SHARD_BYTES)


def read(options: argparse.Namespace) -> Source:
    """The clips that the options describe, to be rendered one by one when they are asked for.

    Raises ValueError for numbers out of range and ModuleNotFoundError without numba or pybullet_data.
    """
    for name, low in (("clips", 10), ("frames", 1), ("seed", 0), ("processes", 1)):
        if getattr(options, name) < low:
            raise ValueError(f"--{name} must be at least {low}; got {getattr(options, name)}.")
    if options.resolution not in RESOLUTIONS:
        raise ValueError(f"--resolution must be {RESOLUTIONS[0]} to {RESOLUTIONS[-1]}; got {options.resolution}.")
    motions_folder()
    clips = RenderedClips(options.seed, options.clips, options.frames, options.resolution, options.variety)
    clips.compile()
    return Source(
        name=f"mocap-{options.variety}",
        class_names=list(CLASS_NAMES),
        fps=float(FPS),
        resolution=options.resolution,
        licence=LICENCE,
        clips=clips,
        settings={
            "version": VERSION,
            "seed": options.seed,
            "clips": options.clips,
            "frames": options.frames,
            "variety": options.variety,
        },
    )


@dataclass(frozen=True)
class RenderedClips(Sequence[SourceClip]):
    """Clips 0 to num_clips - 1 of a seed, those for training first; an item is rendered each time it is asked for."""

    seed: int
    num_clips: int
    num_frames: int
    resolution: int
    variety: str

    def __len__(self) -> int:
        return self.num_clips

    def __getitem__(self, index: int) -> SourceClip:
        from training.data.mocap.renderer import render

        number = self.number(index)
        planned = plan_clip(self.seed, number, self.num_frames, self.variety)
        name = planned.action.name
        return SourceClip(
            key=f"{name.replace(' ', '_')}-{number:07d}",
            split="held_out" if number % 10 == HELD_OUT_TENTH else "train",
            class_name=name,
            group=f"tenth {number % 10}",
            fps=float(FPS),
            frames_THWC=render(planned, self.resolution),
            source=f"seed {self.seed}, clip {number}, {planned.performance.file}",
        )

    def number(self, index: int) -> int:
        """The clip that stands at a place of this sequence."""
        if not 0 <= index < self.num_clips:
            raise IndexError(f"There are {self.num_clips} clips; got index {index}.")
        tens, rest = divmod(self.num_clips, 10)
        num_train = 9 * tens + min(rest, HELD_OUT_TENTH)
        if index < num_train:
            return index // 9 * 10 + index % 9
        return (index - num_train) * 10 + HELD_OUT_TENTH

    def compile(self) -> None:
        """Have the kernels compiled and kept on disk, about 10 seconds the first time, before processes need them."""
        try:
            from training.data.mocap.renderer import render
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("Clips are rendered with numba: run `pip install numba`.") from error
        render(plan_clip(self.seed, 0, 1, self.variety), RESOLUTIONS[0])
