"""DVD-GAN Studio's library: class names and seeds in, clips out.

Names are imported on first use, because torch and diffusers take seconds and much here needs neither.
"""

import importlib

_HOMES = {
    "DVDGANPipeline": "dvd_gan.pipeline",
    "DVDGANPipelineOutput": "dvd_gan.pipeline",
    "DVDGANGenerator": "dvd_gan.models.generator",
    "FrameEncoder": "dvd_gan.models.frame_encoder",
    "SpatialDiscriminator": "dvd_gan.models.discriminators",
    "TemporalDiscriminator": "dvd_gan.models.discriminators",
    "film_strip": "dvd_gan.clips",
    "write_gif": "dvd_gan.clips",
    "write_mp4": "dvd_gan.clips",
    "write_webm": "dvd_gan.clips",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'dvd_gan' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
