"""Numba kernels: the light that reaches the eye from the body, and the pixels that all light together makes.

Light is linear until `develop`, where it is clipped and displayed with gamma 2.2.
Numba's cache does not see changes in other files, so a kernel calls only functions of its own file.
"""

from numba import njit

from training.data.mocap.colours import GAMMA

RIM = 0.16  # what grazing surfaces add; it parts limbs from the body behind them
EYE_FORWARD, EYE_UP, EYE_SIDE, EYE_COSINE = 0.91, 0.1, 0.4, 0.986  # where on the head an eye is, and its size


@njit(cache=True, fastmath=True)
def light_body(
    scene, colours_N2X, split_N, head, hair, head_axes, to_sun, rays, owner, along, normals, sunlight, radiance
):
    """Fill radiance (S, S, 3) where a cone is seen. Colours: see figure.py; head_axes (3, 3): forward, up, side."""
    red_sun, green_sun, blue_sun = scene.sun
    red_sky, green_sky, blue_sky = scene.ambient
    red_floor, green_floor, blue_floor = scene.floor_a
    size = owner.shape[0]
    for i in range(size):
        for j in range(size):
            n = owner[i, j]
            if n < 0:
                continue
            x, y, z = normals[i, j, 0], normals[i, j, 1], normals[i, j, 2]
            end = 0 if along[i, j] < split_N[n] else 1
            red, green, blue = colours_N2X[n, end, 0], colours_N2X[n, end, 1], colours_N2X[n, end, 2]
            if n == head:
                forward = x * head_axes[0, 0] + y * head_axes[0, 1] + z * head_axes[0, 2]
                up = x * head_axes[1, 0] + y * head_axes[1, 1] + z * head_axes[1, 2]
                side = x * head_axes[2, 0] + y * head_axes[2, 1] + z * head_axes[2, 2]
                if up - 0.75 * forward > 0.28:
                    red, green, blue = hair[0], hair[1], hair[2]
                elif EYE_FORWARD * forward + EYE_UP * up + EYE_SIDE * abs(side) > EYE_COSINE:
                    red, green, blue = 0.08 * red, 0.08 * green, 0.08 * blue
            sun = max(x * to_sun[0] + y * to_sun[1] + z * to_sun[2], 0.0) * sunlight[i, j]
            sky = 0.78 + 0.22 * y
            bounce = 0.14 * (1 - y) * green_sun  # sunlight that the floor throws back up
            rim = 1 + x * rays[i, j, 0] + y * rays[i, j, 1] + z * rays[i, j, 2]
            rim = RIM * rim * rim * rim
            radiance[i, j, 0] = red * (red_sky * sky + red_sun * sun + bounce * red_floor) + rim
            radiance[i, j, 1] = green * (green_sky * sky + green_sun * sun + bounce * green_floor) + rim
            radiance[i, j, 2] = blue * (blue_sky * sky + blue_sun * sun + bounce * blue_floor) + rim


@njit(cache=True, fastmath=True)
def develop(radiance, pixels):
    """Average the S x S rays of radiance into pixels (H, H, 3) uint8; S is a multiple of H."""
    height = pixels.shape[0]
    samples = radiance.shape[0] // height
    for row in range(height):
        for column in range(height):
            for channel in range(3):
                light = 0.0
                for i in range(row * samples, (row + 1) * samples):
                    for j in range(column * samples, (column + 1) * samples):
                        light += min(radiance[i, j, channel], 1.0)
                pixels[row, column, channel] = int(255 * (light / (samples * samples)) ** (1 / GAMMA) + 0.5)
