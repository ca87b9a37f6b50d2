"""Recipes around one recipe: other seeds, other noise nearby, other truncation, other classes. All else is kept."""

from collections.abc import Sequence
from dataclasses import replace

from dvd_gan.recipe import ClipRecipe

SWEEP = (0.2, 0.4, 0.6, 0.8, 1.0)


def seed_grid(recipe: ClipRecipe, count: int) -> list[ClipRecipe]:
    """`count` seeds from the recipe's on, each with its own noise."""
    return [replace(recipe, seed=seed, variations=()) for seed in _seeds_from(recipe.seed, count)]


def near(recipe: ClipRecipe, count: int, distance: float, towards: int = 0) -> list[ClipRecipe]:
    """The recipe itself, then `count - 1` with its noise moved by `distance`, in (0, 1] of the arc, towards that of the
    seeds from `towards` on. Raises ValueError for another distance."""
    from dvd_gan.latents import check_distance

    moves = [(seed, check_distance(distance)) for seed in _seeds_from(towards, count - 1)]
    return [recipe, *(replace(recipe, variations=(*recipe.variations, move)) for move in moves)]


def truncation_sweep(recipe: ClipRecipe, values: Sequence[float] = SWEEP) -> list[ClipRecipe]:
    """The recipe at every truncation of `values`."""
    return [replace(recipe, truncation=value) for value in values]


def class_table(recipe: ClipRecipe, class_names: Sequence[str], num_seeds: int) -> list[ClipRecipe]:
    """Row by row: each class with `num_seeds` seeds from the recipe's on."""
    return [replace(cell, class_name=name) for name in class_names for cell in seed_grid(recipe, num_seeds)]


def _seeds_from(first: int, count: int) -> list[int]:
    """Whole numbers in a row; after the largest seed comes 0."""
    from dvd_gan.latents import MAX_SEED

    return [(first + i) % (MAX_SEED + 1) for i in range(count)]
