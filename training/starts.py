"""Real frames that a model continues: which ones, and in which order they are drawn."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips
from training.metrics.real_clips import windows_of_class
from training.samples import sample_futures


def endless_starts(clips: ShardedClips, num_given: int) -> Callable[[int], Tensor]:
    """A function from a number of clips to their given frames, (B, F, 3, H, W) in [-1, 1]: the draws of `clips` in
    their order, from the first on."""
    drawn = 0

    def draw(num_clips: int) -> Tensor:
        nonlocal drawn
        frames = [clips[number]["frames"] for number in range(drawn, drawn + num_clips)]
        drawn += num_clips
        return from_uint8(torch.stack(frames)[:, :num_given])

    return draw


def start_source(
    generator: DVDGANGenerator, frame_encoder: FrameEncoder, clips: ShardedClips
) -> Callable[[int], tuple[Tensor, list[Tensor | None]]]:
    """What `ready_to_sample` wants of a model that continues clips: class embeddings and first states of that many
    real starts."""
    starts = endless_starts(clips, frame_encoder.config.num_frames)

    def draw(num_clips: int) -> tuple[Tensor, list[Tensor | None]]:
        reading = frame_encoder.read(generator, starts(num_clips).to(frame_encoder.device))
        return reading.class_embeddings_BE, reading.states

    return draw


def continuation(
    generator: DVDGANGenerator, frame_encoder: FrameEncoder, clips: ShardedClips, starts_per_class: int
) -> Callable[[Tensor, Sequence[int]], Tensor]:
    """`generate(class_ids_B, seeds)` for the figures: seed s continues start s (modulo their number) of its class,
    and the clip is the given frames and those drawn after them, (B, T, 3, H, W) in [-1, 1]."""
    num_given = frame_encoder.config.num_frames

    def generate(class_ids_B: Tensor, seeds: Sequence[int]) -> Tensor:
        label = int(class_ids_B[0])
        windows = windows_of_class(clips, label, starts_per_class)
        given = windows[[seed % starts_per_class for seed in seeds], :num_given]
        return from_uint8(sample_futures(generator, frame_encoder, given, seeds, clips.num_frames - num_given))

    return generate
