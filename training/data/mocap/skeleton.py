"""The skeleton that the motion files move: its joints, its bones, and where a pose puts them.

Axes: x forward, y up, z to the actor's right; metres. J joints, of which each motion file turns the first 13;
the wrists only mark where a forearm ends.
"""

import numpy as np

from training.data.mocap import rotations

# name: (parent, offset from the parent in metres). Order: that of the numbers in a motion file, then the wrists.
_JOINTS = {
    "root": (None, (0.0, 0.0, 0.0)),
    "chest": ("root", (0.0, 0.236151, 0.0)),
    "neck": ("chest", (0.0, 0.223894, 0.0)),
    "right_hip": ("root", (0.0, 0.0, 0.084887)),
    "right_knee": ("right_hip", (0.0, -0.421546, 0.0)),
    "right_ankle": ("right_knee", (0.0, -0.40987, 0.0)),
    "right_shoulder": ("chest", (-0.02405, 0.2435, 0.18311)),
    "right_elbow": ("right_shoulder", (0.0, -0.274788, 0.0)),
    "left_hip": ("root", (0.0, 0.0, -0.084887)),
    "left_knee": ("left_hip", (0.0, -0.421546, 0.0)),
    "left_ankle": ("left_knee", (0.0, -0.40987, 0.0)),
    "left_shoulder": ("chest", (-0.02405, 0.2435, -0.18311)),
    "left_elbow": ("left_shoulder", (0.0, -0.274788, 0.0)),
    "right_wrist": ("right_elbow", (0.0, -0.258947, 0.0)),
    "left_wrist": ("left_elbow", (0.0, -0.258947, 0.0)),
}
JOINT_NAMES = tuple(_JOINTS)
NUM_TURNED = 13
INDEX = {name: number for number, name in enumerate(JOINT_NAMES)}
PARENTS = tuple(-1 if parent is None else INDEX[parent] for parent, _ in _JOINTS.values())
OFFSETS = np.array([offset for _, offset in _JOINTS.values()])


def forward_kinematics(
    root_FX: np.ndarray, turns_FJQ: np.ndarray, offsets_JX: np.ndarray = OFFSETS
) -> tuple[np.ndarray, np.ndarray]:
    """Root positions (F, 3) and local rotations (F, 13, 4) -> positions (F, 15, 3), world rotations (F, 15, 4)."""
    positions = np.empty((len(root_FX), len(JOINT_NAMES), 3))
    turned = np.empty((len(root_FX), len(JOINT_NAMES), 4))
    positions[:, 0], turned[:, 0] = root_FX, turns_FJQ[:, 0]
    for joint in range(1, len(JOINT_NAMES)):
        parent = PARENTS[joint]
        positions[:, joint] = positions[:, parent] + rotations.rotate(turned[:, parent], offsets_JX[joint])
        local = turns_FJQ[:, joint] if joint < NUM_TURNED else rotations.IDENTITY
        turned[:, joint] = rotations.multiply(turned[:, parent], local)
    return positions, turned
