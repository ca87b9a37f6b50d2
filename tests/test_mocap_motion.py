"""Recorded motions: joints land where pybullet puts them, and a looped recording never snaps."""

import importlib.util
import json

import numpy as np
import pytest

from training.data.mocap import motion_files, rotations
from training.data.mocap.actions import ACTIONS
from training.data.mocap.looping import EndlessMotion, PlayClock, turned_back
from training.data.mocap.motion_files import load_motion
from training.data.mocap.skeleton import JOINT_NAMES, NUM_TURNED, forward_kinematics

needs_motions = pytest.mark.skipif(
    importlib.util.find_spec("pybullet_data") is None, reason="the motions come with pybullet, which is not installed"
)
FILES = sorted({recording.file for action in ACTIONS for recording in action.recordings})
TURNS = ["walker/turn_left0", "walker/turn_left1", "walker/turn_right0", "walker/turn_right1"]


@pytest.fixture(scope="module")
def humanoid():
    """pybullet, its humanoid at a quarter of the size it is stored in, and its links by name."""
    bullet = pytest.importorskip("pybullet", reason="the reference kinematics are pybullet's, which is not installed")
    import pybullet_data

    client = bullet.connect(bullet.DIRECT)
    body = bullet.loadURDF(f"{pybullet_data.getDataPath()}/humanoid/humanoid.urdf", globalScaling=0.25)
    links = {bullet.getJointInfo(body, i)[12].decode(): i for i in range(bullet.getNumJoints(body))}
    yield bullet, body, links
    bullet.disconnect(client)


# Where each joint's numbers lie in a frame: a quaternion (w, x, y, z), or one angle.
COLUMNS = {"root": 4, "chest": 8, "neck": 12}
COLUMNS |= {"right_hip": 16, "right_knee": 20, "right_ankle": 21, "right_shoulder": 25, "right_elbow": 29}
COLUMNS |= {"left_hip": 30, "left_knee": 34, "left_ankle": 35, "left_shoulder": 39, "left_elbow": 43}


def for_bullet(quaternion):
    """(w, x, y, z), in the files not always of unit length -> (x, y, z, w), which pybullet wants of unit length."""
    return np.roll(quaternion, -1) / np.linalg.norm(quaternion)


@needs_motions
@pytest.mark.parametrize("file", [*FILES, *TURNS])
def test_joints_land_where_pybullet_puts_them(humanoid, file):
    bullet, body, links = humanoid
    motion = load_motion(file)
    positions, turned = forward_kinematics(motion.root_FX, motion.turns_FJQ)
    recorded = json.loads((motion_files.motions_folder() / f"{file}.txt").read_text())["Frames"]
    assert len(recorded) == len(positions) and set(COLUMNS) == set(JOINT_NAMES[:NUM_TURNED])
    for frame in range(0, len(positions), 5):
        numbers = np.array(recorded[frame])
        bullet.resetBasePositionAndOrientation(body, numbers[1:4], for_bullet(numbers[4:8]))
        for name, column in COLUMNS.items():
            if name.endswith(("knee", "elbow")):
                bullet.resetJointState(body, links[name], numbers[column])
            elif name != "root":
                bullet.resetJointStateMultiDof(body, links[name], for_bullet(numbers[column : column + 4]))
        for joint, name in enumerate(JOINT_NAMES):
            state = bullet.getLinkState(body, links[name], computeForwardKinematics=True)
            np.testing.assert_allclose(positions[frame, joint], state[4], atol=2e-5, err_msg=f"{name}, frame {frame}")
            alike = abs(np.dot(turned[frame, joint], np.roll(state[5], 1)))
            assert alike == pytest.approx(1, abs=1e-6), f"{name} is turned otherwise in frame {frame}"


@needs_motions
@pytest.mark.parametrize("file", FILES)
def test_a_loop_moves_no_faster_at_its_seams_than_in_between(file):
    motion = load_motion(file)
    times = np.arange(0, 4 * motion.seconds, 1 / 60)
    root, turns = EndlessMotion(motion).sample(times)
    recorded_positions, _ = forward_kinematics(*motion.sample(np.arange(0, motion.seconds, 1 / 60)))
    positions, _ = forward_kinematics(root, turns)
    fastest = np.linalg.norm(np.diff(recorded_positions, axis=0), axis=-1).max()
    assert np.linalg.norm(np.diff(positions, axis=0), axis=-1).max() < 2.5 * fastest


@needs_motions
def test_a_loop_goes_on_where_and_as_it_ended():
    """Each cycle of the walk gains the same ground, seen from where it started."""
    motion = load_motion("humanoid3d_walk")
    endless = EndlessMotion(motion)
    root, _ = endless.sample(np.arange(4) * motion.seconds)
    steps = np.diff(root, axis=0)
    turned = rotations.rotate(rotations.about_y(np.arange(3) * endless.turn_radians), steps[:1])
    np.testing.assert_allclose(steps[:, [0, 2]], turned[:, [0, 2]], atol=1e-9)
    assert np.linalg.norm(steps[0, [0, 2]]) == pytest.approx(1.24, abs=0.01)


@needs_motions
def test_turning_back_ends_where_the_actor_first_faced():
    motion = load_motion("humanoid3d_kick")
    assert abs(np.degrees(EndlessMotion(motion).turn_radians)) > 90
    back = turned_back(motion, idle_from=1.15)
    assert abs(np.degrees(EndlessMotion(back).turn_radians)) < 1
    busy = motion.times_F < 1.15
    np.testing.assert_array_equal(back.turns_FJQ[busy], motion.turns_FJQ[busy])


def test_the_play_clock_hurries_only_through_idle_parts():
    clock = PlayClock(3.0, (0.5, 2.0))
    played = np.linspace(0, 2 * clock.cycle_seconds, 2001)
    recorded = clock.recorded_seconds(played)
    pace = np.diff(recorded) / np.diff(played)
    middle = recorded[:-1] % 3.0
    assert recorded[-1] == pytest.approx(6.0)
    np.testing.assert_allclose(pace[(middle > 0.51) & (middle < 1.99)], 1.0)
    assert (pace[(middle > 2.01) & (middle < 2.98)] > 2).all()


def test_slerp_takes_the_short_way_at_an_even_pace():
    start, end = rotations.about_y(0.2), -rotations.about_y(1.0)
    for share in (0.0, 0.25, 0.5, 1.0):
        expected = rotations.about_y(0.2 + 0.8 * share)
        assert abs(rotations.slerp(start, end, np.array(share)) @ expected) == pytest.approx(1)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(motion_files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install pybullet"):
        motion_files.motions_folder()


@needs_motions
def test_a_missing_motion_is_named():
    with pytest.raises(FileNotFoundError, match=r"humanoid3d_fly\.txt is missing"):
        load_motion("humanoid3d_fly")
