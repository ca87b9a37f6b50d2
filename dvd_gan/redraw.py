"""From recipes back to clips, the very ones that they were written for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dvd_gan import clips, hub
from dvd_gan.labels import class_ids
from dvd_gan.latents import draw_varied
from dvd_gan.recipe import ClipRecipe

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

BATCH_BYTES = 256 * 1024**2


def draw(pipe: "DVDGANPipeline", recipes: Sequence[ClipRecipe]) -> list[np.ndarray]:
    """The clips of recipes of one length, each (T, H, W, 3) uint8, together in as few calls as 256 MiB of frames allow.

    A recipe gives the same clip alone and in any company. What a recipe says of its checkpoint is not looked at: the
    pipeline draws.

    Raises ValueError for recipes of different lengths, and what the pipeline raises for a class, seed, variation,
    truncation or length that it does not know.
    """
    import torch

    lengths = {recipe.num_frames for recipe in recipes}
    if len(lengths) != 1:
        raise ValueError(f"Clips drawn together have one length, not {sorted(lengths)} frames.")
    num_frames = lengths.pop()
    config = pipe.generator.config
    ids = class_ids([recipe.class_name for recipe in recipes], pipe.class_names)
    noise_BZ = torch.stack([draw_varied(r.seed, r.variations, config.latent_dim, r.truncation) for r in recipes])
    at_once = max(1, BATCH_BYTES // (num_frames * config.resolution**2 * 3 * 4)) if num_frames > 0 else len(ids)
    drawn: list[np.ndarray] = []
    for i in range(0, len(ids), at_once):
        batch = slice(i, i + at_once)
        frames = pipe(ids[batch], latents=noise_BZ[batch], num_frames=num_frames).frames
        drawn += [clips.as_uint8(clip) for clip in frames]
    return drawn


def stamped(pipe: "DVDGANPipeline", recipe: ClipRecipe) -> ClipRecipe:
    """The recipe with its class in the pipeline's own spelling and the revision of the weights that draw it now.

    Raises ValueError for an unknown class.
    """
    name = pipe.class_names[class_ids(recipe.class_name, pipe.class_names)[0]]
    return replace(recipe, class_name=name, revision=hub.revision_of(Path(pipe.name_or_path)))
