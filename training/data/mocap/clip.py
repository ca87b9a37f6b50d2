"""One clip, wholly decided by (seed, number, variety): planned without a pixel, then rendered."""

from dataclasses import dataclass

import numpy as np

from training.data.mocap import camera, figure, looks, performance, rotations, scene
from training.data.mocap.actions import Action, action_of_clip
from training.data.mocap.skeleton import INDEX, forward_kinematics

VARIETIES = ("low", "full")
FPS = 12
LOW_FREEDOM = 0.4  # how much pace and manner vary at low variety, as a share of full variety


@dataclass(frozen=True)
class PlannedClip:
    """T frames of everything but pixels. cones_TN8: ends and radii of the body's cones, metres, y up, floor at 0."""

    action: Action
    performance: performance.Performance
    figure: figure.Figure
    cones_TN8: np.ndarray
    head_axes_T3X: np.ndarray  # the head's forward, up and side
    scene: scene.Scene
    camera: camera.Camera


def plan_clip(seed: int, number: int, num_frames: int, variety: str) -> PlannedClip:
    """Clip `number` of the endless set `seed` (both >= 0). Its class is number mod 13.

    Raises ValueError for a variety that is none of VARIETIES and ModuleNotFoundError without pybullet_data.
    """
    if variety not in VARIETIES:
        raise ValueError(f"Variety {variety!r} is none of {VARIETIES}.")
    action = action_of_clip(number)
    # One stream a question, so that a new draw in one leaves the others as they were.
    acting, body, clothes, place, viewing = np.random.default_rng((seed, number)).spawn(5)
    if variety == "low":
        freedom, build, where = LOW_FREEDOM, figure.Build(), scene.plain_studio(place)
        worn, view = looks.plain_looks(), camera.draw_narrow_view(action, viewing)
    else:
        freedom, build = 1.0, figure.draw_build(body)
        where = scene.draw_scene(scene.FAMILIES[place.integers(len(scene.FAMILIES))], place)
        worn = looks.draw_looks(clothes, scene.colours_behind(where))
        view = camera.draw_view(action, num_frames / FPS, viewing)
    acted = performance.perform(action, num_frames, FPS, freedom, acting)
    actor = figure.build_figure(build, worn)
    root, cones, head_axes = _pose(acted, build, actor)
    follows_height = 0.0 if action.repeats else 0.55  # a jump should be seen to rise; who gets up should not leave
    return PlannedClip(
        action=action,
        performance=acted,
        figure=actor,
        cones_TN8=cones,
        head_axes_T3X=head_axes,
        scene=where,
        camera=camera.follow(view, acted.heading, root, cones, follows_height),
    )


def _pose(
    acted: performance.Performance, build: figure.Build, actor: figure.Figure
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The actor in the actor's own body: root (T, 3), cones (T, N, 8) and head axes (T, 3, 3).

    A flight stays as high as recorded, and what touches the ground touches it exactly: each frame is shifted by
    how high the recorded body's lowest point was (if above the floor) less how high the actor's is.
    """
    recorded = figure.build_figure(figure.Build(), looks.plain_looks())
    positions, turned = forward_kinematics(acted.root_TX, acted.turns_TJQ)
    flight = np.maximum(figure.lowest_points(recorded.cones(positions, turned)), 0)
    root = acted.root_TX * [build.size * build.legs, 1, build.size * build.legs]
    positions, turned = forward_kinematics(root, acted.turns_TJQ, actor.offsets_JX)
    cones = actor.cones(positions, turned)
    lift = flight - figure.lowest_points(cones)
    cones[..., [1, 4]] += lift[:, None, None]
    root[:, 1] += lift
    head_axes = rotations.rotate(turned[:, INDEX["neck"], None], np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]))
    return root, cones, head_axes
