"""Numba kernels: how much sun reaches the body, the floor and the wall, and how near the body the floor is.

Shadows are soft and analytic: how close a light ray comes to a cone, measured against a penumbra that widens
with the light's way from the cone. A cone is tested only where its shadow can fall. Buffers are (S, S) float32.
Numba's cache does not see changes in other files, so a kernel calls only functions of its own file.
"""

import math

import numpy as np
from numba import njit

PENUMBRA = 0.012  # metres, at contact
PENUMBRA_GROWTH = 0.05  # metres a metre
BODY_PENUMBRA = 0.02
TOUCHING = 0.03  # metres: a cone this near a point of the body is part of it and casts no shadow there


@njit(cache=True, fastmath=True)
def shade_body(cones_N8, eye, rays, to_sun, depth, owner, sunlight):
    """Set sunlight, 0 (shadow) to 1, wherever a cone is seen. to_sun (3,) is a unit vector."""
    size = depth.shape[0]
    for i in range(size):
        for j in range(size):
            if owner[i, j] < 0:
                continue
            x = eye[0] + depth[i, j] * rays[i, j, 0]
            y = eye[1] + depth[i, j] * rays[i, j, 1]
            z = eye[2] + depth[i, j] * rays[i, j, 2]
            light = 1.0
            for n in range(len(cones_N8)):
                if n == owner[i, j]:
                    continue
                miss, way = _closest_approach(cones_N8[n], x, y, z, to_sun)
                if way > 0 and miss < BODY_PENUMBRA and _distance(cones_N8[n], x, y, z) > TOUCHING:
                    light = min(light, _smoothstep(0.5 + 0.5 * miss / BODY_PENUMBRA))
                    if light == 0:
                        break
            sunlight[i, j] = light


@njit(cache=True, fastmath=True)
def shade_plane(cones_N8, eye, axes, tan_half, rays, to_sun, plane, point, normal, level, depth, owner, sunlight):
    """Lower sunlight wherever owner is `plane` and a cone stands before the sun.

    The plane goes through point (3,), faces along normal (3,) and holds the unit vector level (3,).
    """
    across = np.cross(normal, level)
    sun_height = to_sun[0] * normal[0] + to_sun[1] * normal[1] + to_sun[2] * normal[2]
    if sun_height < 0.05:
        return
    for n in range(len(cones_N8)):
        low_a = low_b = np.inf
        high_a = high_b = -np.inf
        for end in range(2):
            x, y, z = cones_N8[n, 3 * end : 3 * end + 3] - point
            way = (x * normal[0] + y * normal[1] + z * normal[2]) / sun_height
            x, y, z = x - way * to_sun[0], y - way * to_sun[1], z - way * to_sun[2]
            radius = (cones_N8[n, 6 + end] + PENUMBRA + PENUMBRA_GROWTH * abs(way)) / sun_height
            a = x * level[0] + y * level[1] + z * level[2]
            b = x * across[0] + y * across[1] + z * across[2]
            low_a, high_a = min(low_a, a - radius), max(high_a, a + radius)
            low_b, high_b = min(low_b, b - radius), max(high_b, b + radius)
        rectangle = _picture_rectangle(point, level, across, low_a, high_a, low_b, high_b, eye, axes, tan_half)
        top, bottom, left, right = _to_pixels(rectangle, depth.shape[0])
        for i in range(top, bottom):
            for j in range(left, right):
                if owner[i, j] != plane or sunlight[i, j] == 0:
                    continue
                x = eye[0] + depth[i, j] * rays[i, j, 0]
                y = eye[1] + depth[i, j] * rays[i, j, 1]
                z = eye[2] + depth[i, j] * rays[i, j, 2]
                miss, way = _closest_approach(cones_N8[n], x, y, z, to_sun)
                if way > 0:
                    light = _smoothstep(0.5 + 0.5 * miss / (PENUMBRA + PENUMBRA_GROWTH * way))
                    sunlight[i, j] = min(sunlight[i, j], light)


