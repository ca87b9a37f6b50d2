"""Skin, hair and clothes. All colours are linear RGB (3,)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.data.mocap.colours import difference, from_hsv

HAIRDOS = ("short", "long", "pony tail", "cap")
STANDS_OUT = 0.33  # how far clothes differ from what is behind them, in their most different channel
_SKINS = ((0.07, 0.28, 0.96), (0.07, 0.38, 0.88), (0.07, 0.48, 0.74), (0.06, 0.55, 0.56), (0.05, 0.58, 0.4))
_HAIR = ((0.08, 0.6, 0.14), (0.07, 0.65, 0.3), (0.1, 0.55, 0.62), (0.13, 0.45, 0.85), (0.03, 0.75, 0.5), (0, 0, 0.7))
_TRIES = 40


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Sleeves and trouser legs: 0 leaves a limb bare, 1 ends at its middle joint, more than 2 covers it whole."""

    skin: np.ndarray
    hair: np.ndarray
    shirt: np.ndarray
    trousers: np.ndarray
    shoes: np.ndarray
    bag: np.ndarray
    sleeves: float
    trouser_length: float
    hairdo: str  # one of HAIRDOS
    has_bag: bool


def plain_looks() -> Looks:
    """What the one figure of low variety wears."""
    return Looks(
        skin=from_hsv(0.07, 0.38, 0.9),
        hair=from_hsv(0.07, 0.65, 0.25),
        shirt=from_hsv(0.0, 0.8, 0.85),
        trousers=from_hsv(0.62, 0.7, 0.42),
        shoes=from_hsv(0.1, 0.1, 0.95),
        bag=from_hsv(0.0, 0.0, 0.3),
        sleeves=0.6,
        trouser_length=2.1,
        hairdo="short",
        has_bag=False,
    )


def draw_looks(rng: np.random.Generator, behind: Sequence[np.ndarray]) -> Looks:
    """Clothes that stand out from the colours `behind` the actor, if such are found in a few tries."""
    hair = from_hsv(*_HAIR[rng.integers(len(_HAIR))])
    hairdo = HAIRDOS[rng.choice(len(HAIRDOS), p=(0.5, 0.18, 0.14, 0.18))]
    shirt = _draw_cloth(rng, behind)
    return Looks(
        skin=from_hsv(*_SKINS[rng.integers(len(_SKINS))]),
        hair=_bright(rng) if hairdo == "cap" else hair,
        shirt=shirt,
        trousers=_draw_cloth(rng, [*behind, shirt]),
        shoes=from_hsv(rng.uniform(), rng.uniform(0, 0.7), rng.choice([0.15, 0.5, 0.95])),
        bag=_draw_cloth(rng, [shirt]),
        sleeves=rng.choice([0.0, rng.uniform(0.4, 0.8), rng.uniform(1.4, 2.0)], p=(0.12, 0.48, 0.4)),
        trouser_length=rng.choice([rng.uniform(0.4, 1.0), 2.1], p=(0.35, 0.65)),
        hairdo=hairdo,
        has_bag=bool(rng.uniform() < 0.15),
    )


def _bright(rng: np.random.Generator) -> np.ndarray:
    return from_hsv(rng.uniform(), rng.uniform(0.55, 0.95), rng.uniform(0.6, 0.95))


def _draw_cloth(rng: np.random.Generator, behind: Sequence[np.ndarray]) -> np.ndarray:
    for _ in range(_TRIES):
        dark = from_hsv(rng.uniform(0.5, 0.75), rng.uniform(0, 0.8), rng.uniform(0.1, 0.4))
        pale = from_hsv(rng.uniform(), rng.uniform(0, 0.12), rng.uniform(0.85, 0.97))
        cloth = (_bright(rng), dark, pale)[rng.choice(3, p=(0.6, 0.25, 0.15))]
        if all(difference(cloth, colour) > STANDS_OUT for colour in behind):
            break
    return cloth
