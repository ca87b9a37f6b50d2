"""What a release folder must be before anything in it is loaded; reads JSON and the heads of safetensors files only."""

import json
import re
import struct
from collections.abc import Iterable
from math import prod
from pathlib import Path

PARTS = {
    "generator": "DVDGANGenerator",
    "spatial_discriminator": "SpatialDiscriminator",
    "temporal_discriminator": "TemporalDiscriminator",
    "frame_encoder": "FrameEncoder",
}
MAX_RELEASE_BYTES = 2 * 2**30
MAX_JSON_BYTES = 2**20
MAX_HEADER_BYTES = 2**24

_SHOWN = r"README\.md|metrics\.json|training\.json|sheet\.png|preview\.mp4|timeline\.mp4|examples/\w[\w.-]*\.mp4"
_NEEDED = re.compile(
    rf"model_index\.json|{_SHOWN}|({'|'.join(PARTS)})/(config\.json|\w[\w.-]*\.safetensors(\.index\.json)?)"
)
# Largest sizes a config may ask for; the paper's largest model stays well inside.
_LIMITS = dict(
    resolution=512, num_classes=10_000, base_width=512, latent_dim=4096, class_embedding_dim=4096,
    trained_frames=1024, num_frames=256, channel_multipliers=64,
)  # fmt: skip
_BYTES_PER_NUMBER = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "U8": 1, "BOOL": 1}


def needed_files(names: Iterable[str]) -> list[str]:
    """Of a repository's file names, those that a release is made of and that are data, never code.

    Raises ValueError for a listing with paths that lead out of it, or without a generator in safetensors.
    """
    names = list(names)
    for name in names:
        if "\\" in name or name.startswith("/") or {"..", "."} & set(name.split("/")):
            raise ValueError(f"it lists a file called {name!r}, which leads out of it; nothing was downloaded.")
    needed = [name for name in names if _NEEDED.fullmatch(name)]
    if not {"model_index.json", "generator/config.json"} <= set(needed):
        raise ValueError("it is not a DVD-GAN release: it holds no model_index.json or no generator/config.json.")
    if not any(name.startswith("generator/") and name.endswith(".safetensors") for name in needed):
        raise ValueError("its generator is not in safetensors, and pickled weights are refused.")
    return needed


def check_release(folder: Path) -> Path:
    """The folder itself; ValueError unless it is a DVD-GAN release with every part whole and in safetensors."""
    for part in check_configs(folder):
        _check_weights(folder / part)
    return folder


def check_configs(folder: Path) -> list[str]:
    """The parts a release consists of; ValueError unless all its settings are sound and of a sane size."""
    if not (folder / "model_index.json").is_file():
        raise ValueError(f"{folder} holds no model_index.json, so it is not a release folder.")
    index = _read_json(folder / "model_index.json")
    if index.get("_class_name") != "DVDGANPipeline":
        raise ValueError(f"{folder} is a {index.get('_class_name')}, not a DVDGANPipeline.")
    parts = [part for part, home in index.items() if not part.startswith("_") and home != [None, None]]
    for part in parts:
        if not _is_ours(part, index[part]):
            raise ValueError(
                f"{folder} wants {index[part]} for its {part}, which is no part of DVD-GAN; it is not loaded."
            )
        _check_config(folder / part / "config.json")
    if "generator" not in parts:
        raise ValueError(f"{folder} has no generator, so it is not a DVD-GAN release.")
    return parts


def _is_ours(part: str, home: object) -> bool:
    """Published releases say diffusers, which everybody has; local ones name the module."""
    if not isinstance(home, list) or len(home) != 2 or home[1] != PARTS.get(part):
        return False
    return home[0] == "diffusers" or str(home[0]).startswith("dvd_gan.models.")


def _check_config(path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"{path} is missing, so the release is not whole.")
    config = _read_json(path)
    for name, limit in _LIMITS.items():
        value = config.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if len(values) > 16 or not all(type(number) is int and 0 < number <= limit for number in values):
            raise ValueError(f"{path} sets {name} to {str(value)[:40]}, and it must be whole, from 1 to {limit}.")
    if path.parent.name != "generator":
        return
    missing = [name for name in ("resolution", "num_classes", "trained_frames", "fps") if not config.get(name)]
    if missing:
        raise ValueError(f"{path} does not say {', '.join(missing)}, so it is not a DVD-GAN generator's.")
    if not isinstance(config["fps"], (int, float)) or not 0 < config["fps"] <= 120:
        raise ValueError(f"{path} sets fps to {str(config['fps'])[:40]}, and it must be above 0 and at most 120.")
    names = config.get("class_names")
    if names and not (
        isinstance(names, list) and len(names) == config["num_classes"] and all(isinstance(n, str) for n in names)
    ):
        raise ValueError(f"{path} does not name each of its {config['num_classes']} classes once.")


def _check_weights(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ValueError(f"{folder} holds no safetensors file, and pickled weights are refused.")
    for file in files:
        _read_head(file)
    for index in folder.glob("*.safetensors.index.json"):
        for name in sorted(set(map(str, _read_json(index).get("weight_map", {}).values()))):
            if folder / name not in files:
                raise ValueError(f"{index} names {name!r}, which is not beside it, so the release is not whole.")


def weight_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor in a part's safetensors files; ValueError for a damaged one."""
    heads = [_read_head(file) for file in sorted(folder.glob("*.safetensors"))]
    return {name: tuple(tensor["shape"]) for head in heads for name, tensor in head.items()}


def _read_head(file: Path) -> dict:
    """A safetensors file is 8 bytes of length, a JSON head, and exactly as many bytes as the head announces."""
    total = file.stat().st_size
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > min(MAX_HEADER_BYTES, total - 8):
                raise ValueError
            head = json.loads(opened.read(length))
        head.pop("__metadata__", None)
        promised = sum(prod(tensor["shape"]) * _BYTES_PER_NUMBER[tensor["dtype"]] for tensor in head.values())
        if promised != total - 8 - length or total > MAX_RELEASE_BYTES:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ValueError(f"{file} is damaged or is no safetensors file, so it is not loaded.") from error
    return head


def _read_json(path: Path) -> dict:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError
        value = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it holds no JSON of a sane size.") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: it holds no JSON object.")
    return value
