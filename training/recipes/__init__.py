"""Recipes: one module each, with a docstring that promises data, hardware, hours and score.

Each module has `recipe() -> TrainConfig` and `smoke() -> TrainConfig`, its smallest variant.
"""

import importlib
import pkgutil

from training.config import TrainConfig


def load_recipe(name: str, smoke: bool = False) -> TrainConfig:
    """The settings of one recipe; raises ValueError naming the known ones."""
    known = sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name not in known:
        raise ValueError(f"unknown recipe {name!r}; known: {', '.join(known)}")
    module = importlib.import_module(f"{__name__}.{name}")
    return module.smoke() if smoke else module.recipe()