@njit(cache=True, fastmath=True)
def near_body(cones_N8, eye, axes, tan_half, rays, floor, within, depth, owner, nearness):
    """Lower nearness, metres from the body, wherever owner is `floor` and a cone comes nearer than `within`."""
    origin, along_x, along_z = np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    for n in range(len(cones_N8)):
        ax, ay, az, bx, by, bz, ra, rb = cones_N8[n]
        if min(ay - ra, by - rb) > within:
            continue
        low_x, high_x = min(ax - ra, bx - rb) - within, max(ax + ra, bx + rb) + within
        low_z, high_z = min(az - ra, bz - rb) - within, max(az + ra, bz + rb) + within
        rectangle = _picture_rectangle(origin, along_x, along_z, low_x, high_x, low_z, high_z, eye, axes, tan_half)
        top, bottom, left, right = _to_pixels(rectangle, depth.shape[0])
        for i in range(top, bottom):
            for j in range(left, right):
                if owner[i, j] == floor:
                    x = eye[0] + depth[i, j] * rays[i, j, 0]
                    z = eye[2] + depth[i, j] * rays[i, j, 2]
                    nearness[i, j] = min(nearness[i, j], _distance(cones_N8[n], x, 0.0, z))


@njit(cache=True, fastmath=True)
def _closest_approach(cone_8, x, y, z, to_sun):
    """How far the light ray from a point to the sun passes by a cone (negative: through it), and how far along."""
    wx, wy, wz = cone_8[0] - x, cone_8[1] - y, cone_8[2] - z
    bx, by, bz = cone_8[3] - cone_8[0], cone_8[4] - cone_8[1], cone_8[5] - cone_8[2]
    b_sun = bx * to_sun[0] + by * to_sun[1] + bz * to_sun[2]
    w_sun = wx * to_sun[0] + wy * to_sun[1] + wz * to_sun[2]
    across = bx * bx + by * by + bz * bz - b_sun * b_sun
    share = (b_sun * w_sun - (wx * bx + wy * by + wz * bz)) / max(across, 1e-9)
    share = min(max(share, 0.0), 1.0)
    way = w_sun + share * b_sun
    gx = wx + share * bx - way * to_sun[0]
    gy = wy + share * by - way * to_sun[1]
    gz = wz + share * bz - way * to_sun[2]
    radius = cone_8[6] + share * (cone_8[7] - cone_8[6])
    return math.sqrt(gx * gx + gy * gy + gz * gz) - radius, way


@njit(cache=True, fastmath=True)
def _distance(cone_8, x, y, z):
    """From a point to a cone's surface, metres."""
    bx, by, bz = cone_8[3] - cone_8[0], cone_8[4] - cone_8[1], cone_8[5] - cone_8[2]
    px, py, pz = x - cone_8[0], y - cone_8[1], z - cone_8[2]
    share = (px * bx + py * by + pz * bz) / (bx * bx + by * by + bz * bz)
    share = min(max(share, 0.0), 1.0)
    px, py, pz = px - share * bx, py - share * by, pz - share * bz
    return math.sqrt(px * px + py * py + pz * pz) - cone_8[6] - share * (cone_8[7] - cone_8[6])


@njit(cache=True, fastmath=True)
def _smoothstep(share):
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


@njit(cache=True, fastmath=True)
def _picture_rectangle(point, one, other, low_a, high_a, low_b, high_b, eye, axes, tan_half):
    """Picture coordinates (-1 to 1) low_u, high_u, low_v, high_v around a rectangle of a plane, seen whole."""
    low_u = low_v = np.inf
    high_u = high_v = -np.inf
    for corner in range(4):
        a = low_a if corner < 2 else high_a
        b = low_b if corner % 2 == 0 else high_b
        x, y, z = point + a * one + b * other - eye
        ahead = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        if ahead < 0.05:
            return -1.0, 1.0, -1.0, 1.0
        u = (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) / (ahead * tan_half)
        v = (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) / (ahead * tan_half)
        low_u, high_u, low_v, high_v = min(low_u, u), max(high_u, u), min(low_v, v), max(high_v, v)
    return low_u, high_u, low_v, high_v


@njit(cache=True, fastmath=True)
def _to_pixels(rectangle, size):
    """Rows top to bottom and columns left to right, ends excluded."""
    low_u, high_u, low_v, high_v = rectangle
    left, right = math.floor((low_u + 1) * size / 2), math.ceil((high_u + 1) * size / 2)
    top, bottom = math.floor((1 - high_v) * size / 2), math.ceil((1 - low_v) * size / 2)
    return max(top, 0), min(bottom, size), max(left, 0), min(right, size)
