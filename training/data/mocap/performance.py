"""What one actor does in one clip: an action, at a drawn pace, phase and manner. No body and no camera yet."""

from dataclasses import dataclass

import numpy as np

from training.data.mocap import rotations
from training.data.mocap.actions import Action
from training.data.mocap.looping import EndlessMotion, PlayClock, turned_back
from training.data.mocap.motion_files import load_motion
from training.data.mocap.skeleton import INDEX, NUM_TURNED

_MANNER_DEGREES = {"chest": 4, "neck": 7, "shoulder": 6, "hip": 2.5, "elbow": 8}
_GET_UP_PACES = (0.8, 1.8)


@dataclass(frozen=True)
class Performance:
    """T poses: root_TX in metres, turns_TJQ (T, 13, 4), and `heading` in radians, which the camera goes by."""

    file: str
    root_TX: np.ndarray
    turns_TJQ: np.ndarray
    heading: float


def perform(action: Action, num_frames: int, fps: float, freedom: float, rng: np.random.Generator) -> Performance:
    """Draw one performance of `action`. `freedom` in [0, 1] scales how much pace and manner may vary."""
    recording = action.recordings[rng.integers(len(action.recordings))]
    motion = load_motion(recording.file)
    if action.turns_back:
        motion = turned_back(motion, recording.busy[1])
    clock = PlayClock(motion.seconds, recording.busy)
    pace = action.speed * np.exp(freedom * rng.uniform(-0.165, 0.165))
    phase = rng.uniform(0, clock.cycle_seconds)
    sway, sway_start, sway_cycles = freedom * rng.uniform(0, 0.12), rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.5)
    seconds = np.arange(num_frames) / fps
    if action.repeats:
        swing = 2 * np.pi * sway_cycles / max(seconds[-1], 1 / fps)
        played = phase + pace * (seconds + sway * (np.sin(swing * seconds + sway_start) - np.sin(sway_start)) / swing)
        root, turns = EndlessMotion(motion).sample(clock.recorded_seconds(played))
    else:
        pace = np.clip(clock.cycle_seconds / max(seconds[-1], 1 / fps), *_GET_UP_PACES)
        recorded = np.interp(pace * seconds, clock.played, clock.recorded)
        root, turns = motion.sample(recorded)
    heading = _heading(action, root, turns, motion.turns_FJQ)
    return Performance(recording.file, root, _in_a_manner(turns, freedom, rng), heading)


def _heading(action: Action, root_TX: np.ndarray, turns_TJQ: np.ndarray, recorded_FJQ: np.ndarray) -> float:
    """Where the actor faces, over the whole clip: lying figures have no heading of their own."""
    if action.heads_where_it_travels:
        step = root_TX[-1] - root_TX[0]
        return float(np.arctan2(-step[2], step[0]))
    if action.repeats:
        return float(rotations.yaw(recorded_FJQ[0, 0]))
    return float(rotations.yaw(recorded_FJQ[-1, 0]))


def _in_a_manner(turns_TJQ: np.ndarray, freedom: float, rng: np.random.Generator) -> np.ndarray:
    """The same turns, each joint held a little differently through the whole clip."""
    turned = turns_TJQ.copy()
    for name, joint in INDEX.items():
        spread = next((d for part, d in _MANNER_DEGREES.items() if name.endswith(part)), None)
        if joint < NUM_TURNED and spread is not None:
            axis = rng.normal(size=3)
            angle = np.radians(spread) * freedom * rng.normal()
            axis = np.array([0.0, 0.0, 1.0]) if name.endswith("elbow") else axis / np.linalg.norm(axis)
            turned[:, joint] = rotations.multiply(turned[:, joint], rotations.about_axis(axis, angle))
    return turned
