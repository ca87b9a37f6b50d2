"""DVD-GAN's generator: one latent and one class in, a whole clip out (arXiv 1907.06571).

Legend: B clips, T frames, C channels, H and W pixels, E class embedding size, Z latent size.
Clips are (B, T, C, H, W) in [-1, 1]. Inside, feature maps are time-major, (T*B, C, H, W), so that each step of a
recurrent unit reads one contiguous slice, and a clip's condition is broadcast over its frames, never tiled.
This file's path is written into published checkpoints and must not change.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from dvd_gan.models.attention import FullAttention, SeparableAttention
from dvd_gan.models.blocks import GeneratorBlock, LeakyTanh
from dvd_gan.models.compositing import CompositingMask, composite
from dvd_gan.models.conv_gru import ConvGRU
from dvd_gan.models.normalization import ConditionalBatchNorm, SNConv, SNLinear

STEM_RESOLUTION = 4


class Stage(nn.Module):
    """[recurrent unit] -> residual block -> (separable attention) -> residual block that doubles the resolution."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        condition_dim: int,
        num_steps: int,
        norm_sn: bool,
        recurrent: bool,
        full_attention: bool,
        separable_attention: bool,
    ):
        super().__init__()
        self.gru = ConvGRU(in_channels) if recurrent else None
        self.full_attention = FullAttention(in_channels) if full_attention else None
        self.block = GeneratorBlock(in_channels, in_channels, condition_dim, num_steps, False, norm_sn)
        self.separable_attention = SeparableAttention(in_channels) if separable_attention else None
        self.up_block = GeneratorBlock(in_channels, out_channels, condition_dim, num_steps, True, norm_sn)

    def forward(
        self, x_NCHW: Tensor, condition_BZ: Tensor, num_frames: int, state_BCHW: Tensor | None, first_frame: int
    ) -> tuple[Tensor, Tensor | None]:
        num_clips = condition_BZ.shape[0]
        if self.gru is not None:
            x_NCHW, state_BCHW = self.gru(x_NCHW, num_frames, num_clips, state_BCHW)
        if self.full_attention is not None:
            x_NCHW = self.full_attention(x_NCHW, num_clips)
        x_NCHW = self.block(x_NCHW, condition_BZ, first_frame)
        if self.separable_attention is not None:
            x_NCHW = self.separable_attention(x_NCHW, num_clips)
        return self.up_block(x_NCHW, condition_BZ, first_frame), state_BCHW


