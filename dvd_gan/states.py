"""What a generator remembers from frame to frame, and how to look at it.

Legend: T frames, C channels, H and W positions of one stage's recurrent state.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dvd_gan.labels import class_ids
from dvd_gan.latents import draw_latents

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline


@torch.no_grad()
def recurrent_states(
    pipe: "DVDGANPipeline", class_label: str | int, seed: int, num_frames: int, truncation: float = 1.0
) -> list[Tensor]:
    """The state of every stage's recurrent unit after every frame of a clip: one (T, C, H, W) float32 a stage, coarse
    to fine.

    Raises ValueError for a bad class, seed or truncation, and for the v1 layout, which keeps one state and attends
    over whole clips.
    """
    generator = pipe.generator
    if generator.config.attention != "none":
        raise ValueError("This checkpoint attends over whole clips; its memory cannot be shown frame by frame.")
    ids = torch.tensor(class_ids(class_label, pipe.class_names), device=generator.device)
    noise = draw_latents([seed], generator.config.latent_dim, truncation).to(generator.device, generator.dtype)
    embedding, states, seen = generator.embed(ids), None, []
    for t in range(num_frames):
        _, states = generator.generate_chunk(noise, embedding, 1, states, first_frame=t)
        seen.append([state for state in states[: len(generator.stages)] if state is not None])
    return [torch.cat(stage).float().cpu() for stage in zip(*seen, strict=True)]


def as_colours(states_TCHW: Tensor) -> np.ndarray:
    """(T, C, H, W) -> (T, H, W, 3) uint8: the three directions in which the channels differ most become red, green
    and blue, on one scale for all frames. Like colours hold like memories; a single channel or a constant is grey."""
    values_NC = states_TCHW.movedim(1, -1).flatten(0, 2).double()
    values_NC = values_NC - values_NC.mean(0)
    _, directions = torch.linalg.eigh(values_NC.T @ values_NC)
    main_N3 = values_NC @ directions.flip(1)[:, :3]
    if main_N3.shape[1] < 3:
        main_N3 = main_N3[:, :1].expand(-1, 3)
    span = main_N3.std(0, correction=0).clamp_min(1e-12)
    colours_N3 = (128 + 64 * main_N3 / span).round().clamp(0, 255).to(torch.uint8)
    num_frames, _, height, width = states_TCHW.shape
    return colours_N3.view(num_frames, height, width, 3).numpy()
