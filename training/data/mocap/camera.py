"""From where a clip is seen: a camera that follows the actor, chosen so that the whole clip stays in the picture."""

from dataclasses import dataclass, replace

import numpy as np

from training.data.mocap.actions import Action

IN_FRAME = 0.96  # how much of the half picture the actor may reach into
AIM_SMOOTHING_FRAMES = 3.0


@dataclass(frozen=True)
class Camera:
    """eye_TX in world metres; axes_T3X: right, up and forward; tan_half: half the picture's height at distance 1."""

    eye_TX: np.ndarray
    axes_T3X: np.ndarray
    tan_half: float

    def reach(self, cones_TN8: np.ndarray) -> np.ndarray:
        """How far from the centre each frame's cones come, (T,): 1 touches the picture's border."""
        reach = np.zeros(len(cones_TN8))
        for point, radius in ((slice(0, 3), 6), (slice(3, 6), 7)):
            away = np.einsum("tkx,tnx->tnk", self.axes_T3X, cones_TN8[..., point] - self.eye_TX[:, None])
            for axis in (0, 1):
                # A sphere fills the angles about its centre's up to asin(radius / distance).
                distance = np.hypot(away[..., axis], away[..., 2])
                angle = np.abs(np.arctan2(away[..., axis], away[..., 2]))
                angle += np.arcsin(np.clip(cones_TN8[..., radius] / distance, 0, 1))
                seen = np.where(angle < np.pi / 2, np.tan(np.minimum(angle, 1.5)), np.inf)
                reach = np.maximum(reach, seen.max(axis=1) / self.tan_half)
        return reach


@dataclass(frozen=True)
class View:
    """A camera's place relative to the actor: angles in radians, `height` of the picture at the actor in metres."""

    azimuth: float
    elevation: float
    field: float
    height: float
    orbit: float  # radians from the first frame to the last
    mirrored: bool


def draw_view(action: Action, seconds: float, rng: np.random.Generator) -> View:
    """Any view from which the action reads."""
    side = -1 if action.seen_from_both_sides and rng.uniform() < 0.2 else 1
    azimuth = side * (action.view + action.view_range * rng.uniform(-1, 1))
    return View(
        azimuth=np.radians(azimuth),
        elevation=np.radians(rng.uniform(4, 20)),
        field=np.radians(rng.uniform(26, 42)),
        height=rng.uniform(2.1, 2.5) * action.picture_height,
        orbit=np.radians(rng.normal() * 5) * seconds,
        mirrored=bool(rng.uniform() < 0.5),
    )


def draw_narrow_view(action: Action, rng: np.random.Generator) -> View:
    """The view of low variety: within 10 degrees of the best side, always the same way round."""
    return View(
        azimuth=np.radians(action.view + 10 * rng.uniform(-1, 1)),
        elevation=np.radians(10.0),
        field=np.radians(32.0),
        height=2.1 * action.picture_height,
        orbit=0.0,
        mirrored=False,
    )


def follow(view: View, heading: float, root_TX: np.ndarray, cones_TN8: np.ndarray, follows_height: float) -> Camera:
    """A camera with this view of an actor who heads `heading` (radians about y). Steps back as far as it must.

    It goes along on the floor; of the actor's ups and downs it follows the share `follows_height`.
    """
    aim = (root_TX + cones_TN8[..., :3].mean(axis=1)) / 2
    height = 0.14 + 0.84 * root_TX[:, 1].mean() + follows_height * (root_TX[:, 1] - root_TX[:, 1].mean())
    aim = _smooth(np.stack([aim[:, 0], height, aim[:, 2]], axis=-1), AIM_SMOOTHING_FRAMES)
    for _ in range(4):  # stepping back shortens perspective too, so one correction is not always enough
        camera = _place(view, heading, aim)
        reach = camera.reach(cones_TN8).max()
        if reach <= IN_FRAME:
            break
        view = replace(view, height=view.height * reach / IN_FRAME * 1.005)
    return camera


def _place(view: View, heading: float, aim_TX: np.ndarray) -> Camera:
    azimuth = heading + view.azimuth + np.linspace(0, view.orbit, len(aim_TX))
    level = np.stack([np.cos(azimuth), np.zeros_like(azimuth), -np.sin(azimuth)], axis=-1)
    up = np.array([0.0, 1.0, 0.0])
    away = np.cos(view.elevation) * level + np.sin(view.elevation) * up
    tan_half = np.tan(view.field / 2)
    forward = -away
    right = np.cross(forward, up)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    axes = np.stack([-right if view.mirrored else right, np.cross(right, forward), forward], axis=1)
    return Camera(aim_TX + view.height / (2 * tan_half) * away, axes, float(tan_half))


def _smooth(values_TX: np.ndarray, sigma_frames: float) -> np.ndarray:
    """Gaussian average over time; beyond its ends a clip goes on as a straight line."""
    reach = int(np.ceil(3 * sigma_frames))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_frames) ** 2)
    padded = np.pad(values_TX, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.stack([np.convolve(column, weights / weights.sum(), "valid") for column in padded.T], axis=-1)