class DVDGANGenerator(ModelMixin, ConfigMixin):
    """Dual Video Discriminator GAN, generator.

    The constructor's arguments are the config that is saved beside the weights.

    Args:
        resolution: side of a frame in pixels, 4 * 2**number of stages.
        num_classes: size of the class table.
        base_width: the paper's ch.
        channel_multipliers: widths in units of `base_width`: the stem's, then each stage's output; None takes the
            paper's list for the resolution.
        latent_dim: Z, size of the noise (paper: 120).
        class_embedding_dim: E (paper: 120).
        recurrence: "every_stage" (paper v2) or "first_stage" (paper v1: one unit at 4x4).
        attention: "none" (v2) or "separable" (v1: over all positions after the first unit, and separable before the
            last block; then frames depend on later ones and clips cannot be streamed).
        spectral_norm_conditioning: spectral norm on the gains and biases of conditional BN (BigGAN). Small recipes
            turn it off: with it, gains start at 1 +- 1 and some latents give saturated pictures for good.
        embedding_std: None starts the class table orthogonal (paper); a number draws it from N(0, std^2), so that a
            class is as loud as the noise from the start.
        compositing: whether frames after given ones may keep what the last given frame shows, pixel by pixel; not in
            the paper. `initial_states` then hold one more, last: that frame, (B, 3, resolution, resolution) in [-1, 1].
        trained_frames: T of training; batch statistics are kept for this many time steps.
        fps: frames a second of the trained clips.
        class_names: one name a class, in id order; may be empty.
        training_data: one sentence on what the weights have seen.
    """

    _supports_gradient_checkpointing = False

    @register_to_config
    def __init__(
        self,
        resolution: int = 64,
        num_classes: int = 600,
        base_width: int = 128,
        channel_multipliers: list[int] | None = None,
        latent_dim: int = 120,
        class_embedding_dim: int = 120,
        recurrence: str = "every_stage",
        attention: str = "none",
        spectral_norm_conditioning: bool = True,
        embedding_std: float | None = None,
        compositing: bool = False,
        trained_frames: int = 12,
        fps: float = 12.0,
        class_names: list[str] | None = None,
        training_data: str = "",
    ):
        super().__init__()
        widths = stage_widths(self.config)
        _check_config(resolution, num_classes, widths, recurrence, attention, class_names)
        num_stages = len(widths) - 1
        condition_dim = latent_dim + class_embedding_dim

        self.class_embedding = nn.Embedding(num_classes, class_embedding_dim)
        if embedding_std is None:
            nn.init.orthogonal_(self.class_embedding.weight)
        else:
            nn.init.normal_(self.class_embedding.weight, std=embedding_std)
        self.stem = SNLinear(condition_dim, widths[0] * STEM_RESOLUTION**2)
        self.stages = nn.ModuleList(
            Stage(
                widths[i],
                widths[i + 1],
                condition_dim,
                trained_frames,
                spectral_norm_conditioning,
                recurrent=i == 0 or recurrence == "every_stage",
                full_attention=i == 0 and attention == "separable",
                separable_attention=i == num_stages - 1 and attention == "separable",
            )
            for i in range(num_stages)
        )
        self.output_norm = ConditionalBatchNorm(widths[-1], condition_dim, trained_frames, spectral_norm_conditioning)
        self.output_conv = SNConv(widths[-1], 3, 3)
        self.mask = CompositingMask(widths[-1]) if compositing else None
        self.num_states = num_stages + compositing

    def embed(self, class_ids_B: Tensor) -> Tensor:
        """(B,) int64 class ids -> (B, E) embeddings; mix these to morph between classes."""
        return self.class_embedding(class_ids_B)

    def forward(
        self,
        latents_BZ: Tensor,
        class_embeddings_BE: Tensor,
        num_frames: int,
        initial_states: list[Tensor] | None = None,
    ) -> Tensor:
        """Generate clips.

        Args:
            latents_BZ: noise, N(0, 1) as trained.
            class_embeddings_BE: from `embed`.
            num_frames: T, any length from 1.
            initial_states: one (B, C_i, 4 * 2**i, 4 * 2**i) state a recurrent stage, and with `compositing` the last
                given frame; None starts from zeros and keeps nothing.

        Returns:
            (B, T, 3, H, W) in [-1, 1].
        """
        return self.generate_chunk(latents_BZ, class_embeddings_BE, num_frames, initial_states)[0]

    def generate_chunk(
        self,
        latents_BZ: Tensor,
        class_embeddings_BE: Tensor,
        num_frames: int,
        states: list[Tensor | None] | None = None,
        first_frame: int = 0,
    ) -> tuple[Tensor, list[Tensor | None]]:
        """The next `num_frames` frames after `first_frame` earlier ones whose states are given.

        Returns (B, T, 3, H, W) and the states to continue from. Chunks joined equal one call (paper v2 layout only).
        """
        num_clips = latents_BZ.shape[0]
        states = states if states is not None else [None] * self.num_states
        condition_BZ = torch.cat([latents_BZ, class_embeddings_BE], dim=1)
        x = self.stem(condition_BZ).view(num_clips, STEM_RESOLUTION, STEM_RESOLUTION, -1).movedim(-1, 1)
        new_states = []
        for stage, state in zip(self.stages, states[: len(self.stages)], strict=True):
            x, state = stage(x, condition_BZ, num_frames, state, first_frame)
            new_states.append(state)
        x = self.output_norm(x, condition_BZ, first_frame)
        frames = LeakyTanh.apply(self.output_conv(x).float())
        if self.mask is not None:
            (given_BCHW,) = kept = states[len(self.stages) :]
            frames = frames if given_BCHW is None else composite(self.mask(x, given_BCHW), frames, given_BCHW)
            new_states += kept
        return frames.unflatten(0, (num_frames, num_clips)).transpose(0, 1), new_states

    @torch.no_grad()
    def stream(
        self, latents_BZ: Tensor, class_embeddings_BE: Tensor, initial_states: list[Tensor] | None = None
    ) -> Iterator[Tensor]:
        """Endless frames, (B, 3, H, W) in [-1, 1] each, in constant memory; the same frames as `forward` gives.

        Raises ValueError for the v1 layout, whose frames depend on later ones.
        """
        if self.config.attention != "none":
            raise ValueError("This checkpoint attends over whole clips and cannot stream: call it with num_frames.")
        states, first_frame = initial_states, 0
        while True:
            clip, states = self.generate_chunk(latents_BZ, class_embeddings_BE, 1, states, first_frame)
            yield clip[:, 0]
            first_frame += 1

    @torch.no_grad()
    def recompute_standing_statistics(
        self,
        num_batches: int,
        batch_size: int,
        generator: torch.Generator,
        draw_starts: Callable[[int], tuple[Tensor, list[Tensor | None]]] | None = None,
    ) -> None:
        """Replace the running BN statistics by the mean over fresh noise and uniform classes, for these very weights.

        `draw_starts` gives class embeddings and initial states of that many clips, for a generator that continues
        given frames.
        Spectral-norm vectors stay as they are. Call it on averaged weights before they are sampled: the statistics of
        the live network do not fit them. Leaves the generator in eval mode.
        """
        self.eval()
        norms = [m for m in self.modules() if isinstance(m, ConditionalBatchNorm)]
        for norm in norms:
            norm.start_standing_statistics()
        for _ in range(num_batches):
            latents = torch.randn(batch_size, self.config.latent_dim, generator=generator).to(self.device)
            class_ids = torch.randint(self.config.num_classes, (batch_size,), generator=generator).to(self.device)
            embeddings, states = self.embed(class_ids), None
            if draw_starts is not None:
                embeddings, states = draw_starts(batch_size)
            self(latents, embeddings, self.config.trained_frames, states)
        for norm in norms:
            norm.end_standing_statistics()


