"""The networks that a release is made of: known to diffusers by name, and checked against the weights on disk."""

from pathlib import Path

import diffusers
import torch

from dvd_gan.models.discriminators import SpatialDiscriminator, TemporalDiscriminator
from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.release_folder import PARTS, weight_shapes

# A published release says "diffusers" where its classes come from, since DiffusionPipeline.from_pretrained refuses a
# repository that names any other module; they are found there once this package is imported.
for _network in (DVDGANGenerator, SpatialDiscriminator, TemporalDiscriminator, FrameEncoder):
    setattr(diffusers, _network.__name__, _network)


def empty_networks(folder: Path) -> dict[str, torch.nn.Module]:
    """The parts that a release's configs describe, without weights; ValueError where one cannot be built."""
    networks = {}
    for part, class_name in PARTS.items():
        if not (folder / part / "config.json").is_file():
            continue
        network = getattr(diffusers, class_name)
        try:
            with torch.device("meta"):
                networks[part] = network.from_config(network.load_config(folder / part))
        except (TypeError, KeyError, IndexError, RuntimeError) as error:
            raise ValueError(f"The config of {folder / part} describes no network that can be built.") from error
    return networks


def check_fit(folder: Path) -> None:
    """ValueError unless the weights of every part are those its config asks for, by name and shape.

    diffusers only warns of a missing tensor and fills it with noise.
    """
    for part, network in empty_networks(folder).items():
        wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        found = weight_shapes(folder / part)
        if wanted != found:
            odd = min(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
            raise ValueError(f"The weights in {folder / part} do not fit its config, first at {odd}; not loaded.")
