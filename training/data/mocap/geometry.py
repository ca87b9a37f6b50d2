"""Numba kernels: the rays through a picture, and what each meets first: the body, the floor, the wall or the sky.

A picture of S x S rays; buffers are float32, lengths metres. `eye` (3,) and `axes` (3, 3: right, up, forward)
place the camera; `tan_half` is half the picture's height at distance 1.
Numba's cache does not see changes in other files, so a kernel calls only functions of its own file.
"""

import math

import numpy as np
from numba import njit

SKY, FLOOR, WALL = -1, -2, -3  # owners of rays that miss the body


@njit(cache=True, fastmath=True)
def cast_rays(axes, tan_half, rays):
    """Fill rays (S, S, 3) with unit vectors; row 0 is the top of the picture."""
    size = rays.shape[0]
    for i in range(size):
        v = (1 - (2 * i + 1) / size) * tan_half
        for j in range(size):
            u = ((2 * j + 1) / size - 1) * tan_half
            x = axes[2, 0] + u * axes[0, 0] + v * axes[1, 0]
            y = axes[2, 1] + u * axes[0, 1] + v * axes[1, 1]
            z = axes[2, 2] + u * axes[0, 2] + v * axes[1, 2]
            shrink = 1 / math.sqrt(x * x + y * y + z * z)
            rays[i, j, 0], rays[i, j, 1], rays[i, j, 2] = x * shrink, y * shrink, z * shrink


@njit(cache=True, fastmath=True)
def meet_room(eye, rays, has_wall, wall_point, wall_normal, depth, owner):
    """Start a frame: depth (S, S) along each ray, inf for the sky, and owner (S, S), one of SKY, FLOOR, WALL.

    The floor is y = 0. The wall goes through wall_point (3,) and faces along wall_normal (3,).
    """
    size = depth.shape[0]
    wall_gap = 0.0
    for k in range(3):
        wall_gap += (wall_point[k] - eye[k]) * wall_normal[k]
    for i in range(size):
        for j in range(size):
            x, y, z = rays[i, j]
            depth[i, j], owner[i, j] = np.inf, SKY
            if y < -1e-6:
                depth[i, j], owner[i, j] = -eye[1] / y, FLOOR
            if has_wall:
                toward = x * wall_normal[0] + y * wall_normal[1] + z * wall_normal[2]
                if toward < -1e-6 and wall_gap / toward < depth[i, j]:
                    depth[i, j], owner[i, j] = wall_gap / toward, WALL


@njit(cache=True, fastmath=True)
def meet_body(cones_N8, eye, axes, tan_half, rays, depth, owner, along, normals):
    """Put the body before the room: depth and owner (the cone's number) wherever a cone is nearer.

    cones_N8: ends a and b, then their radii. along (S, S): 0 at end a, 1 at end b. normals (S, S, 3): outward.
    """
    size = depth.shape[0]
    for n in range(len(cones_N8)):
        ax, ay, az, bx, by, bz, ra, rb = cones_N8[n]
        top, bottom, left, right = _picture_rectangle(cones_N8[n], eye, axes, tan_half, size)
        bax, bay, baz = bx - ax, by - ay, bz - az
        oax, oay, oaz = eye[0] - ax, eye[1] - ay, eye[2] - az
        obx, oby, obz = eye[0] - bx, eye[1] - by, eye[2] - bz
        taper = ra - rb
        m0 = bax * bax + bay * bay + baz * baz
        m1 = bax * oax + bay * oay + baz * oaz
        m5 = oax * oax + oay * oay + oaz * oaz
        m7 = obx * obx + oby * oby + obz * obz
        d2 = m0 - taper * taper
        for i in range(top, bottom):
            for j in range(left, right):
                dx, dy, dz = rays[i, j]
                m2 = bax * dx + bay * dy + baz * dz
                m3 = dx * oax + dy * oay + dz * oaz
                k2 = d2 - m2 * m2
                k1 = d2 * m3 - m1 * m2 + m2 * taper * ra
                k0 = d2 * m5 - m1 * m1 + 2 * m1 * taper * ra - m0 * ra * ra
                h = k1 * k1 - k0 * k2
                if h < 0:
                    continue
                t = (-math.sqrt(h) - k1) / k2
                y = m1 - ra * taper + t * m2
                if 0 < y < d2:  # the side of the cone
                    share = y / d2
                    nx = d2 * (oax + t * dx) - bax * y
                    ny = d2 * (oay + t * dy) - bay * y
                    nz = d2 * (oaz + t * dz) - baz * y
                else:  # one of its round ends
                    h1 = m3 * m3 - m5 + ra * ra
                    m6 = obx * dx + oby * dy + obz * dz
                    h2 = m6 * m6 - m7 + rb * rb
                    t1 = -m3 - math.sqrt(h1) if h1 > 0 else np.inf
                    t2 = -m6 - math.sqrt(h2) if h2 > 0 else np.inf
                    if t1 < t2:
                        t, share, nx, ny, nz = t1, 0.0, oax + t1 * dx, oay + t1 * dy, oaz + t1 * dz
                    else:
                        t, share, nx, ny, nz = t2, 1.0, obx + t2 * dx, oby + t2 * dy, obz + t2 * dz
                if 0 < t < depth[i, j]:
                    depth[i, j], owner[i, j], along[i, j] = t, n, share
                    shrink = 1 / math.sqrt(nx * nx + ny * ny + nz * nz)
                    normals[i, j, 0], normals[i, j, 1], normals[i, j, 2] = nx * shrink, ny * shrink, nz * shrink


@njit(cache=True, fastmath=True)
def _picture_rectangle(cone_8, eye, axes, tan_half, size):
    """Rows top to bottom and columns left to right, ends excluded, that hold all rays which can meet the cone."""
    low_u = low_v = np.inf
    high_u = high_v = -np.inf
    for end in range(2):
        x, y, z = cone_8[3 * end] - eye[0], cone_8[3 * end + 1] - eye[1], cone_8[3 * end + 2] - eye[2]
        ahead = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        if ahead <= cone_8[6 + end]:
            return 0, size, 0, size
        for axis in range(2):
            aside = axes[axis, 0] * x + axes[axis, 1] * y + axes[axis, 2] * z
            centre = math.atan2(aside, ahead)
            reach = math.asin(min(cone_8[6 + end] / math.hypot(aside, ahead), 1.0))
            low = math.tan(max(centre - reach, -1.5)) / tan_half
            high = math.tan(min(centre + reach, 1.5)) / tan_half
            if axis == 0:
                low_u, high_u = min(low_u, low), max(high_u, high)
            else:
                low_v, high_v = min(low_v, low), max(high_v, high)
    left, right = math.floor((low_u + 1) * size / 2), math.ceil((high_u + 1) * size / 2)
    top, bottom = math.floor((1 - high_v) * size / 2), math.ceil((1 - low_v) * size / 2)
    return max(top, 0), min(bottom, size), max(left, 0), min(right, size)
