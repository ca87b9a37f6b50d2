"""Plays a recording for ever: each cycle goes on from where, and facing where, the last one ended.

Cycle c of a recording is shifted on the floor and turned about the upward axis. What pose jump remains at the
seam is added to the start of the new cycle and faded out within `FADE_SECONDS`, so nothing ever snaps.
"""

import numpy as np

from training.data.mocap import rotations
from training.data.mocap.motion_files import Motion

FADE_SECONDS = 0.35
IDLE_SPEED = 2.2


class PlayClock:
    """Maps playing time to recorded time: the busy part runs at its own pace, the rest IDLE_SPEED times faster."""

    def __init__(self, motion_seconds: float, busy: tuple[float, float]):
        start, end = np.clip(busy, 0, motion_seconds)
        self.recorded = np.array([0, start, end, motion_seconds])
        paces = np.array([IDLE_SPEED, 1.0, IDLE_SPEED])
        self.played = np.concatenate([[0.0], np.cumsum(np.diff(self.recorded) / paces)])

    @property
    def cycle_seconds(self) -> float:
        """Playing time of one cycle."""
        return float(self.played[-1])

    def recorded_seconds(self, played_T: np.ndarray) -> np.ndarray:
        """Recorded time (T,), which goes on rising from cycle to cycle."""
        cycle, rest = np.divmod(played_T, self.cycle_seconds)
        return cycle * self.recorded[-1] + np.interp(rest, self.played, self.recorded)


def turned_back(motion: Motion, idle_from: float) -> Motion:
    """`motion` with its turn undone: from `idle_from` (seconds) to its end the actor pivots to where it first faced."""
    turn = _turn_about_y(rotations.multiply(motion.turns_FJQ[-1, 0], rotations.conjugate(motion.turns_FJQ[0, 0])))
    share = _smootherstep(np.clip((motion.times_F - idle_from) / (motion.seconds - idle_from), 0, 1))
    pivot = rotations.about_y(-turn * share)
    turns = motion.turns_FJQ.copy()
    turns[:, 0] = rotations.multiply(pivot, turns[:, 0])
    return Motion(motion.times_F, motion.root_FX, turns)


class EndlessMotion:
    """A recording whose end leads into its start."""

    def __init__(self, motion: Motion):
        self.motion = motion
        start, end = motion.turns_FJQ[0], motion.turns_FJQ[-1]
        self.turn_radians = float(_turn_about_y(rotations.multiply(end[0], rotations.conjugate(start[0]))))
        self.travel = motion.root_FX[-1] - motion.root_FX[0]
        end = end.copy()
        end[0] = rotations.multiply(rotations.about_y(-self.turn_radians), end[0])
        self.seam_JQ = rotations.multiply(end, rotations.conjugate(start))

    def sample(self, seconds_T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Root (T, 3) and turns (T, 13, 4) at recorded times >= 0, as many cycles on as they reach."""
        motion = self.motion
        cycle, rest = np.divmod(seconds_T, motion.seconds)
        root, turns = motion.sample(rest)
        fade_seconds = min(FADE_SECONDS, 0.35 * motion.seconds)
        fade = np.where(cycle > 0, 1 - _smootherstep(np.clip(rest / fade_seconds, 0, 1)), 0.0)
        seam = rotations.slerp(rotations.IDENTITY, self.seam_JQ[None], fade[:, None])
        turns = rotations.multiply(seam, turns)
        facing = rotations.about_y(cycle * self.turn_radians)
        turns[:, 0] = rotations.multiply(facing, turns[:, 0])
        height = root[:, 1] + fade * self.travel[1]
        moved = rotations.rotate(facing, root - motion.root_FX[0]) + self._cycle_starts(cycle)
        return np.stack([moved[:, 0], height, moved[:, 2]], axis=-1), turns

    def _cycle_starts(self, cycle_T: np.ndarray) -> np.ndarray:
        """Where on the floor each cycle begins: the travel of all cycles before it, each turned as it was."""
        earlier = np.arange(int(cycle_T.max()) + 1)
        steps = rotations.rotate(rotations.about_y(earlier * self.turn_radians), self.travel * [1, 0, 1])
        starts = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
        return starts[cycle_T.astype(int)]


def _smootherstep(share: np.ndarray) -> np.ndarray:
    return share**3 * (share * (6 * share - 15) + 10)


def _turn_about_y(rotation: np.ndarray) -> np.ndarray:
    """The part of a rotation that is about the upward axis, in (-pi, pi]."""
    angle = 2 * np.arctan2(rotation[..., 2], rotation[..., 0])
    return (angle + np.pi) % (2 * np.pi) - np.pi
