"""Where the actor is: ground, what stands behind, and light. Six families, each drawn from a seed.

All colours are linear RGB (3,); lengths are metres; y is up.
"""

from typing import NamedTuple

import numpy as np

from training.data.mocap.colours import from_hsv

PLAIN, CHECKER, TILES, PLANKS, PATCHES = range(5)  # floor patterns
FAMILIES = ("meadow", "sand", "street", "gym", "tiles", "studio")
NUM_HILL_WAVES = 4


class Scene(NamedTuple):
    """What the kernels need to colour every ray that meets no actor; a NamedTuple because numba reads those."""

    floor_pattern: int
    floor_a: np.ndarray
    floor_b: np.ndarray
    floor_unit: float  # size of a square, tile, plank or patch
    floor_turn: np.ndarray  # (2,) cosine and sine of its turn about y
    floor_shift: np.ndarray  # (2,) along x and z
    outdoors: bool
    wall: np.ndarray
    skirting: np.ndarray
    wall_distance: float  # behind the point that the camera aims at
    horizon: np.ndarray
    zenith: np.ndarray
    hill: np.ndarray
    hill_heights: np.ndarray  # (NUM_HILL_WAVES,) as rise over run; all 0: no hills
    highest_hill: float  # no hill rises higher than this
    hill_phases: np.ndarray  # (NUM_HILL_WAVES,) radians
    fog: float  # distance at which the horizon's colour takes over
    sun: np.ndarray
    ambient: np.ndarray
    sun_azimuth: float  # radians, from the camera's direction: 0 lights what the camera sees
    sun_elevation: float  # radians


def draw_scene(family: str, rng: np.random.Generator) -> Scene:
    """One scene of a family of FAMILIES."""
    return _outdoors(family, rng) if family in ("meadow", "sand", "street") else _indoors(family, rng)


def plain_studio(rng: np.random.Generator) -> Scene:
    """The scene of low variety: a studio of one kind of tint and one light, where only the hue is drawn."""
    hue = rng.uniform()
    scene = _indoors("studio", np.random.default_rng(0))
    return scene._replace(
        wall=from_hsv(hue, 0.14, 0.86),
        skirting=from_hsv(hue, 0.2, 0.4),
        floor_a=from_hsv(hue, 0.18, 0.62),
        floor_b=from_hsv(hue, 0.18, 0.62),
        wall_distance=1.8,
        sun_azimuth=np.radians(35),
        sun_elevation=np.radians(52),
        sun=np.array([1.0, 0.97, 0.92]) * 0.95,
        ambient=np.array([0.95, 0.98, 1.05]) * 0.45,
    )


def colours_behind(scene: Scene) -> list[np.ndarray]:
    """The large areas that an actor is seen against."""
    ground = [scene.floor_a, (scene.floor_a + scene.floor_b) / 2]
    return [*ground, scene.horizon] if scene.outdoors else [*ground, scene.wall]


