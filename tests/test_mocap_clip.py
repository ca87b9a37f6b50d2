"""Planned clips: the actor stays in the picture and on the ground, plays what its class says, and looks its part."""

import importlib.util
import re

import numpy as np
import pytest

pytest.importorskip("numba", reason="the renderer is compiled by numba, which is not installed")
if importlib.util.find_spec("pybullet_data") is None:
    pytest.skip("the motions come with pybullet, which is not installed", allow_module_level=True)

from training.data.mocap.actions import ACTIONS, CLASS_NAMES
from training.data.mocap.clip import plan_clip
from training.data.mocap.figure import lowest_points
from training.data.mocap.geometry import cast_rays, meet_body
from training.data.mocap.motion_files import load_motion
from training.data.mocap.renderer import render
from training.data.mocap.shadows import shade_plane

CAMERAS = 100
FLIGHTS = ("run", "jump", "backflip", "spin", "spinkick", "dance")
FRAMES = 24


def surface_points(cones_TN8):
    """Points all over the round ends of every cone, which hold all that the cone reaches: (T, points, 3)."""
    around = np.random.default_rng(0).normal(size=(60, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    ends = np.concatenate([cones_TN8[..., [0, 1, 2, 6]], cones_TN8[..., [3, 4, 5, 7]]], axis=1)
    points = ends[:, :, None, :3] + ends[:, :, None, 3:] * around
    return points.reshape(len(points), -1, 3)


def project(camera, points_TPX):
    """Picture coordinates (T, P, 2), -1 to 1 from border to border, and how far ahead each point is (T, P)."""
    seen = np.einsum("tkx,tpx->tpk", camera.axes_T3X, points_TPX - camera.eye_TX[:, None])
    return seen[..., :2] / (seen[..., 2:] * camera.tan_half), seen[..., 2]


@pytest.mark.parametrize("label", range(len(ACTIONS)), ids=CLASS_NAMES)
def test_the_actor_stays_in_the_picture_whatever_the_camera(label):
    for variety, cameras in (("full", CAMERAS), ("low", 10)):
        heights = []
        for draw in range(cameras):
            clip = plan_clip(1, label + len(ACTIONS) * draw, FRAMES, variety)
            picture, ahead = project(clip.camera, surface_points(clip.cones_TN8))
            assert (ahead > 0.5).all()
            assert abs(picture).max() < 1, f"draw {draw} at {variety} variety"
            heights.append(np.ptp(picture[..., 1], axis=1).max() / 2)
        assert np.median(heights) > 0.25, "the actor is lost in the picture"


@pytest.mark.parametrize("label", range(len(ACTIONS)), ids=CLASS_NAMES)
def test_the_actor_stands_on_the_ground_and_leaves_it_only_to_fly(label):
    lowest = np.concatenate(
        [lowest_points(plan_clip(2, label + len(ACTIONS) * draw, FRAMES, "full").cones_TN8) for draw in range(10)]
    )
    assert lowest.min() > -1e-9
    assert np.median(lowest) < 0.03
    assert (lowest.max() > 0.08) == (CLASS_NAMES[label] in FLIGHTS)
    assert lowest.max() < 1.1


def distance_to_recording(turns_TJQ, file):
    """Mean over frames of how far, in radians a joint, the nearest recorded pose is."""
    recorded = load_motion(file).turns_FJQ[:, 1:]
    alike = abs(np.einsum("tjq,fjq->tfj", turns_TJQ[:, 1:], recorded)).clip(0, 1)
    return (2 * np.arccos(alike)).mean(axis=2).min(axis=1).mean()


def test_every_clip_plays_the_action_it_is_labelled_with():
    files = [recording.file for action in ACTIONS for recording in action.recordings]
    for number in range(4 * len(ACTIONS)):
        clip = plan_clip(3, number, FRAMES, "full")
        turns = clip.performance.turns_TJQ
        nearest = min(files, key=lambda file: distance_to_recording(turns, file))
        played = re.fullmatch(r"(?:humanoid3d_|walker/0)([a-z]+)(?:_[a-z]+)?", nearest).group(1)
        assert played == clip.action.name.replace(" ", "") == CLASS_NAMES[number % len(ACTIONS)].replace(" ", "")


def test_low_variety_is_one_figure_in_one_kind_of_room_and_full_variety_is_not():
    for variety, is_one in (("low", True), ("full", False)):
        clips = [plan_clip(4, number, 2, variety) for number in range(13)]
        looks = {(clip.figure.radii_N2.tobytes(), clip.figure.colours_N2X.tobytes()) for clip in clips}
        assert (len(looks) == 1) == is_one
        assert (len({clip.scene.floor_pattern for clip in clips}) == 1) == is_one
        assert (len({clip.camera.tan_half for clip in clips}) == 1) == is_one


def test_a_clip_depends_on_its_seed_and_number_alone():
    again, other, elsewhere = plan_clip(5, 6, 4, "full"), plan_clip(5, 19, 4, "full"), plan_clip(6, 6, 4, "full")
    clip = plan_clip(5, 6, 4, "full")
    np.testing.assert_array_equal(render(clip, 16), render(again, 16))
    for changed in (other, elsewhere):
        assert changed.action == clip.action
        assert abs(render(clip, 16).astype(int) - render(changed, 16)).mean() > 3


def test_unknown_variety_is_refused():
    with pytest.raises(ValueError, match="none of"):
        plan_clip(0, 0, 2, "medium")


@pytest.fixture
def met():
    """One frame of a real clip, met by rays: its cones, camera, rays and the buffers."""
    clip = plan_clip(7, 0, 1, "full")
    size = 96
    rays, normals = np.zeros((size, size, 3), np.float32), np.zeros((size, size, 3), np.float32)
    depth, along = np.full((size, size), np.inf, np.float32), np.zeros((size, size), np.float32)
    owner = np.full((size, size), -1, np.int16)
    eye, axes, tan_half = clip.camera.eye_TX[0], clip.camera.axes_T3X[0], clip.camera.tan_half
    cast_rays(axes, tan_half, rays)
    meet_body(clip.cones_TN8[0], eye, axes, tan_half, rays, depth, owner, along, normals)
    return clip, rays, depth, owner, along, normals


def distance_to_cone(cone_8, point, steps=2001):
    """From a point to the surface of a round cone, by trying every sphere it is made of."""
    share = np.linspace(0, 1, steps)[:, None]
    centres = cone_8[:3] + share * (cone_8[3:6] - cone_8[:3])
    radii = cone_8[6] + share[:, 0] * (cone_8[7] - cone_8[6])
    return (np.linalg.norm(point - centres, axis=1) - radii).min()


def test_rays_end_on_the_nearest_surface_and_normals_point_outward(met):
    clip, rays, depth, owner, _, normals = met
    rows, columns = np.nonzero(owner >= 0)
    assert len(rows) > 300
    for i, j in list(zip(rows, columns, strict=True))[::13]:
        point = clip.camera.eye_TX[0] + depth[i, j] * rays[i, j].astype(float)
        gaps = [distance_to_cone(cone, point) for cone in clip.cones_TN8[0]]
        assert gaps[owner[i, j]] == pytest.approx(0, abs=1e-4)
        assert min(gaps) > -1e-4, "a nearer cone was missed"
        assert normals[i, j] @ rays[i, j] < 0.01
        outside = distance_to_cone(clip.cones_TN8[0, owner[i, j]], point + 0.01 * normals[i, j])
        assert outside == pytest.approx(0.01, abs=1e-3)


def test_the_body_fills_the_part_of_the_picture_that_the_camera_gives_it(met):
    clip, _, _, owner, _, _ = met
    picture, _ = project(clip.camera, surface_points(clip.cones_TN8))
    rows, columns = np.nonzero(owner >= 0)
    size = len(owner)
    seen = np.array([columns.min(), columns.max() + 1, size - rows.max() - 1, size - rows.min()]) / size * 2 - 1
    low, high = picture[0].min(axis=0), picture[0].max(axis=0)
    np.testing.assert_allclose(seen, [low[0], high[0], low[1], high[1]], atol=3 / size)


def test_a_shadow_falls_where_a_ray_to_the_sun_is_blocked():
    """Straight below the eye: a ball at 1 m height, the sun 45 degrees to the right."""
    size, eye = 65, np.array([0.0, 5.0, 0.0])
    axes = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, -1.0, 0]])
    rays = np.zeros((size, size, 3), np.float32)
    cast_rays(axes, 0.5, rays)
    depth = (-eye[1] / rays[..., 1]).astype(np.float32)
    owner, sunlight = np.full((size, size), -2, np.int16), np.ones((size, size), np.float32)
    ball = np.array([[0.0, 1, 0, 0.01, 1, 0, 0.2, 0.2]])
    to_sun = np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
    floor = (-2, np.zeros(3), np.array([0.0, 1, 0]), np.array([1.0, 0, 0]))
    shade_plane(ball, eye, axes, 0.5, rays, to_sun, *floor, depth, owner, sunlight)
    x, z = eye[0] + depth * rays[..., 0], eye[2] + depth * rays[..., 2]
    from_shadow = np.hypot((x + 1) / np.sqrt(2), z)
    assert (sunlight[from_shadow < 0.1] == 0).all() and (from_shadow < 0.1).any()
    assert (sunlight[from_shadow > 0.35] == 1).all()
