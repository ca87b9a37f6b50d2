"""Sheets of clips from fixed seeds and classes, comparable over time and over runs.

Legend: B clips, T frames, C channels, H and W pixels, Z latent size.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dvd_gan.latents import draw_latents
from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.video import to_uint8


@torch.no_grad()
def sample_classes(
    generator: DVDGANGenerator, seeds: list[int], num_frames: int, class_ids: list[int] | None = None, batch: int = 16
) -> Tensor:
    """Every seed for every class, uncurated -> (classes * seeds, T, H, W, 3) uint8, class by class.

    The generator must be ready to sample (`training.ema.ready_to_sample`).
    """
    class_ids = class_ids if class_ids is not None else list(range(generator.config.num_classes))
    latents = draw_latents(seeds, generator.config.latent_dim).repeat(len(class_ids), 1)
    ids = torch.tensor(class_ids).repeat_interleave(len(seeds))
    clips = []
    for z, y in zip(latents.split(batch), ids.split(batch), strict=True):
        z, y = z.to(generator.device), y.to(generator.device)
        clips.append(to_uint8(generator(z, generator.embed(y), num_frames)).cpu())
    return torch.cat(clips)


@torch.no_grad()
def sample_futures(
    generator: DVDGANGenerator,
    frame_encoder: FrameEncoder,
    given_BFCHW: Tensor,
    seeds: Sequence[int],
    num_frames: int,
    batch: int = 16,
) -> Tensor:
    """One continuation of each start, by its own seed -> (B, F + num_frames, H, W, 3) uint8, given frames first.

    Both networks must be ready to sample.
    """
    noise = draw_latents(seeds, generator.config.latent_dim)
    clips = []
    for given, z in zip(given_BFCHW.split(batch), noise.split(batch), strict=True):
        given, z = given.to(generator.device), z.to(generator.device)
        reading = frame_encoder.read(generator, given)
        drawn = generator(z, reading.class_embeddings_BE, num_frames, reading.states)
        clips.append(to_uint8(torch.cat([given, drawn.float()], dim=1)).cpu())
    return torch.cat(clips)


def sheet(clips_BTHWC: Tensor, frames_shown: int = 8, gap: int = 1) -> np.ndarray:
    """One row a clip, `frames_shown` evenly spaced frames a row -> (rows, columns, 3) uint8 picture."""
    num_frames = clips_BTHWC.shape[1]
    picks = np.linspace(0, num_frames - 1, min(frames_shown, num_frames)).round().astype(int)
    clips = torch.nn.functional.pad(clips_BTHWC[:, picks], (0, 0, 0, gap, 0, gap), value=255)
    return clips.permute(0, 2, 1, 3, 4).flatten(2, 3).flatten(0, 1).numpy()


def save_sheet(clips_BTHWC: Tensor, path: Path, frames_shown: int = 8) -> np.ndarray:
    """Write the sheet as a picture; returns it."""
    picture = sheet(clips_BTHWC, frames_shown)
    Image.fromarray(picture).save(path)
    return picture


def gif_bytes(clip_THWC: np.ndarray, fps: float) -> bytes:
    """A (T, H, W, 3) uint8 clip as a looping GIF at its own size."""
    pictures, file = [Image.fromarray(frame) for frame in clip_THWC], io.BytesIO()
    milliseconds = max(20, round(1000 / fps))  # viewers slow down anything shorter
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    return file.getvalue()
