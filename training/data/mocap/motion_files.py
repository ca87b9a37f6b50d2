"""Reads the motion files that the pybullet wheel carries in its package `pybullet_data`.

A file is JSON: {"Loop": "wrap" | "none", "Frames": [[44 numbers], ...]}. The numbers of a frame: its duration
in seconds, root position (3), root rotation (4), then each joint in the order of `skeleton.JOINT_NAMES`,
a quaternion (w, x, y, z), or for knees and elbows an angle in radians about the joint's z axis.
"""

import functools
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.mocap import rotations
from training.data.mocap.skeleton import JOINT_NAMES, NUM_TURNED

NUMBERS_A_FRAME = 44
_Z = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Motion:
    """One recorded motion of F frames: times_F in seconds from 0, root_FX in metres, turns_FJQ (F, 13, 4)."""

    times_F: np.ndarray
    root_FX: np.ndarray
    turns_FJQ: np.ndarray

    @property
    def seconds(self) -> float:
        """When the last pose is reached."""
        return float(self.times_F[-1])

    def sample(self, seconds_T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Root (T, 3) and turns (T, 13, 4) at any times in [0, self.seconds], between frames too."""
        before = np.clip(np.searchsorted(self.times_F, seconds_T, side="right") - 1, 0, len(self.times_F) - 2)
        start, end = self.times_F[before], self.times_F[before + 1]
        share = np.clip((seconds_T - start) / (end - start), 0, 1)
        root = self.root_FX[before] + share[:, None] * (self.root_FX[before + 1] - self.root_FX[before])
        turns = rotations.slerp(self.turns_FJQ[before], self.turns_FJQ[before + 1], share[:, None])
        return root, turns


def motions_folder() -> Path:
    """Where the installed `pybullet_data` keeps its motions. Raises ModuleNotFoundError if it is not installed."""
    package = importlib.util.find_spec("pybullet_data")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "The motions come with the package pybullet, which holds pybullet_data: run `pip install pybullet`."
        )
    return Path(package.origin).parent / "data" / "motions"


@functools.cache
def load_motion(name: str) -> Motion:
    """The motion stored as `<name>.txt`, for example "humanoid3d_walk" or "walker/0walk_forward".

    Raises ModuleNotFoundError without pybullet_data, FileNotFoundError where that package lacks the file, and
    ValueError for a file in another layout.
    """
    path = motions_folder() / f"{name}.txt"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: this pybullet lacks it; `pip install pybullet==3.2.7` has it.")
    frames = np.array(json.loads(path.read_text())["Frames"], dtype=np.float64)
    if frames.ndim != 2 or frames.shape[1] != NUMBERS_A_FRAME:
        raise ValueError(f"{path} holds frames of shape {frames.shape[1:]}, not {NUMBERS_A_FRAME} numbers each.")
    times = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    turns = np.empty((len(frames), NUM_TURNED, 4))
    column = 4
    for joint, joint_name in enumerate(JOINT_NAMES[:NUM_TURNED]):
        if joint_name.endswith(("knee", "elbow")):
            turns[:, joint] = rotations.about_axis(_Z, frames[:, column])
            column += 1
        else:
            turns[:, joint] = frames[:, column : column + 4]
            column += 4
    return Motion(times, frames[:, 1:4], turns / np.linalg.norm(turns, axis=-1, keepdims=True))
