"""Named model sizes: constructor arguments of the generator; the discriminators share resolution, width and classes."""

from typing import Any

from dvd_gan.models.discriminators import SpatialDiscriminator, TemporalDiscriminator
from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator, stage_widths

# The paper's widths: ch = 128 at 64 px, 96 above.
_PAPER = dict(num_classes=600, latent_dim=120, class_embedding_dim=120)
# Small models learn conditional BN without spectral norm and start classes as loud as the noise; see the README.
_SMALL = dict(spectral_norm_conditioning=False, embedding_std=1.0)
_V1 = dict(recurrence="first_stage", attention="separable")

PRESETS: dict[str, dict[str, Any]] = {
    "paper-64": dict(_PAPER, resolution=64, base_width=128),
    "paper-128": dict(_PAPER, resolution=128, base_width=96),
    "paper-256": dict(_PAPER, resolution=256, base_width=96),
    "paper-v1-64": dict(_PAPER, resolution=64, base_width=128, **_V1),
    "paper-v1-128": dict(_PAPER, resolution=128, base_width=96, **_V1),
    "paper-v1-256": dict(_PAPER, resolution=256, base_width=96, **_V1),
    "small-64": dict(_SMALL, resolution=64, num_classes=4, base_width=16, channel_multipliers=[8, 8, 4, 2, 1]),
    "small-32": dict(_SMALL, resolution=32, num_classes=4, base_width=16, channel_multipliers=[8, 8, 4, 2]),
    "tiny": dict(
        _SMALL,
        resolution=16,
        num_classes=4,
        base_width=4,
        channel_multipliers=[4, 2, 1],
        latent_dim=8,
        class_embedding_dim=8,
        trained_frames=4,
    ),
}

# An encoder has to tell where things are, not whether they are real: it ends half as wide as the discriminators.
_ENCODER_MULTIPLIERS = {16: [2, 4], 32: [2, 4, 8], 64: [2, 4, 8, 16], 128: [1, 2, 4, 8, 16], 256: [1, 2, 4, 8, 8, 16]}
# Discriminators narrower than the paper's ratio to the generator stay near chance: keep 2, 4, 8, 16, 16 where it fits.
_DISCRIMINATOR_MULTIPLIERS = {16: [2, 4, 8], 32: [4, 8, 16, 16]}


def make_generator(preset: str, **overrides: Any) -> DVDGANGenerator:
    """A fresh generator of that preset; overrides replace constructor arguments. Raises ValueError if unknown."""
    return DVDGANGenerator(**{**_preset(preset), **overrides})


def make_discriminators(
    generator: DVDGANGenerator, motion_gain: float = 0.0
) -> tuple[SpatialDiscriminator, TemporalDiscriminator]:
    """Fresh spatial and temporal discriminators that match a generator's resolution, base width and classes;
    `motion_gain` is the temporal one's."""
    config = generator.config
    shared = dict(
        resolution=config.resolution,
        num_classes=config.num_classes,
        base_width=config.base_width,
        channel_multipliers=_DISCRIMINATOR_MULTIPLIERS.get(config.resolution),
    )
    return SpatialDiscriminator(**shared), TemporalDiscriminator(**shared, motion_gain=motion_gain)


def make_frame_encoder(generator: DVDGANGenerator, num_frames: int) -> FrameEncoder:
    """A fresh encoder of `num_frames` given frames whose states fit a generator's recurrent units; it reads the class
    in them if the generator has several."""
    config = generator.config
    first_only = config.recurrence == "first_stage"
    return FrameEncoder(
        resolution=config.resolution,
        num_frames=num_frames,
        state_channels=[0 if first_only and i else width for i, width in enumerate(stage_widths(config)[:-1])],
        base_width=config.base_width,
        block_multipliers=_ENCODER_MULTIPLIERS[config.resolution],
        num_classes=config.num_classes if config.num_classes > 1 else None,
        passes_last_frame=config.compositing,
    )


def _preset(name: str) -> dict[str, Any]:
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]
