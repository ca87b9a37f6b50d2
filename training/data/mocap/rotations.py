"""Unit quaternions (..., 4) as (w, x, y, z), float64, and the few things motion needs of them."""

import numpy as np

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left * right, broadcast: the rotation that applies `right` first."""
    w, x, y, z = np.moveaxis(left, -1, 0)
    a, b, c, d = np.moveaxis(right, -1, 0)
    return np.stack(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ],
        axis=-1,
    )


def conjugate(rotation: np.ndarray) -> np.ndarray:
    """The inverse rotation."""
    return rotation * np.array([1.0, -1.0, -1.0, -1.0])


def rotate(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) turned by rotations (..., 4), broadcast."""
    axis = rotation[..., 1:]
    twice_cross = 2 * np.cross(axis, vector)
    return vector + rotation[..., :1] * twice_cross + np.cross(axis, twice_cross)


def about_axis(axis: np.ndarray, angle_radians: np.ndarray | float) -> np.ndarray:
    """Turn by `angle_radians` (...) about the unit vectors `axis` (..., 3)."""
    half = np.asarray(angle_radians, dtype=np.float64)[..., None] / 2
    vector = np.sin(half) * axis
    return np.concatenate([np.broadcast_to(np.cos(half), (*vector.shape[:-1], 1)), vector], axis=-1)


def about_y(angle_radians: np.ndarray | float) -> np.ndarray:
    """Turn about the upward axis."""
    return about_axis(np.array([0.0, 1.0, 0.0]), angle_radians)


def slerp(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """From `start` (share 0) to `end` (share 1) the short way round; `share` (...) broadcasts."""
    dot = np.sum(start * end, axis=-1, keepdims=True)
    end = np.where(dot < 0, -end, end)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    share = np.asarray(share)[..., None]
    near = angle < 1e-4  # sin(angle) is too small to divide by, and the straight line is as good
    sine = np.where(near, 1.0, np.sin(angle))
    mixed = np.where(
        near,
        (1 - share) * start + share * end,
        (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / sine,
    )
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def yaw(rotation: np.ndarray) -> np.ndarray:
    """Heading (...) in radians: how far about the upward axis the body's forward axis (x) is turned."""
    forward = rotate(rotation, np.array([1.0, 0.0, 0.0]))
    return np.arctan2(-forward[..., 2], forward[..., 0])


def matrix(rotation: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3), whose columns are the turned axes."""
    return np.stack([rotate(rotation, axis) for axis in np.eye(3)], axis=-1)
