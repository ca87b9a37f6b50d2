"""Numba kernels: the light that reaches the eye from the floor, the wall and the sky.

Each fills radiance (S, S, 3) float32, linear, where its own surface is seen; see geometry.py for the buffers.
Numba's cache does not see changes in other files, so a kernel calls only functions of its own file.
"""

import math

from numba import njit

from training.data.mocap.geometry import FLOOR, SKY, WALL
from training.data.mocap.scene import CHECKER, PATCHES, PLANKS, TILES

CONTACT_REACH = 0.12  # metres over which the floor near the body darkens
CONTACT = 0.65
SKIRTING_HEIGHT = 0.09
CORNER_REACH = 0.3  # metres over which the wall darkens towards the floor
HAZE = 0.35  # share of the horizon's colour in the hills
LINE = 0.06  # width of a gap between tiles or planks, in tiles or planks


@njit(cache=True, fastmath=True)
def light_floor(scene, to_sun, eye, ray_width, rays, depth, owner, sunlight, nearness, radiance):
    """ray_width: how far apart rays are at distance 1. Patterns are averaged over a ray's footprint."""
    red_a, green_a, blue_a = scene.floor_a
    red_b, green_b, blue_b = scene.floor_b
    red_sun, green_sun, blue_sun = scene.sun
    red_sky, green_sky, blue_sky = scene.ambient
    red_fog, green_fog, blue_fog = scene.horizon
    cosine, sine = scene.floor_turn
    shift_a, shift_b = scene.floor_shift
    eye_x, eye_z, sun_height = eye[0], eye[2], to_sun[1]
    unit, pattern, outdoors, fog_reach = scene.floor_unit, scene.floor_pattern, scene.outdoors, scene.fog
    size = depth.shape[0]
    for i in range(size):
        for j in range(size):
            if owner[i, j] != FLOOR:
                continue
            t, ray_x, ray_y, ray_z = depth[i, j], rays[i, j, 0], rays[i, j, 1], rays[i, j, 2]
            x, z = eye_x + t * ray_x, eye_z + t * ray_z
            a = (cosine * x + sine * z + shift_a) / unit
            b = (cosine * z - sine * x + shift_b) / unit
            footprint = ray_width * t / unit
            stretch = footprint / (-ray_y * math.sqrt(ray_x * ray_x + ray_z * ray_z + 1e-9))
            width_a = footprint + stretch * abs(cosine * ray_x + sine * ray_z)
            width_b = footprint + stretch * abs(cosine * ray_z - sine * ray_x)
            share = _pattern(pattern, a, b, width_a, width_b)
            sky, sun, fog = 1.0, sun_height * sunlight[i, j], 0.0
            if nearness[i, j] < 5 * CONTACT_REACH:
                sky -= CONTACT * math.exp(-nearness[i, j] / CONTACT_REACH)
            if outdoors:
                fog = 1 - math.exp(-(t * t) / (fog_reach * fog_reach))
            red = (red_a + share * (red_b - red_a)) * (red_sky * sky + red_sun * sun)
            green = (green_a + share * (green_b - green_a)) * (green_sky * sky + green_sun * sun)
            blue = (blue_a + share * (blue_b - blue_a)) * (blue_sky * sky + blue_sun * sun)
            radiance[i, j, 0] = red + fog * (red_fog - red)
            radiance[i, j, 1] = green + fog * (green_fog - green)
            radiance[i, j, 2] = blue + fog * (blue_fog - blue)


@njit(cache=True, fastmath=True)
def light_wall(scene, to_sun, wall_normal, eye, rays, depth, owner, sunlight, radiance):
    """A plain wall above its skirting."""
    red, green, blue = scene.wall
    red_skirting, green_skirting, blue_skirting = scene.skirting
    red_sun, green_sun, blue_sun = scene.sun
    red_sky, green_sky, blue_sky = scene.ambient
    facing = to_sun[0] * wall_normal[0] + to_sun[1] * wall_normal[1] + to_sun[2] * wall_normal[2]
    facing, eye_y = max(facing, 0.0), eye[1]
    size = depth.shape[0]
    for i in range(size):
        for j in range(size):
            if owner[i, j] != WALL:
                continue
            height, sky, sun = eye_y + depth[i, j] * rays[i, j, 1], 1.0, facing * sunlight[i, j]
            if height < 5 * CORNER_REACH:
                sky -= 0.3 * math.exp(-height / CORNER_REACH)
            if height < SKIRTING_HEIGHT:
                radiance[i, j, 0] = red_skirting * (red_sky * sky + red_sun * sun)
                radiance[i, j, 1] = green_skirting * (green_sky * sky + green_sun * sun)
                radiance[i, j, 2] = blue_skirting * (blue_sky * sky + blue_sun * sun)
            else:
                radiance[i, j, 0] = red * (red_sky * sky + red_sun * sun)
                radiance[i, j, 1] = green * (green_sky * sky + green_sun * sun)
                radiance[i, j, 2] = blue * (blue_sky * sky + blue_sun * sun)


