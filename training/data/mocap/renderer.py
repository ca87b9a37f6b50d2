"""Renders a planned clip: one thread, no display, no GPU."""

import numpy as np

from training.data.mocap.body_light import develop, light_body
from training.data.mocap.clip import PlannedClip
from training.data.mocap.geometry import FLOOR, WALL, cast_rays, meet_body, meet_room
from training.data.mocap.room_light import CONTACT_REACH, light_floor, light_sky, light_wall
from training.data.mocap.shadows import near_body, shade_body, shade_plane

_UP, _ALONG_X = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])


def rays_a_side(resolution: int) -> int:
    """Rays through each pixel, across and down: 3 x 3 at 64 pixels, 2 x 2 from 96 on."""
    return 3 if resolution < 96 else 2


def render(clip: PlannedClip, resolution: int) -> np.ndarray:
    """The clip's frames (T, resolution, resolution, 3) uint8."""
    size = resolution * rays_a_side(resolution)
    rays, normals, radiance = (np.empty((size, size, 3), np.float32) for _ in range(3))
    depth, along, sunlight, nearness = (np.empty((size, size), np.float32) for _ in range(4))
    owner = np.empty((size, size), np.int16)
    actor, scene, camera = clip.figure, clip.scene, clip.camera
    paint = (actor.colours_N2X, actor.split_N, actor.head, actor.hair)
    to_sun = _to_sun(clip)
    frames = np.empty((len(clip.cones_TN8), resolution, resolution, 3), np.uint8)
    for number, cones in enumerate(clip.cones_TN8):
        eye, axes = camera.eye_TX[number], camera.axes_T3X[number]
        wall_normal = -axes[2] * [1, 0, 1]
        wall_normal /= np.linalg.norm(wall_normal)
        wall_point = cones[:, :3].mean(axis=0) - scene.wall_distance * wall_normal
        cast_rays(axes, camera.tan_half, rays)
        meet_room(eye, rays, not scene.outdoors, wall_point, wall_normal, depth, owner)
        meet_body(cones, eye, axes, camera.tan_half, rays, depth, owner, along, normals)
        sunlight.fill(1)
        nearness.fill(np.inf)
        view = (cones, eye, axes, camera.tan_half, rays)
        shade_plane(*view, to_sun, FLOOR, np.zeros(3), _UP, _ALONG_X, depth, owner, sunlight)
        if not scene.outdoors:
            level = np.cross(_UP, wall_normal)
            shade_plane(*view, to_sun, WALL, wall_point, wall_normal, level, depth, owner, sunlight)
        near_body(*view, FLOOR, 3 * CONTACT_REACH, depth, owner, nearness)
        shade_body(cones, eye, rays, to_sun, depth, owner, sunlight)
        ray_width = 2 * camera.tan_half / size
        light_floor(scene, to_sun, eye, ray_width, rays, depth, owner, sunlight, nearness, radiance)
        light_wall(scene, to_sun, wall_normal, eye, rays, depth, owner, sunlight, radiance)
        light_sky(scene, rays, owner, radiance)
        head_axes = clip.head_axes_T3X[number]
        light_body(scene, *paint, head_axes, to_sun, rays, owner, along, normals, sunlight, radiance)
        develop(radiance, frames[number])
    return frames


def _to_sun(clip: PlannedClip) -> np.ndarray:
    """Unit vector to the sun, which stands still: its place is drawn relative to the camera's in the first frame."""
    back = -clip.camera.axes_T3X[0, 2]
    azimuth = np.arctan2(-back[2], back[0]) + clip.scene.sun_azimuth
    elevation = clip.scene.sun_elevation
    level = np.cos(elevation)
    return np.array([level * np.cos(azimuth), np.sin(elevation), -level * np.sin(azimuth)])
