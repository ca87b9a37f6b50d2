"""Colours: linear RGB (3,) in [0, 1] for arithmetic with light, chosen as hue, saturation and value."""

import colorsys

import numpy as np

GAMMA = 2.2


def from_hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """Hue (any number, one turn is 1), saturation and value of the colour as displayed -> linear RGB."""
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value)) ** GAMMA


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Largest difference of a channel as displayed, 0 to 1."""
    return float(np.abs(one ** (1 / GAMMA) - other ** (1 / GAMMA)).max())
