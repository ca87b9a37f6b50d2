"""Walks between two clips: through the noise by slerp, through the classes by mixed embeddings, or both at once.

Legend: N positions of a walk, T frames, H and W pixels.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch

from dvd_gan import video
from dvd_gan.labels import class_ids
from dvd_gan.latents import draw_latents, slerp

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

MAX_POSITIONS = 64
MAX_FRAMES = 240


@torch.no_grad()
def walk(
    pipe: "DVDGANPipeline",
    class_labels: tuple[str | int, str | int],
    seeds: tuple[int, int],
    num_positions: int,
    num_frames: int | None = None,
    truncation: float = 1.0,
) -> np.ndarray:
    """Clips from the first (class, seed) to the last -> (N, T, H, W, 3) uint8; both ends are the pipeline's own clips.

    Noise moves along an arc (`slerp`), class embeddings on a straight line; where both seeds or both classes are the
    same, only the other moves. None for `num_frames` gives the length of training.

    Raises ValueError for fewer than 2 or more than 64 positions, clips of more than 240 frames, a bad class, seed or
    truncation, or a checkpoint that continues frames.
    """
    if not 2 <= num_positions <= MAX_POSITIONS:
        raise ValueError(f"A walk has 2 to {MAX_POSITIONS} positions, not {num_positions}.")
    if pipe.num_given_frames:
        raise ValueError("This checkpoint continues clips; walks need one that starts from a class.")
    generator = pipe.generator
    num_frames = generator.config.trained_frames if num_frames is None else num_frames
    if not 1 <= num_frames <= MAX_FRAMES:
        raise ValueError(f"The clips of a walk have 1 to {MAX_FRAMES} frames, not {num_frames}.")
    ids = torch.tensor(class_ids(list(class_labels), pipe.class_names), device=generator.device)
    fractions_N = torch.linspace(0, 1, num_positions)
    noise_NZ = slerp(*draw_latents(seeds, generator.config.latent_dim, truncation), fractions_N)
    noise_NZ = noise_NZ.to(generator.device, generator.dtype)
    first_E, last_E = generator.embed(ids)
    embeddings_NE = torch.lerp(first_E, last_E, fractions_N[:, None].to(first_E))
    draw, pairs = pipe.inference_form(), zip(noise_NZ, embeddings_NE, strict=True)
    clips = [video.to_uint8(draw(noise_Z[None], e_E[None], num_frames))[0] for noise_Z, e_E in pairs]
    return torch.stack(clips).cpu().numpy()


def there_and_back(clips: np.ndarray, hold_frames: int = 2) -> np.ndarray:
    """A walk's clips (N, T, H, W, 3) as one loop without a cut, (2 (N - 1) hold_frames, H, W, 3).

    The position goes from first to last and back, `hold_frames` frames at each, while the motion swings from its
    first frame to its last and back.
    """
    num_positions, num_frames = clips.shape[:2]
    positions = np.repeat(swing(num_positions, 2 * (num_positions - 1)), hold_frames)
    return clips[positions, swing(num_frames, len(positions))]


def swing(count: int, length: int) -> np.ndarray:
    """`length` whole numbers that go from 0 to count - 1 and back to 0 and so on, in whole swings, in steps of at most
    one where the length allows it."""
    if count < 2:
        return np.zeros(length, dtype=int)
    swings = max(1, length // (2 * (count - 1)))
    phase = np.arange(length) * swings / length % 1
    return np.floor((1 - np.abs(1 - 2 * phase)) * (count - 1) + 0.5).astype(int)