# The first number is the stem's, the others each stage's output. 256 is our choice.
PAPER_MULTIPLIERS = {64: [8, 8, 8, 4, 2], 128: [8, 8, 8, 4, 2, 1], 256: [8, 8, 8, 4, 4, 2, 1]}


def stage_widths(config: Any) -> list[int]:
    """Channels of the stem and of each stage's output; a stage's recurrent unit has those of its input."""
    return [m * config.base_width for m in config.channel_multipliers or PAPER_MULTIPLIERS[config.resolution]]


def _check_config(
    resolution: int, num_classes: int, widths: list[int], recurrence: str, attention: str, class_names: list[str] | None
) -> None:
    if resolution != STEM_RESOLUTION * 2 ** (len(widths) - 1):
        raise ValueError(f"{len(widths)} channel multipliers give {4 * 2 ** (len(widths) - 1)} px, not {resolution}.")
    if recurrence not in ("every_stage", "first_stage"):
        raise ValueError(f"recurrence must be 'every_stage' or 'first_stage', not {recurrence!r}.")
    if attention not in ("none", "separable"):
        raise ValueError(f"attention must be 'none' or 'separable', not {attention!r}.")
    if class_names and len(class_names) != num_classes:
        raise ValueError(f"{len(class_names)} class names were given for {num_classes} classes.")
