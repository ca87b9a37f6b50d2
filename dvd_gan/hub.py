"""A checkpoint's id to a local folder, and what its configs tell before any weight is loaded.

An id is a name from checkpoints/index.yaml, a local folder, or `owner/name[@revision]` on the Hub.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import yaml

BUNDLED = Path(__file__).resolve().parents[1] / "checkpoints"
PROBE_SECONDS = 3.0
_FILES = ["model_index.json", "*/config.json", "*/*.safetensors", "*/*.safetensors.index.json"]


@dataclass(frozen=True)
class KnownCheckpoint:
    """One row of checkpoints/index.yaml: a folder beside it, a place on the Hub, or both; and whether it continues
    frames or starts from a class."""

    id: str
    description: str
    bundled: str | None = None
    hub: str | None = None
    continues: bool = False


@dataclass(frozen=True)
class CheckpointFacts:
    """What a release's configs say: class names in id order, side in pixels, trained length and rate, and how many
    frames it continues (0: it starts from nothing)."""

    class_names: tuple[str, ...]
    resolution: int
    trained_frames: int
    fps: float
    training_data: str
    num_given_frames: int = 0


def known_checkpoints() -> list[KnownCheckpoint]:
    """The rows of checkpoints/index.yaml, the default one first."""
    return [KnownCheckpoint(**row) for row in yaml.safe_load((BUNDLED / "index.yaml").read_text())]


def resolve(
    checkpoint: str | Path,
    *,
    revision: str | None = None,
    token: str | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
) -> Path:
    """Any id -> the folder of a checked release, downloaded if need be.

    Raises ValueError when there is no such checkpoint or it is not a DVD-GAN release in safetensors, and
    ConnectionError, within seconds, when the Hub does not answer and nothing is cached.
    """
    name = str(checkpoint)
    row = next((row for row in known_checkpoints() if row.id == name), None)
    if row is not None and row.bundled is not None and (BUNDLED / row.bundled).is_dir():
        return check_release(BUNDLED / row.bundled)
    if row is not None and row.hub is not None:
        name = row.hub
    elif Path(name).is_dir():
        return check_release(Path(name))
    repo, _, named_revision = name.partition("@")
    if repo.count("/") != 1 or repo.startswith((".", "/", "~")):
        known = ", ".join(row.id for row in known_checkpoints())
        raise ValueError(f"There is no checkpoint {name!r}: give one of {known}, a folder, or owner/name of the Hub.")
    return check_release(_snapshot(repo, revision or named_revision or "main", token, cache_dir, local_files_only))


def check_release(folder: Path) -> Path:
    """The folder itself; ValueError unless it is a DVD-GAN release with every part in safetensors."""
    index_file = folder / "model_index.json"
    if not index_file.is_file():
        raise ValueError(f"{folder} holds no model_index.json, so it is not a release folder.")
    index = json.loads(index_file.read_text())
    if index.get("_class_name") != "DVDGANPipeline":
        raise ValueError(f"{folder} is a {index.get('_class_name')}, not a DVDGANPipeline.")
    for part, home in index.items():
        if part.startswith("_") or home == [None, None]:
            continue
        if not str(home[0]).startswith("dvd_gan.models."):
            raise ValueError(f"{folder} wants {home} for its {part}, which is no part of DVD-GAN; it is not loaded.")
        if not any((folder / part).glob("*.safetensors")):
            raise ValueError(f"{folder}/{part} holds no safetensors file, and pickled weights are refused.")
    return folder


def read_facts(folder: Path) -> CheckpointFacts:
    """What the configs in a release folder say; reads no weights."""
    encoder = folder / "frame_encoder" / "config.json"
    config = json.loads((folder / "generator" / "config.json").read_text())
    return CheckpointFacts(
        class_names=tuple(class_names_or_numbers(config["class_names"], config["num_classes"])),
        resolution=config["resolution"],
        trained_frames=config["trained_frames"],
        fps=config["fps"],
        training_data=config["training_data"],
        num_given_frames=json.loads(encoder.read_text())["num_frames"] if encoder.is_file() else 0,
    )


def class_names_or_numbers(class_names: list[str] | None, num_classes: int) -> list[str]:
    """The names a config holds, or "class 0", "class 1", ... where it holds none."""
    return list(class_names) if class_names else [f"class {i}" for i in range(num_classes)]


def _snapshot(
    repo: str, revision: str, token: str | None, cache_dir: str | Path | None, local_files_only: bool
) -> Path:
    from huggingface_hub import snapshot_download

    offline = local_files_only or not _hub_has(repo, revision, token)
    try:
        return Path(
            snapshot_download(
                repo,
                revision=revision,
                token=token,
                cache_dir=cache_dir,
                local_files_only=offline,
                allow_patterns=_FILES,
            )
        )
    except OSError as error:
        raise ConnectionError(
            f"The Hub cannot be reached and {repo!r} was not downloaded before; "
            f"use the bundled {known_checkpoints()[0].id!r} or try again with a network."
        ) from error


def _hub_has(repo: str, revision: str, token: str | None) -> bool:
    """Ask the Hub for `PROBE_SECONDS` at most: True, False if it does not answer, ValueError if it says no.

    A thread holds the clock, since the HTTP client's time-out does not cover a name server that keeps silent.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    answers: list[Exception | None] = []

    def ask() -> None:
        try:
            HfApi().model_info(repo, revision=revision, token=token, timeout=PROBE_SECONDS)
            answers.append(None)
        except Exception as error:
            answers.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PROBE_SECONDS)
    error = answers[0] if answers else TimeoutError()
    if isinstance(error, RepositoryNotFoundError):
        raise ValueError(f"The Hub has no checkpoint {repo!r}, or it is private.") from error
    if isinstance(error, RevisionNotFoundError):
        raise ValueError(f"{repo!r} has no revision {revision!r} on the Hub.") from error
    if isinstance(error, HFValidationError):
        raise ValueError(f"{repo!r} is no valid id on the Hub; it looks like owner/name.") from error
    return error is None