@njit(cache=True, fastmath=True)
def light_sky(scene, rays, owner, radiance):
    """A gradient from the horizon up, with hills before it."""
    red, green, blue = scene.horizon
    red_zenith, green_zenith, blue_zenith = scene.zenith
    red_hill, green_hill, blue_hill = scene.hill
    size = owner.shape[0]
    for i in range(size):
        for j in range(size):
            if owner[i, j] != SKY:
                continue
            ray_x, ray_z = rays[i, j, 0], rays[i, j, 2]
            rise = max(rays[i, j, 1] / math.sqrt(ray_x * ray_x + ray_z * ray_z), 0.0)
            if rise < scene.highest_hill and rise < _hill_rise(scene, math.atan2(ray_z, ray_x)):
                radiance[i, j, 0] = red_hill + HAZE * (red - red_hill)
                radiance[i, j, 1] = green_hill + HAZE * (green - green_hill)
                radiance[i, j, 2] = blue_hill + HAZE * (blue - blue_hill)
            else:
                share = 1 - math.exp(-rise / 0.22)
                radiance[i, j, 0] = red + share * (red_zenith - red)
                radiance[i, j, 1] = green + share * (green_zenith - green)
                radiance[i, j, 2] = blue + share * (blue_zenith - blue)


@njit(cache=True, fastmath=True)
def _hill_rise(scene, azimuth):
    rise = 0.0
    for wave in range(len(scene.hill_heights)):
        rise += scene.hill_heights[wave] * (1 + math.sin((5 + 6 * wave) * azimuth + scene.hill_phases[wave]))
    return rise


@njit(cache=True, fastmath=True)
def _pattern(pattern, a, b, width_a, width_b):
    """Share of the floor's second colour, 0 to 1, averaged over widths about (a, b); units of the pattern."""
    if pattern == CHECKER:
        return 0.5 - 0.5 * _stripes(a, width_a) * _stripes(b, width_b)
    if pattern == TILES:
        return 1 - (1 - _lines(a, width_a)) * (1 - _lines(b, width_b))
    if pattern == PLANKS:
        tint = 0.7 * _hash(math.floor(a), math.floor(b / 6 + 0.37 * math.floor(a)))
        return max(_lines(a, width_a), tint + (0.35 - tint) * min(width_a, 1.0))
    if pattern == PATCHES:
        fade = 1 / (1 + max(width_a, width_b))
        return 0.5 + fade * (0.65 * _noise(a, b) + 0.35 * _noise(3.1 * a, 3.1 * b) * fade - 0.5)
    return 0.0


@njit(cache=True, fastmath=True)
def _stripes(x, width):
    """-1 and 1 by turns over units of x, averaged over `width`."""
    before, after = (x - width / 2) / 2, (x + width / 2) / 2
    before, after = abs(before - math.floor(before) - 0.5), abs(after - math.floor(after) - 0.5)
    return 2 * (before - after) / width


@njit(cache=True, fastmath=True)
def _lines(x, width):
    """1 in the first LINE of each unit of x and 0 in the rest, averaged over `width`."""
    before, after = x - width / 2, x + width / 2
    covered_before = math.floor(before) * LINE + min(before - math.floor(before), LINE)
    covered_after = math.floor(after) * LINE + min(after - math.floor(after), LINE)
    return (covered_after - covered_before) / width


@njit(cache=True, fastmath=True)
def _noise(x, y):
    """Smooth noise in [0, 1) whose patches are about one unit wide."""
    left, top = math.floor(x), math.floor(y)
    u, v = x - left, y - top
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    upper, lower = _hash(left, top), _hash(left, top + 1)
    upper += u * (_hash(left + 1, top) - upper)
    lower += u * (_hash(left + 1, top + 1) - lower)
    return upper + v * (lower - upper)


@njit(cache=True, fastmath=True)
def _hash(x, y):
    """A number in [0, 1) that two whole numbers decide."""
    mixed = (int(x) * 374761393 + int(y) * 668265263) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 65536