def _outdoors(family: str, rng: np.random.Generator) -> Scene:
    if family == "meadow":
        hue, saturation, value = rng.uniform(0.22, 0.38), rng.uniform(0.4, 0.65), rng.uniform(0.4, 0.62)
        pattern, unit, contrast = PATCHES, rng.uniform(0.25, 0.6), 0.68
    elif family == "sand":
        hue, saturation, value = rng.uniform(0.05, 0.12), rng.uniform(0.25, 0.5), rng.uniform(0.55, 0.8)
        pattern, unit, contrast = PATCHES, rng.uniform(0.2, 0.5), 0.8
    else:
        hue, saturation, value = rng.uniform(), rng.uniform(0, 0.08), rng.uniform(0.35, 0.6)
        pattern, unit, contrast = rng.choice([PLAIN, TILES, CHECKER, PATCHES]), rng.uniform(0.5, 0.9), 0.72
    sky_hue = rng.choice([rng.uniform(0.53, 0.62), rng.uniform(0.0, 0.1)], p=(0.75, 0.25))
    hills = (rng.uniform() < 0.5) * rng.uniform(0.2, 1, NUM_HILL_WAVES) * [0.03, 0.015, 0.008, 0.005]
    back_lit = rng.uniform() < 0.25
    azimuth = rng.uniform(100, 160) * rng.choice([-1, 1]) if back_lit else rng.uniform(-75, 75)
    warmth = rng.uniform(-0.06, 0.12)
    sky_value = rng.uniform(0.75, 0.97)
    return _no_room()._replace(
        floor_pattern=int(pattern),
        floor_a=from_hsv(hue, saturation, value),
        floor_b=from_hsv(hue + rng.uniform(-0.04, 0.04), saturation, value * contrast),
        floor_unit=unit,
        floor_turn=_direction(rng.uniform(0, np.pi)),
        floor_shift=rng.uniform(0, 50, 2),
        outdoors=True,
        horizon=from_hsv(sky_hue, rng.uniform(0.08, 0.22), sky_value),
        zenith=from_hsv(rng.uniform(0.56, 0.63), rng.uniform(0.35, 0.6), sky_value * rng.uniform(0.75, 1)),
        hill=from_hsv(rng.uniform(0.25, 0.6), rng.uniform(0.15, 0.35), rng.uniform(0.35, 0.6)),
        hill_heights=hills,
        highest_hill=float(2 * hills.sum()),
        hill_phases=rng.uniform(0, 2 * np.pi, NUM_HILL_WAVES),
        fog=rng.uniform(35, 110),
        sun=np.array([1 + warmth, 1.0, 1 - warmth]) * rng.uniform(0.75, 1.0),
        ambient=np.array([0.9, 0.98, 1.1]) * rng.uniform(0.32, 0.48),
        sun_azimuth=np.radians(azimuth),
        sun_elevation=np.radians(rng.uniform(30, 65)),
    )


def _indoors(family: str, rng: np.random.Generator) -> Scene:
    hue = rng.uniform()
    floor_hue = rng.choice([hue, rng.uniform()])
    floor = (floor_hue, rng.uniform(0.05, 0.45), rng.uniform(0.35, 0.75))
    pattern, unit, contrast = PLAIN, 1.0, 1.0
    if family == "gym":
        floor = (rng.uniform(0.05, 0.1), rng.uniform(0.4, 0.65), rng.uniform(0.5, 0.75))
        pattern, unit, contrast = PLANKS, rng.uniform(0.14, 0.3), 0.72
    elif family == "tiles":
        floor = (floor_hue, rng.uniform(0, 0.3), rng.uniform(0.6, 0.9))
        pattern, unit = rng.choice([CHECKER, TILES]), rng.uniform(0.35, 0.7)
        contrast = rng.uniform(0.35, 0.75)
    wall = (hue, rng.uniform(0.05, 0.35), rng.uniform(0.6, 0.92))
    return _no_room()._replace(
        floor_pattern=int(pattern),
        floor_a=from_hsv(*floor),
        floor_b=from_hsv(floor[0], floor[1], floor[2] * contrast),
        floor_unit=unit,
        floor_turn=_direction(rng.uniform(0, np.pi)),
        floor_shift=rng.uniform(0, 50, 2),
        wall=from_hsv(*wall),
        skirting=from_hsv(hue, wall[1], wall[2] * rng.choice([0.45, 0.7])),
        wall_distance=rng.uniform(1.2, 3.5),
        sun=np.array([1.0, 0.98, 0.94]) * rng.uniform(0.65, 0.95),
        ambient=np.array([1.0, 1.0, 1.0]) * rng.uniform(0.36, 0.52),
        sun_azimuth=np.radians(rng.uniform(-75, 75)),
        sun_elevation=np.radians(rng.uniform(38, 68)),
    )


def _no_room() -> Scene:
    black = np.zeros(3)
    return Scene(
        floor_pattern=PLAIN,
        floor_a=black,
        floor_b=black,
        floor_unit=1.0,
        floor_turn=_direction(0.0),
        floor_shift=np.zeros(2),
        outdoors=False,
        wall=black,
        skirting=black,
        wall_distance=0.0,
        horizon=black,
        zenith=black,
        hill=black,
        hill_heights=np.zeros(NUM_HILL_WAVES),
        highest_hill=0.0,
        hill_phases=np.zeros(NUM_HILL_WAVES),
        fog=1.0,
        sun=black,
        ambient=black,
        sun_azimuth=0.0,
        sun_elevation=1.0,
    )


def _direction(radians: float) -> np.ndarray:
    return np.array([np.cos(radians), np.sin(radians)])
