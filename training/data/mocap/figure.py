"""Who acts: a body of round cones (tapered capsules) hung on the skeleton.

A cone has two ends; each is a point fixed to a joint, and a radius. Colours are linear RGB in [0, 1]; a cone is
painted with its first colour from end a up to `split` of its length and with its second from there to end b.
"""

from dataclasses import dataclass

import numpy as np

from training.data.mocap import rotations
from training.data.mocap.looks import Looks
from training.data.mocap.skeleton import INDEX, JOINT_NAMES, OFFSETS


@dataclass(frozen=True)
class Build:
    """Proportions, each 1 for the reference body, whose skeleton is the recorded one."""

    size: float = 1.0
    legs: float = 1.0
    arms: float = 1.0
    torso: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    girth: float = 1.0
    belly: float = 1.0
    head: float = 1.0


@dataclass(frozen=True)
class Figure:
    """N cones on a skeleton: joints_N2 and local_N2X say where their ends hang, radii_N2 (metres) how thick they are.

    colours_N2X, split_N: how they are painted. The cone numbered `head` also carries hair and eyes.
    """

    offsets_JX: np.ndarray
    joints_N2: np.ndarray
    local_N2X: np.ndarray
    radii_N2: np.ndarray
    colours_N2X: np.ndarray
    split_N: np.ndarray
    head: int
    hair: np.ndarray

    def cones(self, positions_TJX: np.ndarray, turned_TJQ: np.ndarray) -> np.ndarray:
        """Poses of the skeleton -> (T, N, 8): both ends in world metres, then both radii."""
        ends = positions_TJX[:, self.joints_N2] + rotations.rotate(turned_TJQ[:, self.joints_N2], self.local_N2X)
        ends = ends.reshape(len(ends), len(self.joints_N2), 6)
        radii = np.broadcast_to(self.radii_N2, (len(ends), *self.radii_N2.shape))
        return np.concatenate([ends, radii], axis=-1)


def lowest_points(cones_TN8: np.ndarray) -> np.ndarray:
    """Height of the lowest point of each frame's cones, (T,) in metres."""
    return np.minimum(cones_TN8[..., 1] - cones_TN8[..., 6], cones_TN8[..., 4] - cones_TN8[..., 7]).min(axis=1)


def build_figure(build: Build, looks: Looks) -> Figure:
    """Flesh and clothes for a skeleton of these proportions."""
    cones = [_Cone(*parts) for parts in _torso(build, looks)]
    head = len(cones)
    cones += [_Cone(*parts) for parts in (*_head(build, looks), *_limbs(build, looks))]
    if looks.has_bag:
        cones.append(_Cone("chest", (-0.16, -0.02, 0), 0.1, "chest", (-0.15, 0.15, 0), 0.09, looks.bag, looks.bag))
    return Figure(
        offsets_JX=_bones(build),
        joints_N2=np.array([[INDEX[cone.joint_a], INDEX[cone.joint_b]] for cone in cones]),
        local_N2X=build.size * np.array([[cone.local_a, cone.local_b] for cone in cones], dtype=np.float64),
        radii_N2=build.size * np.array([[cone.radius_a, cone.radius_b] for cone in cones], dtype=np.float64),
        colours_N2X=np.array([[cone.colour_a, cone.colour_b] for cone in cones]),
        split_N=np.array([cone.split for cone in cones]),
        head=head,
        hair=looks.hair,
    )


@dataclass(frozen=True)
class _Cone:
    joint_a: str
    local_a: tuple[float, float, float]
    radius_a: float
    joint_b: str
    local_b: tuple[float, float, float]
    radius_b: float
    colour_a: np.ndarray
    colour_b: np.ndarray
    split: float = 0.5


def _bones(build: Build) -> np.ndarray:
    scale = np.ones((len(JOINT_NAMES), 3))
    for name, joint in INDEX.items():
        if name.endswith(("knee", "ankle")):
            scale[joint] = build.legs
        elif name.endswith(("elbow", "wrist")):
            scale[joint] = build.arms
        elif name.endswith("shoulder"):
            scale[joint] = (1, build.torso, build.shoulders)
        elif name.endswith("hip"):
            scale[joint] = build.hips
        elif name in ("chest", "neck"):
            scale[joint] = build.torso
    return build.size * scale * OFFSETS


def _torso(build: Build, looks: Looks):
    g, shirt, trousers = build.girth, looks.shirt, looks.trousers
    hip, side, long = 0.07 * build.hips, 0.082 * build.shoulders, build.torso
    yield "root", (0, 0.0, -hip), 0.097 * g, "root", (0, 0.0, hip), 0.097 * g, trousers, trousers
    waist = 0.09 * g * build.belly
    front = 0.03 * (build.belly - 1) + 0.005
    for z in (-1, 1):
        chest_end = (-0.005, 0.15 * long, z * side)
        yield "root", (front, 0.09 * long, z * 0.05), waist, "chest", chest_end, 0.098 * g, shirt, shirt
    across = 0.135 * build.shoulders
    top = 0.215 * long
    yield "chest", (-0.02, top, -across), 0.062 * g, "chest", (-0.02, top, across), 0.062 * g, shirt, shirt


def _head(build: Build, looks: Looks):
    h, skin, hair = build.head, looks.skin, looks.hair
    up = 0.165
    yield "neck", (0.015, up - 0.02, 0), 0.088 * h, "neck", (0.01, up + 0.035 * h, 0), 0.104 * h, skin, skin
    yield "neck", (-0.02, -0.05, 0), 0.056, "neck", (0.0, 0.09, 0), 0.05, skin, skin
    yield "neck", (0.1 * h, up, 0), 0.02, "neck", (0.107 * h, up - 0.02, 0), 0.022, skin, skin
    if looks.hairdo == "long":
        back = -0.055 * h
        yield "neck", (back, up + 0.03, 0), 0.09 * h, "neck", (back - 0.03, up - 0.17, 0), 0.065 * h, hair, hair
    elif looks.hairdo == "pony tail":
        yield "neck", (-0.11 * h, up + 0.06, 0), 0.035, "neck", (-0.17 * h, up - 0.12, 0), 0.024, hair, hair
    elif looks.hairdo == "cap":
        brim = up + 0.06 * h
        yield "neck", (0.1 * h, brim, -0.03), 0.026, "neck", (0.15 * h, brim - 0.01, 0.03), 0.026, hair, hair


def _limbs(build: Build, looks: Looks):
    g, skin, shirt, shoes, trousers = build.girth, looks.skin, looks.shirt, looks.shoes, looks.trousers
    upper, lower, thigh, shin = looks.sleeves, looks.sleeves - 1, looks.trouser_length, looks.trouser_length - 1
    here = (0.0, 0.0, 0.0)
    for side in ("right", "left"):
        shoulder, elbow, wrist, hip, knee, ankle = (
            f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        )
        yield shoulder, here, 0.057 * g, elbow, here, 0.044 * g, shirt, skin, upper
        yield elbow, here, 0.043 * g, wrist, here, 0.033 * g, shirt, skin, lower
        yield wrist, (0, -0.02, 0), 0.037, wrist, (0.01, -0.09, 0), 0.034, skin, skin
        yield hip, here, 0.09 * g, knee, here, 0.06 * g, trousers, skin, thigh
        yield knee, here, 0.059 * g, ankle, here, 0.042 * g, trousers, skin, shin
        yield ankle, (-0.025, -0.028, 0), 0.042, ankle, (0.135, -0.04, 0), 0.03, shoes, shoes


def draw_build(rng: np.random.Generator) -> Build:
    """A body to vary the reference one: shorter, taller, thinner, longer-legged."""
    return Build(
        size=rng.uniform(0.88, 1.08),
        legs=rng.uniform(0.93, 1.07),
        arms=rng.uniform(0.93, 1.07),
        torso=rng.uniform(0.93, 1.08),
        shoulders=rng.uniform(0.86, 1.14),
        hips=rng.uniform(0.9, 1.2),
        girth=rng.uniform(0.85, 1.25),
        belly=rng.uniform(0.95, 1.4),
        head=rng.uniform(0.92, 1.12),
    )
